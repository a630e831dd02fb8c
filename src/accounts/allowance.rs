//! How many messages there may be: for an account, to an address and over all, in an hour and in a day. No sort uses up what another
//! one needs, and what goes to an account's own proved address is sent once in a day, however much others have sent.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{
    error::{Error, Result},
    store::{Read, Write},
    types::AccountId,
};

use super::{Email, post::Kind, store};

/// The most messages in a day over all, for each of four sorts: links for a new password; invitations with links that
/// prove an address; new devices; other notices with tests.
pub const A_DAY: usize = 300;

/// The most messages in a day to an address that nobody had to prove: invitations, and links that prove it.
pub const TO_ONE: usize = 5;

const HOUR: Duration = Duration::from_hours(1);
pub(super) const DAY: Duration = Duration::from_hours(24);

/// What is counted together for an account.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Test,
    Invitation,
    /// Strangers can ask for one.
    Reset,
    Proof,
    NewDevice,
    /// What follows a proof of who one is.
    Notice,
}

impl Sort {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Test => Self::Test,
            Kind::Invitation | Kind::FamilyInvitation => Self::Invitation,
            Kind::Reset => Self::Reset,
            Kind::Confirm | Kind::Taken => Self::Proof,
            Kind::NewDevice => Self::NewDevice,
            Kind::PasswordChanged | Kind::FactorOff | Kind::FactorAdded | Kind::EmailChanged => Self::Notice,
            Kind::BackupsBad | Kind::BackupsWell => Self::Notice,
        }
    }

    /// What an account may cause in an hour, and in a day.
    fn bounds(self) -> (usize, usize) {
        match self {
            Self::Reset => (5, 10),
            Self::Test | Self::Proof => (5, 20),
            Self::NewDevice => (10, 20),
            Self::Notice => (20, 20),
            Self::Invitation => (20, 40),
        }
    }

    /// What is counted together over all.
    fn pool(self) -> u8 {
        match self {
            Self::Reset => 0,
            Self::Invitation | Self::Proof => 1,
            Self::NewDevice => 2,
            Self::Test | Self::Notice => 3,
        }
    }

    /// Whether it goes to the account's own address, which was proved.
    fn is_own(self) -> bool {
        matches!(self, Self::Reset | Self::NewDevice | Self::Notice)
    }
}

/// Notices are counted kind by kind: whoever changes a password twenty times does not hide that the email changed.
fn together(kind: Kind, other: Kind) -> bool {
    let sort = Sort::of(kind);
    kind == other || (sort == Sort::of(other) && sort != Sort::Notice)
}

/// Whether another message may be queued now. The log tells where not, without whose it was.
///
/// # Errors
/// `Internal` only.
pub fn has_room(tx: &Read, kind: Kind, account: AccountId) -> Result<bool> {
    let (now, sort) = (tx.now(), Sort::of(kind));
    let (mut hour, mut day, mut all) = (0, 0, 0);
    for message in store::all_mail(tx) {
        let message = message?;
        let age = now.since(message.made_at);
        if age >= DAY {
            break;
        }
        all += usize::from(Sort::of(message.kind).pool() == sort.pool());
        if message.account == Some(account) && together(kind, message.kind) {
            day += 1;
            hour += usize::from(age < HOUR);
        }
    }
    let (an_hour, a_day) = sort.bounds();
    let is_first = sort.is_own() && day == 0;
    let dropped = if hour >= an_hour || day >= a_day {
        "the account's part is used up"
    } else if all >= A_DAY && !is_first {
        "the day's part is used up"
    } else {
        return Ok(true);
    };
    tell(kind, dropped);
    Ok(false)
}

/// What is remembered of an address for a day: a hash by a key that this store alone holds.
///
/// # Errors
/// `Internal` only.
pub(super) fn whom(tx: &mut Write, to: &Email) -> Result<[u8; 32]> {
    let key = if let Some(key) = store::mail_key(tx)? {
        key
    } else {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(Error::internal)?;
        store::put_mail_key(tx, key);
        key
    };
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(Error::internal)?;
    mac.update(to.folded().as_bytes());
    Ok(mac.finalize().into_bytes().into())
}

/// Whether an address may get another message, whoever causes it. Links for a new password and notices go to proved
/// addresses, within their account's part: nobody keeps them away by sending invitations there.
///
/// # Errors
/// `Internal` only.
pub(super) fn has_room_for(tx: &Read, kind: Kind, whom: [u8; 32]) -> Result<bool> {
    let counts = |kind| matches!(Sort::of(kind), Sort::Invitation | Sort::Proof);
    let (now, mut sent) = (tx.now(), 0);
    for message in store::all_mail(tx) {
        let message = message?;
        if now.since(message.made_at) >= DAY {
            break;
        }
        sent += usize::from(counts(message.kind) && message.whom == Some(whom));
    }
    let has_room = !counts(kind) || sent < TO_ONE;
    if !has_room {
        tell(kind, "the address got enough for a day");
    }
    Ok(has_room)
}

fn tell(kind: Kind, why: &str) {
    tracing::warn!(kind = kind.as_str(), why, "a message is not sent");
}
