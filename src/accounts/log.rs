//! The security log: what was done with an account, with a family, and by those who look after the instance, kept for
//! a year.
//!
//! A line names an act, who did it and when; never a word of a record. A line of an account tells from which network,
//! and only to the account itself; the other two tell no such thing to anybody. What operators did names families and
//! accounts by their references alone.

use std::time::Duration;

use minicbor::{Decode, Encode};

use crate::{
    error::Result,
    row,
    store::{Read, Table, Write},
    types::{AccountId, FamilyId, LineId, Role, Timestamp, reference},
};

/// How long a line is kept.
pub const KEPT: Duration = Duration::from_hours(366 * 24);

const OF_ACCOUNTS: Table<(AccountId, LineId), LineRow> = Table::new("account_log");
const OF_FAMILIES: Table<(FamilyId, LineId), LineRow> = Table::new("family_log");
const OF_INSTANCE: Table<(LineId,), LineRow> = Table::new("instance_log");

/// What was done. New ones are added at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Act {
    /// Signed in.
    #[n(0)]
    SignedIn,
    /// Somebody tried to, and could not.
    #[n(1)]
    SignInFailed,
    /// Signed out.
    #[n(2)]
    SignedOut,
    /// Ended the session of another device.
    #[n(3)]
    SignedOutElsewhere,
    /// Chose another password.
    #[n(4)]
    PasswordChanged,
    /// Changed the email address.
    #[n(5)]
    EmailChanged,
    /// Set up a second factor.
    #[n(6)]
    FactorAdded,
    /// Took one away.
    #[n(7)]
    FactorRemoved,
    /// Made new recovery codes.
    #[n(8)]
    RecoveryCodesMade,
    /// Used a recovery code up.
    #[n(9)]
    RecoveryCodeUsed,
    /// Made a personal access token.
    #[n(10)]
    TokenMade,
    /// Ended one.
    #[n(11)]
    TokenRevoked,
    /// Let an app in.
    #[n(12)]
    AppAllowed,
    /// Shut it out again.
    #[n(13)]
    AppRevoked,
    /// Registered an app.
    #[n(14)]
    AppRegistered,
    /// An app's refresh token or code came twice: all its tokens were ended.
    #[n(15)]
    AppReplayed,
    /// Invited somebody.
    #[n(16)]
    Invited,
    /// Took an invitation back.
    #[n(17)]
    InvitationWithdrawn,
    /// Came into the family.
    #[n(18)]
    Joined,
    /// Changed somebody's role.
    #[n(19)]
    RoleChanged,
    /// Removed somebody from the family.
    #[n(20)]
    MemberRemoved,
    /// Left the family.
    #[n(21)]
    Left,
    /// Asked for the family to be deleted.
    #[n(22)]
    DeletionAsked,
    /// Took that back.
    #[n(23)]
    DeletionWithdrawn,
    /// Let a learner sign in, or gave them another passphrase.
    #[n(24)]
    LearnerSignInSet,
    /// Ended that.
    #[n(25)]
    LearnerSignInEnded,
    /// A learner signed in.
    #[n(26)]
    LearnerSignedIn,
    /// Somebody tried to sign in as a learner, and could not.
    #[n(27)]
    LearnerSignInFailed,
    /// The operator made a link for a new password.
    #[n(28)]
    OperatorReset,
    /// The operator took the second factor away.
    #[n(29)]
    OperatorFactorRemoved,
    /// Opened the operator's pages.
    #[n(30)]
    OperatorOpened,
    /// Registered.
    #[n(31)]
    Registered,
    /// A record left HEC as a document or an archive.
    #[n(32)]
    Exported,
    /// Somebody who was signed in gave a wrong password or code.
    #[n(33)]
    ConfirmFailed,
    /// The operator approved an app for everybody.
    #[n(34)]
    AppApproved,
    /// An app was removed, and all that it had been given.
    #[n(35)]
    AppRemoved,
    /// A link for a new password was sent to the account's address.
    #[n(40)]
    ResetMailed,
    /// Changed the name.
    #[n(41)]
    NameChanged,
    /// Proved that messages to the address arrive.
    #[n(42)]
    EmailProved,
    /// Made a passkey.
    #[n(43)]
    PasskeyAdded,
    /// Took one away.
    #[n(44)]
    PasskeyRemoved,
    /// Signed in with one.
    #[n(45)]
    PasskeySignedIn,
    /// One was refused, since there may be a copy of its key.
    #[n(46)]
    PasskeyCopied,
    /// Called one something else.
    #[n(47)]
    PasskeyRenamed,
    /// The operator brought a family back from a backup.
    #[n(55)]
    FamilyBroughtBack,
    /// The operator changed how much room a family's photos may take.
    #[n(60)]
    AllowanceChanged,
    /// The operator made an account.
    #[n(61)]
    AccountMade,
    /// The operator deleted one.
    #[n(62)]
    AccountDeleted,
    /// Began a backup by hand.
    #[n(63)]
    BackupBegun,
    /// Removed old backups by hand.
    #[n(64)]
    BackupsPruned,
    /// Added a key that opens the store.
    #[n(65)]
    KeyAdded,
    /// Took one away.
    #[n(66)]
    KeyRemoved,
    /// Put everything under a new data key.
    #[n(67)]
    KeyRotated,
    /// Brought the record back from a backup.
    #[n(68)]
    Restored,
    /// Gave the instance another name.
    #[n(69)]
    InstanceNamed,
    /// Made a set-up link.
    #[n(70)]
    SetupLinkMade,
    /// Fetched the support file.
    #[n(71)]
    SupportFetched,
    /// Sent a message to try the mail server.
    #[n(72)]
    MailTried,
    /// The server started with other settings than before.
    #[n(73)]
    SettingsChanged,
    /// Let an account look after the instance.
    #[n(74)]
    OperatorAdded,
    /// Had it do so no longer.
    #[n(75)]
    OperatorRemoved,
    /// Began a record of one's own with an account that was there already.
    #[n(76)]
    FamilyBegun,
}

impl Act {
    /// Its name in the catalogue, after `act-`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignedIn => "signed-in",
            Self::SignInFailed => "sign-in-failed",
            Self::SignedOut => "signed-out",
            Self::SignedOutElsewhere => "signed-out-elsewhere",
            Self::PasswordChanged => "password-changed",
            Self::EmailChanged => "email-changed",
            Self::FactorAdded => "factor-added",
            Self::FactorRemoved => "factor-removed",
            Self::RecoveryCodesMade => "recovery-codes-made",
            Self::RecoveryCodeUsed => "recovery-code-used",
            Self::TokenMade => "token-made",
            Self::TokenRevoked => "token-revoked",
            Self::AppAllowed => "app-allowed",
            Self::AppRevoked => "app-revoked",
            Self::AppRegistered => "app-registered",
            Self::AppReplayed => "app-replayed",
            Self::Invited => "invited",
            Self::InvitationWithdrawn => "invitation-withdrawn",
            Self::Joined => "joined",
            Self::RoleChanged => "role-changed",
            Self::MemberRemoved => "member-removed",
            Self::Left => "left",
            Self::DeletionAsked => "deletion-asked",
            Self::DeletionWithdrawn => "deletion-withdrawn",
            Self::LearnerSignInSet => "learner-sign-in-set",
            Self::LearnerSignInEnded => "learner-sign-in-ended",
            Self::LearnerSignedIn => "learner-signed-in",
            Self::LearnerSignInFailed => "learner-sign-in-failed",
            Self::OperatorReset => "operator-reset",
            Self::OperatorFactorRemoved => "operator-factor-removed",
            Self::OperatorOpened => "operator-opened",
            Self::Registered => "registered",
            Self::Exported => "exported",
            Self::ConfirmFailed => "confirm-failed",
            Self::AppApproved => "app-approved",
            Self::AppRemoved => "app-removed",
            Self::ResetMailed => "reset-mailed",
            Self::NameChanged => "name-changed",
            Self::EmailProved => "email-proved",
            Self::PasskeyAdded => "passkey-added",
            Self::PasskeyRemoved => "passkey-removed",
            Self::PasskeySignedIn => "passkey-signed-in",
            Self::PasskeyCopied => "passkey-copied",
            Self::PasskeyRenamed => "passkey-renamed",
            Self::FamilyBroughtBack => "family-brought-back",
            Self::AllowanceChanged => "allowance-changed",
            Self::AccountMade => "account-made",
            Self::AccountDeleted => "account-deleted",
            Self::BackupBegun => "backup-begun",
            Self::BackupsPruned => "backups-pruned",
            Self::KeyAdded => "key-added",
            Self::KeyRemoved => "key-removed",
            Self::KeyRotated => "key-rotated",
            Self::Restored => "restored",
            Self::InstanceNamed => "instance-named",
            Self::SetupLinkMade => "setup-link-made",
            Self::SupportFetched => "support-fetched",
            Self::MailTried => "mail-tried",
            Self::SettingsChanged => "settings-changed",
            Self::OperatorAdded => "operator-added",
            Self::OperatorRemoved => "operator-removed",
            Self::FamilyBegun => "family-begun",
        }
    }
}

/// A line.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its id; they are in the order of time.
    pub id: LineId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub act: Act,
    /// Who did it, by the name they had then; empty where nobody knows.
    pub by: String,
    /// On whom or what: a name, an app, a device. Empty where there is nothing to say.
    pub about: String,
    /// The network that it came from; in a family's log always empty.
    pub network: String,
    /// The roles that it was about.
    pub roles: Roles,
}

/// What somebody was in a family, and what they are: none where they are nothing there, or where a line does not tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Roles {
    /// Until then.
    pub before: Option<Role>,
    /// From then on.
    pub after: Option<Role>,
}

#[derive(Encode, Decode)]
struct LineRow {
    #[n(0)]
    act: Act,
    #[n(1)]
    at: Timestamp,
    #[n(2)]
    by: String,
    #[n(3)]
    about: String,
    #[n(4)]
    network: String,
    #[n(5)]
    before: Option<Role>,
    #[n(6)]
    after: Option<Role>,
}
row!(LineRow, version 1);

/// What goes into a line.
#[derive(Debug, Clone, Default)]
pub struct Noted<'a> {
    /// Whose log it goes into, of the accounts.
    pub account: Option<AccountId>,
    /// Whose log it goes into, of the families.
    pub family: Option<FamilyId>,
    /// See [`Line::by`].
    pub by: &'a str,
    /// See [`Line::about`].
    pub about: &'a str,
    /// See [`Line::network`].
    pub network: &'a str,
}

/// Writes a line, in the transaction of what it tells.
pub fn note(tx: &mut Write, act: Act, noted: &Noted) {
    note_roles(tx, act, noted, Roles::default());
}

/// The same, with the roles that it is about.
pub fn note_roles(tx: &mut Write, act: Act, noted: &Noted, roles: Roles) {
    let id: LineId = tx.new_id();
    let row = |network: &str| LineRow {
        act,
        at: tx.now(),
        by: noted.by.to_owned(),
        about: noted.about.to_owned(),
        network: network.to_owned(),
        before: roles.before,
        after: roles.after,
    };
    let (of_account, of_family) = (row(noted.network), row(""));
    if let Some(account) = noted.account {
        tx.put(&OF_ACCOUNTS, &(account, id), &of_account);
    }
    if let Some(family) = noted.family {
        tx.put(&OF_FAMILIES, &(family, id), &of_family);
    }
}

/// Who looks after the instance, as its log names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// One of the accounts, on the operator's pages.
    Account(AccountId),
    /// Whoever runs `hec` on the machine.
    CommandLine,
}

/// What an operator did something to.
#[derive(Debug, Clone, Copy)]
pub enum About<'a> {
    /// The instance itself, or what these words name; they are never a record's.
    Words(&'a str),
    /// A family, by its reference.
    Family(FamilyId),
    /// An account, by its reference.
    Account(AccountId),
}

/// Writes a line in the log of the instance, in the transaction of what it tells. An account that deletes itself
/// leaves its name there until the year is over.
///
/// # Errors
/// `NotFound` for an operator whom there is not.
pub fn operated(tx: &mut Write, act: Act, by: Operator, about: About) -> Result<()> {
    let by = match by {
        Operator::Account(account) => super::get(tx, account)?.name,
        Operator::CommandLine => String::new(),
    };
    let about = match about {
        About::Words(words) => words.to_owned(),
        About::Family(family) => reference(&family),
        About::Account(account) => reference(&account),
    };
    let id: LineId = tx.new_id();
    let row = LineRow { act, at: tx.now(), by, about, network: String::new(), before: None, after: None };
    tx.put(&OF_INSTANCE, &(id,), &row);
    Ok(())
}

/// What operators did, older than `before`, newest first. Nobody's name means the command line.
///
/// # Errors
/// `Internal` only.
pub fn of_operators(tx: &Read, before: Option<LineId>, most: usize) -> Result<Vec<Line>> {
    let mut lines =
        newest(tx.under(&OF_INSTANCE, &()).map(|row| row.map(|((id,), row)| row.into_line(id))), usize::MAX)?;
    lines.retain(|line| before.is_none_or(|before| line.id < before));
    lines.truncate(most);
    Ok(lines)
}

/// An account's last lines, newest first.
///
/// # Errors
/// `Internal` only.
pub fn of_account(tx: &Read, account: AccountId, most: usize) -> Result<Vec<Line>> {
    newest(tx.under(&OF_ACCOUNTS, &(account,)).map(|row| row.map(|((_, id), row)| row.into_line(id))), most)
}

/// An account's lines that are older than `before`, newest first.
///
/// # Errors
/// `Internal` only.
pub fn page_of_account(tx: &Read, account: AccountId, before: Option<LineId>, most: usize) -> Result<Vec<Line>> {
    let mut lines = of_account(tx, account, usize::MAX)?;
    lines.retain(|line| before.is_none_or(|before| line.id < before));
    lines.truncate(most);
    Ok(lines)
}

/// A family's last lines, newest first.
///
/// # Errors
/// `Internal` only.
pub fn of_family(tx: &Read, family: FamilyId, most: usize) -> Result<Vec<Line>> {
    newest(tx.under(&OF_FAMILIES, &(family,)).map(|row| row.map(|((_, id), row)| row.into_line(id))), most)
}

fn newest(lines: impl Iterator<Item = Result<Line>>, most: usize) -> Result<Vec<Line>> {
    let mut lines = lines.collect::<Result<Vec<_>>>()?;
    lines.reverse();
    lines.truncate(most);
    Ok(lines)
}

impl LineRow {
    fn into_line(self, id: LineId) -> Line {
        let Self { act, at, by, about, network, before, after } = self;
        Line { id, at, act, by, about, network, roles: Roles { before, after } }
    }
}

/// Removes every line of an account that is deleted.
///
/// # Errors
/// `Internal` only.
pub fn forget(tx: &mut Write, account: AccountId) -> Result<()> {
    let keys: Vec<_> = tx.under(&OF_ACCOUNTS, &(account,)).map(|row| row.map(|(key, _)| key)).collect::<Result<_>>()?;
    keys.iter().for_each(|key| tx.remove(&OF_ACCOUNTS, key));
    Ok(())
}

/// Removes lines that are older than a year; returns how many.
///
/// # Errors
/// `Internal` only.
pub fn sweep(tx: &mut Write) -> Result<usize> {
    let now = tx.now();
    let old = |row: &LineRow| now.since(row.at) > KEPT;
    let mut accounts = Vec::new();
    for row in tx.under(&OF_ACCOUNTS, &()) {
        let (key, row) = row?;
        accounts.extend(old(&row).then_some(key));
    }
    let mut families = Vec::new();
    for row in tx.under(&OF_FAMILIES, &()) {
        let (key, row) = row?;
        families.extend(old(&row).then_some(key));
    }
    let mut instance = Vec::new();
    for row in tx.under(&OF_INSTANCE, &()) {
        let (key, row) = row?;
        instance.extend(old(&row).then_some(key));
    }
    instance.iter().for_each(|key| tx.remove(&OF_INSTANCE, key));
    accounts.iter().for_each(|key| tx.remove(&OF_ACCOUNTS, key));
    families.iter().for_each(|key| tx.remove(&OF_FAMILIES, key));
    Ok(accounts.len() + families.len() + instance.len())
}
