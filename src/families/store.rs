//! Rows of families and members.

use minicbor::{Decode, Encode};

use crate::{
    error::Result,
    row,
    store::{Read, Table, Write},
    types::{AccountId, FamilyId, Role, Timestamp},
};

use super::{Family, Member};

const FAMILIES: Table<(FamilyId,), FamilyRow> = Table::new("families");
const MEMBERS: Table<(AccountId, FamilyId), MemberRow> = Table::new("family_members");

#[derive(Encode, Decode)]
struct FamilyRow {
    #[n(0)]
    name: String,
    #[n(1)]
    time_zone: String,
    #[n(2)]
    created_at: Timestamp,
}
row!(FamilyRow, version 1);

#[derive(Encode, Decode)]
struct MemberRow {
    #[n(0)]
    role: Role,
    #[n(1)]
    since: Timestamp,
}
row!(MemberRow, version 1);

pub(super) fn insert(tx: &mut Write, family: &Family) {
    let row =
        FamilyRow { name: family.name.clone(), time_zone: family.time_zone.clone(), created_at: family.created_at };
    tx.put(&FAMILIES, &(family.id,), &row);
}

pub(super) fn get(tx: &Read, id: FamilyId) -> Result<Option<Family>> {
    Ok(tx.get(&FAMILIES, &(id,))?.map(|row| Family {
        id,
        name: row.name,
        time_zone: row.time_zone,
        created_at: row.created_at,
    }))
}

pub(super) fn count(tx: &Read) -> Result<usize> {
    tx.under(&FAMILIES, &()).try_fold(0, |count, row| row.map(|_| count + 1))
}

pub(super) fn put_member(tx: &mut Write, member: Member) {
    let row = MemberRow { role: member.role, since: tx.now() };
    tx.put(&MEMBERS, &(member.account, member.family), &row);
}

pub(super) fn member(tx: &Read, account: AccountId, family: FamilyId) -> Result<Option<Member>> {
    Ok(tx.get(&MEMBERS, &(account, family))?.map(|row| Member { family, account, role: row.role }))
}

pub(super) fn members_of(tx: &Read, account: AccountId) -> Result<Vec<Member>> {
    tx.under(&MEMBERS, &(account,))
        .map(|row| row.map(|((account, family), row)| Member { family, account, role: row.role }))
        .collect()
}

pub(super) fn remove_member(tx: &mut Write, family: FamilyId, account: AccountId) {
    tx.remove(&MEMBERS, &(account, family));
}

pub(super) fn members_in(tx: &Read, family: FamilyId) -> Result<Vec<Member>> {
    let mut members = Vec::new();
    for row in tx.under(&MEMBERS, &()) {
        let ((account, of), row) = row?;
        members.extend((of == family).then_some(Member { family, account, role: row.role }));
    }
    Ok(members)
}
