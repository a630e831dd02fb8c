//! Accounts: the adult who signs in, their password, their sessions, and the link that sets an instance up.
//!
//! An account is a name and an email, no more; both can be changed (`change.rs`). Passwords are hashed outside any
//! transaction (`password.rs`). What is done with it is kept for a year in `log`. Messages wait in `post.rs`;
//! `letters.rs` words and sends them.

pub mod allowance;
pub mod bringing;
pub mod browser;
pub mod change;
pub mod device;
pub mod factor;
pub mod letters;
pub mod log;
pub mod meter;
pub mod pages;
pub mod passkey;
pub mod password;
pub mod post;
pub mod reset;
pub mod session;
pub mod setup;
mod store;
pub mod waiting;

use unicode_normalization::UnicodeNormalization;

use crate::{
    error::{Complaints, Error, Invalid, Result, check},
    store::{Read, Write},
    types::{AccountId, Timestamp},
};

pub use password::{Factor, Password, PasswordHash};

/// The wordings of the adult declaration. Which one was accepted is stored with its date; where words change, a new one
/// joins them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Declaration {
    /// "I am 18 or over, and a parent or carer".
    ParentOrCarer = 1,
    /// "I am 18 or over": of whoever comes in to read along.
    Adult = 2,
}

impl Declaration {
    /// Its number in a row.
    pub fn version(self) -> u16 {
        self as u16
    }
}

/// A customer.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// How HEC addresses the person: 1 to 100 characters.
    pub name: String,
    /// For signing in: 3 to 254 characters, compared without case.
    pub email: String,
    /// Whether the account runs this instance.
    pub operator: bool,
    /// When it was made, and its owner declared to be an adult.
    pub created_at: Timestamp,
    /// When a link to the email came back; none while nobody knows whether messages there arrive.
    pub verified_at: Option<Timestamp>,
}

/// What somebody typed to register.
#[derive(Debug, Clone, Default)]
pub struct RawRegistration {
    /// How HEC addresses the person.
    pub name: String,
    /// For signing in.
    pub email: String,
    /// In clear; checked, then hashed.
    pub password: String,
    /// The declaration to be an adult, in one of its wordings.
    pub adult: bool,
}

/// A registration that may be carried out, once its password is hashed.
pub struct Registration {
    /// 1 to 100 characters.
    pub name: String,
    /// A well-formed address.
    pub email: Email,
    /// Strong, and not built round the name or the email.
    pub password: Password,
}

/// An email address as far as a server can tell without sending to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// An address that mail on the internet could reach, of 3 to 254 bytes (RFC 5321): something before one `@`, and
    /// behind it the name of a host with a dot in it, or `localhost`.
    ///
    /// # Errors
    /// Names the field `email`, and what is wrong with it.
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        let email = Self::typed(raw)?;
        let (local, host) = email.0.split_once('@').unwrap_or_default();
        if local.contains([',', ';', ':', '<', '>', '(', ')', '[', ']', '\\']) {
            return Err(Invalid::new("email", "error-not-an-email"));
        }
        if host != "localhost" && !check::is_public_host(host) {
            return Err(Invalid::new("email", "error-email-host"));
        }
        Ok(email)
    }

    /// One that somebody types to be found by, as it is kept: the same letters in another form (Unicode TR 15) are the same
    /// account, and the same guesses.
    ///
    /// # Errors
    /// As for [`known`](Self::known).
    pub fn typed(raw: &str) -> Result<Self, Invalid> {
        Self::known(&raw.nfc().collect::<String>())
    }

    /// One that stands in a row: something before and after one `@`, no spaces.
    /// Earlier versions took such addresses, and whoever has one signs in with it as before.
    ///
    /// # Errors
    /// Names the field `email`.
    pub fn known(raw: &str) -> Result<Self, Invalid> {
        let raw = raw.trim();
        if raw.is_empty() {
            return Err(Invalid::new("email", "error-required"));
        }
        if raw.len() > 254 {
            return Err(Invalid::new("email", "error-too-long").with("max", 254));
        }
        let well_formed = raw.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && !domain.is_empty()
                && !domain.contains('@')
                && !raw.contains(|c: char| c.is_whitespace() || c.is_control())
        });
        if well_formed { Ok(Self(raw.to_owned())) } else { Err(Invalid::new("email", "error-not-an-email")) }
    }

    /// As it was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As it is compared: without case.
    pub(crate) fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

impl RawRegistration {
    /// Checks every field; a password is not built round the instance's name either. It may take as long as hashing.
    ///
    /// # Errors
    /// `Invalid`, with all complaints at once.
    pub fn parse(self, instance: Option<&str>) -> Result<Registration> {
        self.parse_beside(Factor::None, instance)
    }

    /// The same, where a second factor may be set up in the same step.
    ///
    /// # Errors
    /// As for [`parse`](Self::parse).
    pub fn parse_beside(self, factor: Factor, instance: Option<&str>) -> Result<Registration> {
        self.parse_declaring(Declaration::ParentOrCarer, factor, instance)
    }

    /// The same, where the declaration has these words.
    ///
    /// # Errors
    /// As for [`parse`](Self::parse).
    pub fn parse_declaring(
        self,
        declaration: Declaration,
        factor: Factor,
        instance: Option<&str>,
    ) -> Result<Registration> {
        let mut complaints = Complaints::new();
        let name = complaints.take(check::name("name", self.name.trim(), 100));
        let email = complaints.take(Email::parse(&self.email));
        let password = complaints.take(Password::parse(
            "password",
            &self.password,
            factor,
            &[&self.name, &self.email, instance.unwrap_or_default()],
        ));
        if !self.adult {
            let missing = match declaration {
                Declaration::ParentOrCarer => "error-adult-required",
                Declaration::Adult => "error-adult-only-required",
            };
            complaints.add(Invalid::new("adult", missing));
        }
        complaints.finish()?;
        match (name, email, password) {
            (Some(name), Some(email), Some(password)) => Ok(Registration { name, email, password }),
            _ => Err(Error::broken("a registration without complaints lacks a field")),
        }
    }
}

/// Makes an account; its log begins with that.
///
/// # Errors
/// `Invalid` on `email` where the address has an account already.
pub fn register(tx: &mut Write, name: String, email: &Email, hash: &PasswordHash, operator: bool) -> Result<Account> {
    register_declaring(tx, Declaration::ParentOrCarer, name, email, hash, operator)
}

/// The same, where the declaration had these words.
///
/// # Errors
/// As for [`register`].
pub fn register_declaring(
    tx: &mut Write,
    declaration: Declaration,
    name: String,
    email: &Email,
    hash: &PasswordHash,
    operator: bool,
) -> Result<Account> {
    if store::by_email(tx, email)?.is_some() {
        return Err(Invalid::new("email", "error-email-taken").into());
    }
    let (id, email_typed, created_at) = (tx.new_id(), email.as_str().to_owned(), tx.now());
    let account = Account { id, name, email: email_typed, operator, created_at, verified_at: None };
    store::insert(tx, &account, email, hash, declaration);
    let noted = log::Noted { account: Some(account.id), by: &account.name, ..log::Noted::default() };
    log::note(tx, log::Act::Registered, &noted);
    Ok(account)
}

/// The account with this id.
///
/// # Errors
/// `NotFound`.
pub fn get(tx: &Read, id: AccountId) -> Result<Account> {
    store::get(tx, id)?.ok_or(Error::NotFound("account"))
}

/// The number of the wording of the adult declaration that an account's owner accepted when it was made.
///
/// # Errors
/// `NotFound`.
pub fn declared(tx: &Read, id: AccountId) -> Result<u16> {
    store::declared(tx, id)
}

/// Whether an account's owner declared less than a family's owner or carer does: they came in to read along.
///
/// # Errors
/// `NotFound`.
pub fn must_declare(tx: &Read, id: AccountId) -> Result<bool> {
    Ok(declared(tx, id)? == Declaration::Adult.version())
}

/// Notes that an account's owner declared to be a parent or carer as well.
///
/// # Errors
/// `NotFound`.
pub fn declare(tx: &mut Write, id: AccountId) -> Result<()> {
    store::declare(tx, id, Declaration::ParentOrCarer)
}

/// Every account, oldest first.
///
/// # Errors
/// `Internal` only.
pub fn all(tx: &Read) -> Result<Vec<Account>> {
    store::all(tx)
}

/// The account with this address, however it is written.
///
/// # Errors
/// `Internal` only.
pub fn by_email(tx: &Read, email: &Email) -> Result<Option<Account>> {
    store::by_email(tx, email)?.map(|id| get(tx, id)).transpose()
}

/// Removes an account with all that belongs to it alone: sessions, devices, second factor, links, log. What it may do
/// in families is for the caller to end first.
///
/// # Errors
/// `NotFound`.
pub fn delete(tx: &mut Write, id: AccountId) -> Result<()> {
    let account = get(tx, id)?;
    session::end_all(tx, id, None)?;
    device::forget_all(tx, id, &[])?;
    factor::forget(tx, id)?;
    reset::withdraw(tx, id)?;
    change::withdraw(tx, id)?;
    post::forget(tx, id)?;
    log::forget(tx, id)?;
    store::remove(tx, &account, &Email::known(&account.email)?);
    Ok(())
}

/// Lets an account look after the instance, or no longer. The operators' pages ask it anew with every request.
///
/// # Errors
/// `NotFound`.
pub fn set_operator(tx: &mut Write, id: AccountId, operator: bool) -> Result<()> {
    store::set_operator(tx, id, operator)
}

/// How many accounts there are.
///
/// # Errors
/// `Internal` only.
pub fn count(tx: &Read) -> Result<usize> {
    store::count(tx)
}

/// What a sign-in is checked against; none for an unknown address (and the caller hashes all the same).
///
/// # Errors
/// `Internal` only.
pub fn credentials(tx: &Read, email: &Email) -> Result<Option<(AccountId, PasswordHash)>> {
    store::by_email(tx, email)?.map(|id| Ok((id, store::hash(tx, id)?))).transpose()
}

/// What a person's proof is checked against who is signed in already.
///
/// # Errors
/// `NotFound`.
pub fn password_of(tx: &Read, account: AccountId) -> Result<PasswordHash> {
    store::hash(tx, account)
}

/// When the password was last changed; none while it is the first. What was let in before then is let in no longer:
/// tokens, apps, sign-ins that wait for their code.
///
/// # Errors
/// `Internal` only.
pub fn password_since(tx: &Read, account: AccountId) -> Result<Option<Timestamp>> {
    store::password_at(tx, account)
}

/// Gives an account another password. Who was signed in with the old one is ended by `session::end_all`; an address that
/// waits to be proved, and a link that was sent, end with it.
///
/// # Errors
/// `NotFound`.
pub fn set_password(tx: &mut Write, account: AccountId, hash: &PasswordHash) -> Result<()> {
    change::withdraw(tx, account)?;
    reset::withdraw_mailed(tx, account)?;
    store::mark_short(tx, account, false);
    store::set_hash(tx, account, hash, true)
}

/// Notes that an account's password is shorter than one that stands alone may be: it counts beside a second factor only.
pub fn note_short(tx: &mut Write, account: AccountId) {
    store::mark_short(tx, account, true);
}

/// Whether an account's password must not stand alone.
///
/// # Errors
/// `Internal` only.
pub fn is_short(tx: &Read, account: AccountId) -> Result<bool> {
    store::is_short(tx, account)
}

/// Puts a better hash of the same password in place of `before`, unless the password was changed meanwhile.
///
/// # Errors
/// `NotFound`.
pub fn upgrade(tx: &mut Write, account: AccountId, before: &PasswordHash, better: &PasswordHash) -> Result<()> {
    if store::hash(tx, account)?.as_str() == before.as_str() {
        store::set_hash(tx, account, better, false)?;
    }
    Ok(())
}

/// Whether any account exists: whether the instance has been set up.
///
/// # Errors
/// `Internal` only.
pub fn any(tx: &Read) -> Result<bool> {
    store::any(tx)
}
