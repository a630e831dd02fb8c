//! Messages on their way: a queue in the store, which outlives the process, and what became of each.
//!
//! A message holds its address and its link until it is sent or given up; then only its kind, times and state are left,
//! and for a day a keyed hash of the address.
//! It is sent at least once: where the process ends between the server's "yes" and the row, once more, under the same
//! name. How many there may be is bounded (`allowance.rs`), so that nobody has others bombed by this server.

use std::time::Duration;

use minicbor::{Decode, Encode};
use subtle::ConstantTimeEq;

use crate::{
    error::Result,
    store::{Read, Write},
    types::{AccountId, MailId, Secret, Timestamp, hash_secret},
};

use super::{Account, Email, allowance, store};

/// For so long a message is tried.
pub const PATIENCE: Duration = Duration::from_hours(24);
/// What became of it is kept for so long.
pub const KEPT: Duration = Duration::from_hours(30 * 24);
/// What a message of [`Kind::Taken`] tells where its address was not proved.
pub const UNPROVED: &str = "unproved";
/// Why a message was given up that was not needed any more.
pub const WITHDRAWN: &str = "withdrawn";
/// The pauses between tries, in minutes; the last one goes on.
const PAUSES: [u64; 6] = [1, 5, 15, 60, 180, 360];

/// What a message is about. New ones are added at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Kind {
    /// An operator tries whether messages arrive.
    #[n(0)]
    Test,
    /// A place on this instance.
    #[n(1)]
    Invitation,
    /// A place in a family.
    #[n(2)]
    FamilyInvitation,
    /// A link for a new password.
    #[n(3)]
    Reset,
    /// A link that proves an address.
    #[n(4)]
    Confirm,
    /// Somebody wanted an address that has an account already.
    #[n(5)]
    Taken,
    /// The password was changed.
    #[n(6)]
    PasswordChanged,
    /// Somebody signed in on a device that was not known.
    #[n(7)]
    NewDevice,
    /// The second factor was turned off.
    #[n(8)]
    FactorOff,
    /// To the old address: there is another one now.
    #[n(9)]
    EmailChanged,
    /// A passkey, or an app that makes codes, was added.
    #[n(10)]
    FactorAdded,
    /// To operators: something is wrong with the backups.
    #[n(20)]
    BackupsBad,
    /// And all is well again.
    #[n(21)]
    BackupsWell,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::Test,
        Self::Invitation,
        Self::FamilyInvitation,
        Self::Reset,
        Self::Confirm,
        Self::Taken,
        Self::PasswordChanged,
        Self::NewDevice,
        Self::FactorOff,
        Self::EmailChanged,
        Self::FactorAdded,
        Self::BackupsBad,
        Self::BackupsWell,
    ];

    /// Its name in the catalogue, after `mail-`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Invitation => "invitation",
            Self::FamilyInvitation => "family-invitation",
            Self::Reset => "reset",
            Self::Confirm => "confirm",
            Self::Taken => "taken",
            Self::PasswordChanged => "password-changed",
            Self::NewDevice => "new-device",
            Self::FactorOff => "factor-off",
            Self::EmailChanged => "email-changed",
            Self::FactorAdded => "factor-added",
            Self::BackupsBad => "backups-bad",
            Self::BackupsWell => "backups-well",
        }
    }
}

/// How far a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum State {
    /// It is tried, again and again.
    #[n(0)]
    Queued,
    /// A server took it.
    #[n(1)]
    Sent,
    /// It was given up.
    #[n(2)]
    Failed,
}

impl State {
    /// Its name in the catalogue, after `mail-state-`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }
}

/// A message.
#[derive(Debug, Clone)]
pub struct Message {
    /// Its id; they are in the order of time.
    pub id: MailId,
    /// What it is about.
    pub kind: Kind,
    /// How far it is.
    pub state: State,
    /// Who caused it, against whose budget it counts.
    pub account: Option<AccountId>,
    /// To whom; nothing once it is done.
    pub to: Option<String>,
    /// The secret of its link; nothing once it is done.
    pub secret: Option<String>,
    /// What else it tells, in words of the program's own; nothing once it is done.
    pub detail: Option<String>,
    /// When it was written.
    pub made_at: Timestamp,
    /// When it is tried next.
    pub next_at: Timestamp,
    /// How often it was tried.
    pub tries: u32,
    /// Why the last try failed, in a word.
    pub why: Option<String>,
    /// What the server said then, as its code.
    pub code: Option<u16>,
    /// A keyed hash of the address, for a day, whatever became of the message.
    pub whom: Option<[u8; 32]>,
}

/// Puts a message into the queue, unless the account or the instance has sent enough for now,
/// or the address got enough. Gives whether it is in.
///
/// # Errors
/// `Internal` only.
pub fn queue(tx: &mut Write, kind: Kind, account: AccountId, to: &str, secret: Option<&Secret>) -> Result<bool> {
    put(tx, kind, account, to, secret, None)
}

/// Tells whoever holds an address that another account wanted it; the words are others where nobody has proved it yet,
/// since no link for a new password goes there.
///
/// # Errors
/// `Internal` only.
pub fn taken(tx: &mut Write, account: AccountId, holder: &Account) -> Result<bool> {
    let detail = holder.verified_at.is_none().then(|| UNPROVED.to_owned());
    put(tx, Kind::Taken, account, &holder.email, None, detail)
}

/// Tells an account about its own safety, where mail is set up and its address was proved.
///
/// # Errors
/// `NotFound`.
pub fn notice(tx: &mut Write, is_set_up: bool, account: AccountId, kind: Kind, detail: &str) -> Result<()> {
    let owner = super::get(tx, account)?;
    if is_set_up && owner.verified_at.is_some() {
        let detail = Some(detail.to_owned()).filter(|detail| !detail.is_empty());
        put(tx, kind, account, &owner.email, None, detail)?;
    }
    Ok(())
}

fn put(
    tx: &mut Write,
    kind: Kind,
    account: AccountId,
    to: &str,
    secret: Option<&Secret>,
    detail: Option<String>,
) -> Result<bool> {
    // An address is one, whoever calls: no line ends, no second recipient.
    let to = Email::known(to)?;
    let whom = allowance::whom(tx, &to)?;
    if !allowance::has_room(tx, kind, account)? || !allowance::has_room_for(tx, kind, whom)? {
        return Ok(false);
    }
    let now = tx.now();
    let message = Message {
        id: tx.new_id(),
        kind,
        state: State::Queued,
        account: Some(account),
        to: Some(to.as_str().to_owned()),
        secret: secret.map(|secret| secret.expose().to_owned()),
        detail,
        made_at: now,
        next_at: now,
        tries: 0,
        why: None,
        code: None,
        whom: Some(whom),
    };
    store::put_mail(tx, &message);
    Ok(true)
}

/// The messages whose time has come, oldest first.
///
/// # Errors
/// `Internal` only.
pub fn due(tx: &Read) -> Result<Vec<Message>> {
    let mut due = store::queued_mail(tx)?;
    due.retain(|message| message.next_at <= tx.now());
    Ok(due)
}

/// Gives a message up that was in the queue for too long, as one is after a long stop: its link has ended.
///
/// # Errors
/// `Internal` only.
pub fn give_up(tx: &mut Write, id: MailId) -> Result<()> {
    if let Some(message) = queued(tx, id)? {
        finish(tx, message, State::Failed);
    }
    Ok(())
}

/// Notes that a server took a message.
///
/// # Errors
/// `Internal` only.
pub fn sent(tx: &mut Write, id: MailId) -> Result<()> {
    if let Some(mut message) = queued(tx, id)? {
        message.tries = message.tries.saturating_add(1);
        (message.why, message.code) = (None, None);
        finish(tx, message, State::Sent);
    }
    Ok(())
}

/// Notes that there is no way to the server: every message whose time has come has been tried with it, so that a server
/// that is down or does not know us is asked once each pause, however many wait.
///
/// # Errors
/// `Internal` only.
pub fn held_up(tx: &mut Write, why: &str, code: Option<u16>) -> Result<()> {
    for message in due(tx)? {
        failed(tx, message.id, why, code, false)?;
    }
    Ok(())
}

/// Notes that a try failed: in a while there is another one, unless it is `last`, or there was patience enough.
///
/// # Errors
/// `Internal` only.
pub fn failed(tx: &mut Write, id: MailId, why: &str, code: Option<u16>, last: bool) -> Result<()> {
    let Some(mut message) = queued(tx, id)? else { return Ok(()) };
    let minutes = PAUSES.get(message.tries as usize).or(PAUSES.last()).copied().unwrap_or(1);
    message.tries = message.tries.saturating_add(1);
    (message.why, message.code) = (Some(why.to_owned()), code);
    message.next_at = tx.now().plus(Duration::from_mins(minutes));
    if last || message.next_at.since(message.made_at) >= PATIENCE {
        finish(tx, message, State::Failed);
    } else {
        store::put_mail(tx, &message);
    }
    Ok(())
}

/// Takes the queued messages of a kind back that an account caused: their link is worth nothing any more.
///
/// # Errors
/// `Internal` only.
pub fn withdraw(tx: &mut Write, account: AccountId, kind: Kind) -> Result<()> {
    for message in store::queued_mail(tx)? {
        if message.account == Some(account) && message.kind == kind {
            take_back(tx, message);
        }
    }
    Ok(())
}

/// Takes a queued message back whose link, by its secret's hash, is worth nothing any more.
///
/// # Errors
/// `Internal` only.
pub fn withdraw_link(tx: &mut Write, hash: [u8; 32]) -> Result<()> {
    for message in store::queued_mail(tx)? {
        let hashed = message.secret.as_deref().map(hash_secret);
        if hashed.is_some_and(|own| bool::from(own.ct_eq(&hash))) {
            take_back(tx, message);
        }
    }
    Ok(())
}

fn take_back(tx: &mut Write, mut message: Message) {
    (message.why, message.code) = (Some(WITHDRAWN.to_owned()), None);
    finish(tx, message, State::Failed);
}

fn queued(tx: &Read, id: MailId) -> Result<Option<Message>> {
    Ok(store::mail(tx, id)?.filter(|message| message.state == State::Queued))
}

/// What is done keeps no address, no link and no detail.
fn finish(tx: &mut Write, mut message: Message, state: State) {
    message.state = state;
    (message.to, message.secret, message.detail) = (None, None, None);
    store::put_mail(tx, &message);
}

/// The last messages, newest first.
///
/// # Errors
/// `Internal` only.
pub fn recent(tx: &Read, most: usize) -> Result<Vec<Message>> {
    store::all_mail(tx).take(most).collect()
}

/// Removes what an account caused, with the account. What it sent within the day stays without its name, so that nobody
/// has the count of an address begin anew by another account.
///
/// # Errors
/// `Internal` only.
pub fn forget(tx: &mut Write, account: AccountId) -> Result<()> {
    for mut message in all(tx)? {
        if message.account == Some(account) {
            if tx.now().since(message.made_at) >= allowance::DAY {
                store::remove_mail(tx, message.id);
                continue;
            }
            message.account = None;
            if message.state == State::Queued {
                take_back(tx, message);
            } else {
                store::put_mail(tx, &message);
            }
        }
    }
    Ok(())
}

/// Removes what was done with messages a month ago, and what is known of addresses after a day; returns how many
/// messages are gone.
///
/// # Errors
/// `Internal` only.
pub fn sweep(tx: &mut Write) -> Result<usize> {
    let mut removed = 0;
    for mut message in all(tx)? {
        let age = tx.now().since(message.made_at);
        if age >= KEPT {
            store::remove_mail(tx, message.id);
            removed += 1;
        } else if age >= allowance::DAY && message.whom.take().is_some() {
            store::put_mail(tx, &message);
        }
    }
    Ok(removed)
}

fn all(tx: &Read) -> Result<Vec<Message>> {
    store::all_mail(tx).collect()
}
