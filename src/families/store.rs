//! Rows of families, members and invitations.

use minicbor::{Decode, Encode};

use crate::{
    error::Result,
    row,
    store::{Mark, Read, Table, Write},
    types::{AccountId, Amount, FamilyId, InvitationId, Role, Timestamp},
};

use super::{Family, Member, allowance::Own, deletion::Deletion, invitations::Invitation};

const FAMILIES: Table<(FamilyId,), FamilyRow> = Table::new("families");
const MEMBERS: Table<(AccountId, FamilyId), MemberRow> = Table::new("family_members");
/// The way from a family to its members.
const OF_FAMILY: Table<(FamilyId, AccountId), Mark> = Table::new("members_of_family");
const INVITATIONS: Table<(FamilyId, InvitationId), InvitationRow> = Table::new("family_invitations");
/// The way from a link to its invitation.
const LINKS: Table<([u8; 32],), LinkRow> = Table::new("family_invitation_links");
/// What operators said of single families.
const ALLOWANCES: Table<(FamilyId,), AllowanceRow> = Table::new("family_allowances");

#[derive(Encode, Decode)]
struct FamilyRow {
    #[n(0)]
    name: String,
    #[n(1)]
    time_zone: String,
    #[n(2)]
    created_at: Timestamp,
    #[n(3)]
    departures: Option<u32>,
    #[n(4)]
    deletion: Option<DeletionRow>,
    #[n(5)]
    parted_at: Option<Timestamp>,
}
row!(FamilyRow, version 1);

#[derive(Encode, Decode)]
struct DeletionRow {
    #[n(0)]
    by: String,
    #[n(1)]
    due: Timestamp,
}

#[derive(Encode, Decode)]
struct MemberRow {
    #[n(0)]
    role: Role,
    #[n(1)]
    since: Timestamp,
}
row!(MemberRow, version 1);

#[derive(Encode, Decode)]
struct InvitationRow {
    #[n(0)]
    role: Role,
    #[n(1)]
    by: AccountId,
    #[n(2)]
    made_at: Timestamp,
    #[n(3)]
    ends_at: Timestamp,
    #[cbor(n(4), with = "minicbor::bytes")]
    hash: [u8; 32],
    #[n(5)]
    whom: Option<String>,
}
row!(InvitationRow, version 1);

#[derive(Encode, Decode)]
struct LinkRow {
    #[n(0)]
    family: FamilyId,
    #[n(1)]
    invitation: InvitationId,
}
row!(LinkRow, version 1);

#[derive(Encode, Decode)]
struct AllowanceRow {
    /// None: as much as the disk has.
    #[n(0)]
    bytes: Option<u64>,
}
row!(AllowanceRow, version 1);

impl FamilyRow {
    fn into_family(self, id: FamilyId) -> Family {
        Family {
            id,
            name: self.name,
            time_zone: self.time_zone,
            created_at: self.created_at,
            departures: self.departures.unwrap_or_default(),
            parted_at: self.parted_at,
            deletion: self.deletion.map(|row| Deletion { by: row.by, due: row.due }),
        }
    }
}

impl InvitationRow {
    fn into_invitation(self, family: FamilyId, id: InvitationId) -> Invitation {
        let Self { role, by, made_at, ends_at, hash, whom } = self;
        Invitation { id, family, role, by, made_at, ends_at, whom: whom.unwrap_or_default(), hash }
    }
}

pub(super) fn put(tx: &mut Write, family: &Family) {
    let row = FamilyRow {
        name: family.name.clone(),
        time_zone: family.time_zone.clone(),
        created_at: family.created_at,
        departures: Some(family.departures),
        parted_at: family.parted_at,
        deletion: family.deletion.as_ref().map(|asked| DeletionRow { by: asked.by.clone(), due: asked.due }),
    };
    tx.put(&FAMILIES, &(family.id,), &row);
}

pub(super) fn get(tx: &Read, id: FamilyId) -> Result<Option<Family>> {
    Ok(tx.get(&FAMILIES, &(id,))?.map(|row| row.into_family(id)))
}

pub(super) fn all(tx: &Read) -> Result<Vec<Family>> {
    tx.under(&FAMILIES, &()).map(|row| row.map(|((id,), row)| row.into_family(id))).collect()
}

pub(super) fn remove(tx: &mut Write, id: FamilyId) {
    tx.remove(&FAMILIES, &(id,));
    tx.remove(&ALLOWANCES, &(id,));
}

pub(super) fn count(tx: &Read) -> Result<usize> {
    tx.under(&FAMILIES, &()).try_fold(0, |count, row| row.map(|_| count + 1))
}

pub(super) fn allowance(tx: &Read, family: FamilyId) -> Result<Option<Own>> {
    let row = tx.get(&ALLOWANCES, &(family,))?;
    Ok(row.map(|row| row.bytes.map_or(Own::Unbounded, |bytes| Own::Of(Amount(bytes)))))
}

pub(super) fn put_allowance(tx: &mut Write, family: FamilyId, own: Option<Own>) {
    let bytes = match own {
        Some(Own::Of(Amount(bytes))) => Some(bytes),
        Some(Own::Unbounded) => None,
        None => return tx.remove(&ALLOWANCES, &(family,)),
    };
    tx.put(&ALLOWANCES, &(family,), &AllowanceRow { bytes });
}

pub(super) fn put_member(tx: &mut Write, member: Member) {
    let row = MemberRow { role: member.role, since: member.since };
    tx.put(&MEMBERS, &(member.account, member.family), &row);
    tx.put(&OF_FAMILY, &(member.family, member.account), &Mark);
}

pub(super) fn remove_member(tx: &mut Write, family: FamilyId, account: AccountId) {
    tx.remove(&MEMBERS, &(account, family));
    tx.remove(&OF_FAMILY, &(family, account));
}

pub(super) fn member(tx: &Read, account: AccountId, family: FamilyId) -> Result<Option<Member>> {
    let row = tx.get(&MEMBERS, &(account, family))?;
    Ok(row.map(|row| Member { family, account, role: row.role, since: row.since }))
}

/// Where an account belongs.
pub(super) fn members_of(tx: &Read, account: AccountId) -> Result<Vec<Member>> {
    tx.under(&MEMBERS, &(account,))
        .map(|row| row.map(|((account, family), row)| Member { family, account, role: row.role, since: row.since }))
        .collect()
}

/// Who belongs to a family.
pub(super) fn members_in(tx: &Read, family: FamilyId) -> Result<Vec<Member>> {
    let mut members = Vec::new();
    for row in tx.under(&OF_FAMILY, &(family,)) {
        let ((_, account), Mark) = row?;
        members.extend(member(tx, account, family)?);
    }
    Ok(members)
}

/// Writes down the way from families to members for rows that are older than it.
pub(super) fn index_members(tx: &mut Write) -> Result<()> {
    let keys = tx.under(&MEMBERS, &()).map(|row| row.map(|(key, _)| key)).collect::<Result<Vec<_>>>()?;
    for (account, family) in keys {
        tx.put(&OF_FAMILY, &(family, account), &Mark);
    }
    Ok(())
}

pub(super) fn put_invitation(tx: &mut Write, invitation: &Invitation) {
    let Invitation { id, family, role, by, made_at, ends_at, ref whom, hash } = *invitation;
    let whom = Some(whom.clone()).filter(|whom| !whom.is_empty());
    tx.put(&INVITATIONS, &(family, id), &InvitationRow { role, by, made_at, ends_at, hash, whom });
    tx.put(&LINKS, &(hash,), &LinkRow { family, invitation: id });
}

pub(super) fn remove_invitation(tx: &mut Write, invitation: &Invitation) {
    tx.remove(&INVITATIONS, &(invitation.family, invitation.id));
    tx.remove(&LINKS, &(invitation.hash,));
}

pub(super) fn invitation(tx: &Read, hash: [u8; 32]) -> Result<Option<Invitation>> {
    let Some(link) = tx.get(&LINKS, &(hash,))? else { return Ok(None) };
    let row = tx.get(&INVITATIONS, &(link.family, link.invitation))?;
    Ok(row.map(|row| row.into_invitation(link.family, link.invitation)))
}

pub(super) fn invitations(tx: &Read, family: FamilyId) -> Result<Vec<Invitation>> {
    tx.under(&INVITATIONS, &(family,))
        .map(|row| row.map(|((family, id), row)| row.into_invitation(family, id)))
        .collect()
}

pub(super) fn all_invitations(tx: &Read) -> Result<Vec<Invitation>> {
    tx.under(&INVITATIONS, &()).map(|row| row.map(|((family, id), row)| row.into_invitation(family, id))).collect()
}
