//! `hec account`: what whoever runs the instance may do with accounts. Each act stands in the account's own log.

use std::io::{IsTerminal, Read as _, Write as _};

use clap::{Args, Subcommand};
use serde_json::json;
use zeroize::Zeroizing;

use crate::{
    accounts::{
        self, Account, Email, RawRegistration, factor,
        log::{self, About, Act, Noted, Operator, operated},
        passkey, password, post, reset,
    },
    admin::{self, Household},
    config::{Config, PasswordCost},
    error::{Error, Result},
    families,
    store::{Db, Read, Write},
    types::{AccountId, Secret, reference},
};

use super::{
    opening::Keys,
    say,
    verb::{self, Verb},
};

/// The longest password that is read from a descriptor, in bytes.
const MOST: u64 = 4_096;

/// See and change accounts
#[derive(Subcommand)]
pub enum Verbs {
    /// Make an account with a family of its own
    ///
    /// Without a password it prints a link by which its owner chooses one; the link works once, for a day
    Create(Create),
    /// List the accounts: names and addresses, nothing of a record
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Print a link by which somebody chooses a new password; it works once, for a day
    ///
    /// The account's log tells of it. The second factor stays as it is
    ResetPassword {
        /// The account's email
        email: String,
    },
    /// Take the second factor of an account away, for somebody who lost phone and recovery codes
    ///
    /// Its passkeys go too. The account's log tells of it
    #[command(name = "disable-2fa")]
    Disable2fa {
        /// The account's email
        email: String,
    },
    /// Let an account look after this HEC, or no longer
    ///
    /// The operators' pages open with a second factor only. The account's log tells of it
    Operator {
        /// The account's email
        email: String,
        /// No longer. Somebody must stay who looks after it
        #[arg(long)]
        off: bool,
    },
    /// Delete an account. Records belong to families and stay; the only owner of one can't be deleted
    Delete {
        /// The account's email
        email: String,
        /// Ask nothing
        #[arg(long)]
        yes: bool,
    },
}

/// Whom to make an account for.
#[derive(Args)]
pub struct Create {
    /// The email to sign in with
    email: String,
    /// How HEC addresses the person
    #[arg(long)]
    name: String,
    /// The name of their family
    #[arg(long)]
    family: String,
    /// They told you that they are 18 or over, and a parent or carer
    #[arg(long, required = true)]
    adult: bool,
    /// Let the account look after this HEC
    #[arg(long)]
    operator: bool,
    /// Read the password from this descriptor, up to the first line end
    #[arg(long, value_name = "NUMBER")]
    password_fd: Option<u32>,
}

impl Verbs {
    pub fn run(self, config: &Config) -> Result<()> {
        let verb = match self {
            Self::Create(create) => create.verb()?,
            Self::List { json } => Verb::AccountList { json },
            Self::ResetPassword { email } => Verb::AccountReset { email },
            Self::Disable2fa { email } => Verb::AccountDisable2fa { email },
            Self::Operator { email, off } => Verb::AccountOperator { email, off },
            Self::Delete { email, yes } => {
                if !yes {
                    ask_back(&email)?;
                }
                Verb::AccountDelete { email }
            }
        };
        verb::run(config, &Keys::new(config), verb).map(drop)
    }
}

impl Create {
    fn verb(self) -> Result<Verb> {
        let password = self.password_fd.map(read_password).transpose()?;
        let Self { email, name, family, operator, .. } = self;
        Ok(Verb::AccountCreate { email, name, family, operator, password })
    }
}

fn read_password(descriptor: u32) -> Result<Zeroizing<String>> {
    let file = std::fs::File::open(format!("/dev/fd/{descriptor}"))
        .map_err(|error| Error::Refused(format!("descriptor {descriptor} can't be read: {error}")))?;
    let mut text = Zeroizing::new(String::new());
    file.take(MOST).read_to_string(&mut text)?;
    Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
}

/// An account is not deleted by a slip: its email is typed once more.
fn ask_back(email: &str) -> Result<()> {
    if !std::io::stdin().is_terminal() {
        return Err(Error::Refused("nobody is there to ask: run this on a terminal, or say --yes".to_owned()));
    }
    say("This deletes the account for good. Its families keep their records.")?;
    print!("Type its email to go on: ");
    std::io::stdout().flush()?;
    let mut typed = String::new();
    std::io::stdin().read_line(&mut typed)?;
    if typed.trim().to_lowercase() == email.trim().to_lowercase() {
        Ok(())
    } else {
        Err(Error::Refused("that is not its email: nothing was deleted".to_owned()))
    }
}

/// Makes an account, in words.
pub fn create(
    db: &Db,
    url: &str,
    cost: PasswordCost,
    (email, name, family): (String, String, String),
    operator: bool,
    password: Option<Zeroizing<String>>,
) -> Result<String> {
    let chosen = password.is_some();
    // Whoever is to choose a password by a link gets one that nobody knows until then.
    let unknown = Secret::random().map_err(Error::internal)?;
    let typed = password.as_ref().map_or(unknown.expose(), |password| password.as_str()).to_owned();
    let registration = RawRegistration { name, email, password: typed, adult: true };
    let registration = registration.parse(db.read(admin::instance::get)?.name.as_deref())?;
    let household = Household { family, learner: None };
    household.check()?;
    // At the cost of every other: an account that was never used must not be told by its haste.
    let hash = password::hash(cost, &registration.password)?;
    let link = Secret::random().map_err(Error::internal)?;
    let link_hash = link.hash();
    let account = db.write_blocking(move |tx| {
        let (account, _) = admin::join(tx, registration, &hash, &household, operator)?;
        if !chosen {
            reset::make(tx, account.id, link_hash)?;
        }
        by_hand(tx, Act::AccountMade, account.id)?;
        Ok(account)
    })?;
    Ok(if chosen {
        format!("{} can sign in at {url}/sign-in", account.email)
    } else {
        format!(
            "Hand this to {}: it lets them choose a password, once, within a day.\n  {url}/reset?token={}",
            account.email,
            link.expose()
        )
    })
}

/// The accounts, as lines or as JSON.
pub fn list(db: &Db, json: bool) -> Result<String> {
    let all = db.read(|tx| {
        let all = accounts::all(tx)?.into_iter();
        all.map(|account| Ok((factor::stands(tx, account.id)?, families::memberships(tx, account.id)?.len(), account)))
            .collect::<Result<Vec<_>>>()
    })?;
    if json {
        let all = all.iter().map(|(coded, families, account)| {
            json!({
                "id": account.id, "reference": reference(&account.id), "email": account.email, "name": account.name, "operator": account.operator,
                "email_verified": account.verified_at.is_some(), "second_factor": coded, "families": families, "created_at": account.created_at,
            })
        });
        return Ok(serde_json::Value::Array(all.collect()).to_string());
    }
    if all.is_empty() {
        return Ok("There are no accounts yet.".to_owned());
    }
    let width = all.iter().map(|(.., account)| account.email.chars().count()).max().unwrap_or(0);
    let lines = all.iter().map(|(coded, families, account)| {
        let mut facts = vec![account.name.clone(), reference(&account.id)];
        facts.extend(account.operator.then(|| "looks after this HEC".to_owned()));
        facts.extend(coded.then(|| "second factor".to_owned()));
        facts.push(match families {
            0 => "no family".to_owned(),
            1 => "1 family".to_owned(),
            more => format!("{more} families"),
        });
        format!("{:width$}  {}", account.email, facts.join(", "))
    });
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

/// Makes a link for a new password, in words. It is printed and never logged.
pub fn reset_password(db: &Db, url: &str, email: &str) -> Result<String> {
    let account = db.read(|tx| find(tx, email))?;
    let link = Secret::random().map_err(Error::internal)?;
    let hash = link.hash();
    db.write_blocking(move |tx| {
        reset::make(tx, account.id, hash)?;
        log::note(tx, Act::OperatorReset, &by_operator(account.id));
        by_hand(tx, Act::OperatorReset, account.id)
    })?;
    Ok(format!(
        "Hand this to {}: it lets them choose a new password, once, within a day. Their log tells of it.\n  \
         {url}/reset?token={}",
        account.email,
        link.expose()
    ))
}

/// Takes a second factor away, in words.
pub fn disable_2fa(db: &Db, mail: bool, email: &str) -> Result<String> {
    let account = db.read(|tx| find(tx, email))?;
    let (was_on, passkeys, short) = db.write_blocking(move |tx| {
        let passkeys = passkey::all(tx, account.id)?.len();
        let was_on = factor::forget(tx, account.id)?;
        if was_on {
            log::note(tx, Act::OperatorFactorRemoved, &by_operator(account.id));
            by_hand(tx, Act::OperatorFactorRemoved, account.id)?;
            post::notice(tx, mail, account.id, post::Kind::FactorOff, "")?;
        }
        Ok((was_on, passkeys, accounts::is_short(tx, account.id)?))
    })?;
    if !was_on {
        return Ok(format!("{} has no second factor.", account.email));
    }
    let mut told = format!("{} signs in with the password alone now. Their log tells of it.", account.email);
    match passkeys {
        0 => {}
        1 => told.push_str("\nThe account's passkey is gone too."),
        more => told.push_str(&format!("\nThe account's {more} passkeys are gone too.")),
    }
    if short {
        told.push_str(&format!(
            "\nTheir password has fewer than {} characters, which was enough beside a second factor only: the next \
             time that they sign in, they choose a longer one first.",
            password::MIN
        ));
    }
    Ok(told)
}

/// Lets an account look after the instance, or no longer; in words.
pub fn operator(db: &Db, email: &str, on: bool) -> Result<String> {
    let account = db.read(|tx| find(tx, email))?;
    let id = account.id;
    let (changed, coded) = db.write_blocking(move |tx| {
        let coded = factor::stands(tx, id)?;
        if accounts::get(tx, id)?.operator == on {
            return Ok((false, coded));
        }
        if !on && !accounts::all(tx)?.iter().any(|other| other.operator && other.id != id) {
            return Err(Error::Refused(
                "nobody would look after this HEC: let another account do so first (hec account operator EMAIL)"
                    .to_owned(),
            ));
        }
        accounts::set_operator(tx, id, on)?;
        let act = if on { Act::OperatorAdded } else { Act::OperatorRemoved };
        log::note(tx, act, &by_operator(id));
        by_hand(tx, act, id)?;
        Ok((true, coded))
    })?;
    let email = account.email;
    Ok(match (on, changed) {
        (true, _) if !coded => format!(
            "{email} looks after this HEC. Its pages open once the account has a second factor (on its account page, \
             “Password, devices and second factor”)."
        ),
        (true, true) => format!("{email} looks after this HEC from now on."),
        (true, false) => format!("{email} looks after this HEC already."),
        (false, true) => format!("{email} looks after this HEC no longer. Its families are as they were."),
        (false, false) => format!("{email} does not look after this HEC."),
    })
}

/// Deletes an account, in words.
pub fn delete(db: &Db, email: &str) -> Result<String> {
    let account = db.read(|tx| find(tx, email))?;
    let id = account.id;
    db.write_blocking(move |tx| {
        if let Some(family) = families::account::held_by(tx, id)?.first() {
            return Err(Error::Refused(format!(
                "{} is the only owner of the family {}: make somebody else an owner first, on the family's page",
                accounts::get(tx, id)?.email,
                reference(&family.id)
            )));
        }
        families::account::leave_all(tx, id)?;
        accounts::delete(tx, id)?;
        by_hand(tx, Act::AccountDeleted, id)
    })?;
    Ok(format!("The account {} is gone.", account.email))
}

fn find(tx: &Read, email: &str) -> Result<Account> {
    let nobody = || Error::Refused(format!("no account has the email {email}: `hec account list` shows them"));
    let parsed = Email::typed(email).map_err(|_| nobody())?;
    accounts::by_email(tx, &parsed)?.ok_or_else(nobody)
}

/// Notes it in the log of the instance, where the account stands by its reference.
fn by_hand(tx: &mut Write, act: Act, account: AccountId) -> Result<()> {
    operated(tx, act, Operator::CommandLine, About::Account(account))
}

fn by_operator(account: AccountId) -> Noted<'static> {
    Noted { account: Some(account), ..Noted::default() }
}
