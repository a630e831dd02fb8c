//! What the demo tells: where to look and how to sign in.

use serde::Serialize;

use crate::{
    accounts::{self, factor},
    error::{Error, Result},
    families, oauth,
    store::{Db, Write},
    types::{Caller, FamilyId},
};

use super::fill::PASSWORD;

/// What tokens that are handed out at a start are called; those of an earlier start end.
const TOKEN: &str = "demo";

/// A program on this machine, and one on a phone: who tries an app against the demo needs one that is let in.
const APPS: [(&str, &str); 2] =
    [("Demo app", "http://127.0.0.1/signed-in"), ("Demo phone app", "org.example.hec-demo:/signed-in")];

/// Where to look and how to sign in.
#[derive(Debug, Serialize)]
pub struct Welcome {
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    accounts: Vec<SignIn>,
    clients: Vec<Client>,
}

/// One account.
#[derive(Debug, Serialize)]
struct SignIn {
    family: Option<FamilyId>,
    #[serde(skip)]
    family_name: String,
    role: &'static str,
    name: String,
    email: Option<String>,
    password: &'static str,
    totp_secret: Option<String>,
    sign_in_url: Option<String>,
    token: Option<String>,
}

/// An app.
#[derive(Debug, Serialize)]
struct Client {
    client_id: String,
    redirect_uri: String,
}

/// Reads every account and hands each a fresh token.
///
/// # Errors
/// `Internal` only.
pub fn welcome(db: &Db, url: Option<&str>) -> Result<Welcome> {
    let url = url.map(str::to_owned);
    let sign_in_url = url.as_ref().map(|url| format!("{url}/sign-in"));
    let (accounts, clients) = db.write_blocking(move |tx| {
        let (mut all, mut operators) = (Vec::new(), Vec::new());
        for account in accounts::all(tx)? {
            let totp_secret = totp_secret(tx, &account)?;
            for member in families::memberships(tx, account.id)? {
                let family = families::get(tx, member.family)?;
                let scopes = member.role.scopes();
                let caller =
                    Caller { account: account.id, family: family.id, role: member.role, scopes, learners: None };
                all.push(SignIn {
                    family: Some(family.id),
                    family_name: family.name,
                    role: member.role.as_str(),
                    name: account.name.clone(),
                    email: Some(account.email.clone()),
                    password: PASSWORD,
                    totp_secret: totp_secret.clone(),
                    sign_in_url: sign_in_url.clone(),
                    token: Some(fresh_token(tx, &caller)?),
                });
            }
            if account.operator {
                operators.push(SignIn {
                    family: None,
                    family_name: String::new(),
                    role: "operator",
                    name: account.name,
                    email: Some(account.email),
                    password: PASSWORD,
                    totp_secret,
                    sign_in_url: sign_in_url.clone(),
                    token: None,
                });
            }
        }
        all.extend(operators);
        let mut clients = Vec::new();
        for (name, redirect) in APPS {
            let app = oauth::apps::for_all(tx, oauth::apps::Draft::parse(name, [redirect])?)?;
            clients.push(Client { client_id: app.id.to_string(), redirect_uri: redirect.to_owned() });
        }
        Ok((all, clients))
    })?;
    Ok(Welcome { url, accounts, clients })
}

/// Whoever looks after the instance needs codes; the data are made up, so their secret is told.
fn totp_secret(tx: &mut Write, account: &accounts::Account) -> Result<Option<String>> {
    if account.operator && !factor::is_on(tx, account.id)? {
        factor::set(tx, account.id, &factor::Seed::random()?, None, &[])?;
    }
    Ok(factor::made_up_secret(tx, account.id)?.map(|seed| seed.text().to_string()))
}

fn fresh_token(tx: &mut Write, caller: &Caller) -> Result<String> {
    for token in oauth::all(tx, caller)?.into_iter().filter(|token| token.name == TOKEN) {
        oauth::revoke(tx, caller, token.id)?;
    }
    let (secret, hash) = oauth::new_secret()?;
    oauth::make(tx, caller, oauth::Draft::everything(TOKEN, caller.scopes), hash)?;
    Ok(secret)
}

impl Welcome {
    /// One line for programs.
    ///
    /// # Errors
    /// `Internal` only.
    pub fn print_json(&self) -> Result<()> {
        println!("{}", serde_json::to_string(self).map_err(Error::internal)?);
        Ok(())
    }

    /// Words for people.
    pub fn print(&self) {
        match &self.url {
            Some(url) => println!("HEC's demo is at {url}/ (Ctrl-C ends it). Every family in it is made up."),
            None => println!("Made-up families are in the store; `hec demo --data DIR` serves it."),
        }
        let width = self.accounts.iter().filter_map(|a| a.email.as_ref()).map(String::len).max().unwrap_or(0);
        println!("Sign in with any of these, password: {PASSWORD}");
        let families: Vec<&SignIn> = self.accounts.iter().filter(|account| account.family.is_some()).collect();
        for account in families.iter().take(12) {
            let email = account.email.as_deref().unwrap_or_default();
            println!("  {email:width$}  {}, {} of the {} family", account.name, account.role, account.family_name);
        }
        if families.len() > 12 {
            println!("  … and {} more", families.len() - 12);
        }
        for operator in self.accounts.iter().filter(|account| account.family.is_none()) {
            let (email, secret) = (operator.email.as_deref(), operator.totp_secret.as_deref());
            println!(
                "{} looks after this HEC and needs a code as well, from any app for one-time codes.",
                email.unwrap_or_default()
            );
            println!("  Type this secret into it: {}", secret.unwrap_or_default());
        }
    }
}
