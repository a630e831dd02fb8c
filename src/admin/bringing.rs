//! A family that comes in alone, out of a copy of a store: one that was deleted by accident, or lived at another
//! instance. Its record comes byte for byte; who belongs to it is decided anew; what lets somebody in stays behind.
//!
//! Which rows come stands in `tables.rs`. Nobody else's rows are touched.

use std::collections::{BTreeMap, HashSet};

use crate::{
    accounts::{
        self, Email,
        bringing::{self as people, Here},
        factor,
        log::{self, About, Act, Noted, Operator},
        passkey,
    },
    entries,
    error::{Error, Result},
    families::{self, Family, Member},
    store::{Blob, Blobs, Plain, Read, Table, TableSum, Write},
    types::{AccountId, FamilyId, Role, Timestamp},
};

use super::tables::{self, Along, Class};

/// So many rows are removed at a time of what is left of a family.
const SOME: usize = 1000;

/// A family of a copy, by count and size.
#[derive(Debug, Clone)]
pub struct Held {
    /// Its id.
    pub id: FamilyId,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whether an owner had asked for it to be deleted.
    pub deletion: bool,
    /// Adults.
    pub members: usize,
    /// Children.
    pub learners: usize,
    /// Entries, without deleted ones.
    pub entries: usize,
    /// Photos, those of deleted entries included.
    pub photos: usize,
    /// Bytes of the photos in all sizes.
    pub bytes: u64,
}

/// How somebody comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Their account is here: it stays as it is, and belongs to the family again.
    Here,
    /// Another account here has their email, which was proved.
    SameEmail,
    /// The same, and nobody knows whether messages there arrive.
    SameEmailUnproved,
    /// The account comes in.
    Back,
    /// Not at all, as it was asked for.
    LeftOut,
}

/// Somebody who belongs to a family of a copy.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their account in the copy.
    pub account: AccountId,
    /// Its email there.
    pub email: String,
    /// Their role.
    pub role: Role,
    /// How they come in.
    pub how: How,
    /// The account that belongs to the family here, from then on.
    pub here: AccountId,
    /// Whether they looked after the instance there.
    pub operator: bool,
    /// Whether they have a second factor.
    pub factor: bool,
    /// How many passkeys.
    pub passkeys: usize,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Which family.
    pub family: FamilyId,
    /// Whether an account here that has a member's email may take that member's place.
    pub same_email: bool,
    /// Who does not come: emails.
    pub left_out: Vec<String>,
    /// Whether the copy is another instance's.
    pub moved: bool,
    /// The name of the backup, for the logs.
    pub backup: String,
    /// Who was said to come, and how: it is done only as it was said.
    pub agreed: Option<Vec<(AccountId, How)>>,
}

/// The families of a copy. One whose rows were being removed is none.
///
/// # Errors
/// `Internal` only.
pub fn held(copy: &Read) -> Result<Vec<Held>> {
    whole(copy)?.into_iter().map(|family| one(copy, family)).collect()
}

fn whole(copy: &Read) -> Result<Vec<Family>> {
    let gone: HashSet<FamilyId> = families::deletion::gone(copy)?.into_iter().collect();
    let mut whole = families::all(copy)?;
    whole.retain(|family| !gone.contains(&family.id));
    Ok(whole)
}

/// One of them.
///
/// # Errors
/// `Internal` only.
pub fn one(copy: &Read, family: Family) -> Result<Held> {
    let (blobs, photos) = entries::blobs_of(copy, family.id)?;
    let count = |name| -> Result<usize> {
        let table: Table<Plain, Plain> = Table::new(name);
        copy.under(&table, &(family.id,)).try_fold(0, |count, row| row.map(|_| count + 1))
    };
    Ok(Held {
        id: family.id,
        created_at: family.created_at,
        deletion: family.deletion.is_some(),
        members: families::members_of(copy, family.id)?.len(),
        learners: count("learners")?,
        entries: count("entries")?,
        photos,
        bytes: blobs.iter().map(Blobs::sealed_len).sum(),
    })
}

/// The families of a copy that are meant by an id, or by the name that a family has given itself: however it is spaced
/// and written.
///
/// # Errors
/// `Internal` only.
pub fn meant(copy: &Read, asked: &str) -> Result<Vec<Family>> {
    let folded = |name: &str| name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let (id, name) = (FamilyId::parse(asked.trim()), folded(asked));
    let mut meant = whole(copy)?;
    meant.retain(|family| Some(family.id) == id || folded(&family.name) == name);
    Ok(meant)
}

/// Whether a family lives here: not one whose rows are being removed.
///
/// # Errors
/// `Internal` only.
pub fn lives(tx: &Read, family: FamilyId) -> Result<bool> {
    Ok(families::all(tx)?.iter().any(|one| one.id == family) && !families::deletion::gone(tx)?.contains(&family))
}

/// Refuses a copy, brought up to date, with rows in a table that this version does not know: they would be left behind
/// unseen.
///
/// # Errors
/// `Refused`, naming the version that is needed.
pub fn must_know(sums: &[TableSum], version: &str) -> Result<()> {
    match sums.iter().find(|sum| sum.rows > 0 && tables::class(&sum.name).is_none()) {
        Some(_) => Err(Error::Refused(format!(
            "the backup was made by HEC {version}, which keeps more than this one ({}) knows of: install that version \
             or a later one",
            env!("CARGO_PKG_VERSION")
        ))),
        None => Ok(()),
    }
}

/// Who would come in, and how.
///
/// # Errors
/// `Refused` where the family lives here, nobody has set this instance up, no owner would be left, or somebody is to be
/// left out who does not belong to it.
pub fn plan(tx: &Read, copy: &Read, wish: &Wish) -> Result<Vec<Person>> {
    if !accounts::any(tx)? {
        return Err(Error::Refused(
            "nobody has set this HEC up yet: make its first account (hec setup-link prints the link), then come back"
                .to_owned(),
        ));
    }
    if lives(tx, wish.family)? {
        return Err(Error::Refused(
            "this family lives here: nothing was changed. An entry that was deleted by mistake is found for thirty days \
             under \"Recently deleted entries\", at the end of the journal. To go back to the backup with everything, an \
             owner deletes the family first, on its page; to look at an older state beside it, bring the whole backup \
             back into another folder (hec restore --data FOLDER)"
                .to_owned(),
        ));
    }
    let folded = |email: &str| Email::known(email).map_or_else(|_| email.to_owned(), |email| email.folded());
    let mut left_out: Vec<String> = wish.left_out.iter().map(|email| folded(email)).collect();
    let mut plan = Vec::new();
    for Member { account, role, .. } in families::members_of(copy, wish.family)? {
        let (found, here) = people::find(tx, copy, account)?;
        let email = folded(&found.email);
        let out = left_out.contains(&email);
        left_out.retain(|other| *other != email);
        let (how, here) = match here {
            _ if out => (How::LeftOut, account),
            Here::Same => (How::Here, account),
            Here::ByEmail(other, true) => (How::SameEmail, other),
            Here::ByEmail(other, false) => (How::SameEmailUnproved, other),
            Here::Nobody => (How::Back, account),
        };
        let (factor, passkeys) = (factor::stands(copy, account)?, passkey::all(copy, account)?.len());
        plan.push(Person { account, email: found.email, role, how, here, operator: found.operator, factor, passkeys });
    }
    if let Some(unknown) = left_out.first() {
        return Err(Error::Refused(format!("{unknown} does not belong to this family: nothing was changed")));
    }
    if !plan.iter().any(|person| person.role == Role::Owner && person.how != How::LeftOut) {
        return Err(Error::Refused("the family would be left without an owner: nothing was changed".to_owned()));
    }
    Ok(plan)
}

/// Brings a family in, in the transaction that is given. Its photos are there already. Gives who came.
///
/// # Errors
/// As [`plan`]; `Refused` where it would come otherwise than was agreed, or an email would let somebody in unasked.
pub fn bring(tx: &mut Write, copy: &Read, wish: &Wish) -> Result<Vec<Person>> {
    let family = families::get(copy, wish.family)?;
    let plan = plan(tx, copy, wish)?;
    let now: Vec<_> = plan.iter().map(|person| (person.account, person.how)).collect();
    if wish.agreed.as_ref().is_some_and(|agreed| *agreed != now) {
        return Err(Error::Refused(
            "accounts have changed meanwhile: nothing was changed here; begin again".to_owned(),
        ));
    }
    let same = |person: &&Person| matches!(person.how, How::SameEmail | How::SameEmailUnproved);
    if let Some(person) = plan.iter().find(same).filter(|_| !wish.same_email) {
        return Err(Error::Refused(format!(
            "another account here has the email {}: nothing was changed. If it is the same person, say --same-email; if \
             not, --leave-out {}",
            person.email, person.email
        )));
    }
    // Of a family that was being removed something may be left.
    for table in tables::of(|class| matches!(class, Class::Family(_))) {
        while tx.remove_under(&table, &(wish.family,), SOME)? > 0 {
            tx.settle()?;
        }
    }
    for table in tables::of(|class| class == Class::Family(Along::AsTheyAre)) {
        copy_rows(tx, copy, &table, &(wish.family,))?;
    }
    let keeps = |person: &&Person| matches!(person.role, Role::Owner | Role::Carer) && person.how == How::LeftOut;
    families::bring(tx, family, plan.iter().any(|person| keeps(&person)));
    let mut roles: BTreeMap<AccountId, Role> = BTreeMap::new();
    for person in plan.iter().filter(|person| person.how != How::LeftOut) {
        if person.how == How::Back {
            people::bring(tx, copy, person.account, wish.moved)?;
            for table in tables::of(|class| class == Class::Account(Along::AsTheyAre)) {
                copy_rows(tx, copy, &table, &(person.account,))?;
            }
        }
        // Two members may have become one account: it keeps the role that may do more.
        let role = roles.entry(person.here).or_insert(person.role);
        *role = stronger(*role, person.role);
    }
    for (account, role) in roles {
        // From now on: what was let in before then stays shut.
        families::join(tx, wish.family, account, role);
        note(tx, wish, Some(account), None);
    }
    note(tx, wish, None, Some(wish.family));
    log::operated(tx, Act::FamilyBroughtBack, Operator::CommandLine, About::Family(wish.family))?;
    for operator in accounts::all(tx)?.into_iter().filter(|account| account.operator) {
        if !plan.iter().any(|person| person.here == operator.id && person.how != How::LeftOut) {
            note(tx, wish, Some(operator.id), None);
        }
    }
    Ok(plan)
}

/// The blobs that a family's rows name, each once.
///
/// # Errors
/// `Internal` only.
pub fn blobs(copy: &Read, family: FamilyId) -> Result<Vec<Blob>> {
    let (mut blobs, _) = entries::blobs_of(copy, family)?;
    blobs.sort_by_key(|blob| blob.id);
    blobs.dedup_by_key(|blob| blob.id);
    Ok(blobs)
}

fn copy_rows(tx: &mut Write, copy: &Read, table: &Table<Plain, Plain>, prefix: &impl crate::store::Key) -> Result<()> {
    for row in copy.under(table, prefix) {
        let (key, row) = row?;
        tx.put(table, &key, &row);
        tx.settle()?;
    }
    Ok(())
}

fn stronger(one: Role, other: Role) -> Role {
    let rank = |role| [Role::Viewer, Role::Carer, Role::Owner].iter().position(|known| *known == role);
    if rank(other) > rank(one) { other } else { one }
}

fn note(tx: &mut Write, wish: &Wish, account: Option<AccountId>, family: Option<FamilyId>) {
    log::note(tx, Act::FamilyBroughtBack, &Noted { account, family, about: &wish.backup, ..Noted::default() });
}
