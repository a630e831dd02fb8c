//! Apps: programs that may ask for a place in a family's record. All are public clients (RFC 6749, section 2.1): none
//! has a secret, and what proves an app is where its codes go.

use std::time::Duration;

use crate::{
    accounts::{
        self,
        log::{self, Act, Noted},
    },
    error::{Complaints, Error, Invalid, Result, check},
    store::{Read, Write},
    types::{AccountId, AppId, Timestamp, hash_secret},
};

pub use super::redirect::Redirect;
use super::store::{apps as rows, grants};

/// The most addresses of one app.
pub const MAX_REDIRECTS: usize = 10;
/// The most apps that one account registers.
pub const MAX_OWN: usize = 20;
/// The most apps that registered themselves and wait for an operator.
pub const MAX_WAITING: usize = 100;
/// The most of them from one network: an address, or the first 48 bits of an IPv6 one, which is what a household or an
/// office gets.
pub const MAX_WAITING_OF_NETWORK: usize = 5;
/// The most characters of a name.
pub const MAX_NAME: usize = 60;
/// How long they wait, before they are forgotten.
pub const WAITS: Duration = Duration::from_hours(24);

/// A registered app.
#[derive(Debug, Clone)]
pub struct App {
    /// Its id, which is its `client_id`.
    pub id: AppId,
    /// What it calls itself: 1 to 60 characters.
    pub name: String,
    /// Where its codes may go: 1 to 10.
    pub redirects: Vec<Redirect>,
    /// Who registered it.
    pub by: By,
    /// When.
    pub created_at: Timestamp,
    /// When an operator approved it for everybody on this instance; until then it is unverified.
    pub approved_at: Option<Timestamp>,
}

/// Who registered an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A customer.
    Account(AccountId),
    /// Whoever runs this instance.
    Operator,
    /// The app itself (RFC 7591).
    Itself,
}

impl App {
    /// Whether an operator vouches for it.
    pub fn is_verified(&self) -> bool {
        self.approved_at.is_some()
    }

    /// Whether somebody may let it in: once an operator has approved it, or where they registered it themselves. Anybody
    /// else could have registered it to look like something that it is not.
    pub fn is_open_to(&self, account: AccountId) -> bool {
        self.is_verified() || self.by == By::Account(account)
    }

    /// Whether its codes may go there.
    pub fn admits(&self, redirect: &str) -> bool {
        self.redirects.iter().any(|own| own.admits(redirect))
    }
}

/// What may be set of an app.
#[derive(Debug, Clone)]
pub struct Draft {
    name: String,
    redirects: Vec<Redirect>,
}

impl Draft {
    /// Checks the fields; empty addresses and the same one twice don't count.
    ///
    /// # Errors
    /// `Invalid`: `name` 1 to 60 characters, `redirect` 1 to 10 addresses as [`Redirect`] takes them.
    pub fn parse<'a>(name: &str, redirects: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let mut complaints = Complaints::new();
        let name = complaints.take(visible(name.trim()));
        let given = redirects.into_iter().map(str::trim).filter(|redirect| !redirect.is_empty());
        let mut redirects = Vec::new();
        for redirect in given {
            match Redirect::parse(redirect) {
                Ok(redirect) if redirects.contains(&redirect) => {}
                Ok(redirect) => redirects.push(redirect),
                // One complaint about the field is enough.
                Err(invalid) => {
                    complaints.add(invalid);
                    break;
                }
            }
            if redirects.len() > MAX_REDIRECTS {
                complaints.add(Invalid::new("redirect", "error-too-many").with("max", MAX_REDIRECTS));
                break;
            }
        }
        complaints.stop()?;
        if redirects.is_empty() {
            complaints.add(Invalid::new("redirect", "error-required"));
        }
        complaints.finish()?;
        let name = name.ok_or_else(|| Error::broken("a name without complaint is missing"))?;
        Ok(Self { name, redirects })
    }

    /// What an app says of itself, in whatever order, as a hash.
    fn same(&self) -> [u8; 32] {
        let mut redirects: Vec<&str> = self.redirects.iter().map(Redirect::as_str).collect();
        redirects.sort_unstable();
        // No name and no address holds a line end.
        hash_secret(&format!("{}\n{}", self.name, redirects.join("\n")))
    }

    fn app(self, tx: &Write, by: By, approved: bool) -> App {
        let now = tx.now();
        let approved_at = approved.then_some(now);
        App { id: tx.new_id(), name: self.name, redirects: self.redirects, by, created_at: now, approved_at }
    }
}

/// A name that reads as it is: nothing is told apart by what can't be seen.
fn visible(name: &str) -> Result<String, Invalid> {
    let name = check::name("name", name, MAX_NAME)?;
    let joins = |c: char| matches!(c, '\u{61c}' | '\u{200c}'..='\u{200f}');
    if name.chars().any(joins) { Err(Invalid::new("name", "error-control-characters")) } else { Ok(name) }
}

/// The app with this id; none for what is no id at all.
///
/// # Errors
/// `Internal` only.
pub fn find(tx: &Read, client_id: &str) -> Result<Option<App>> {
    AppId::parse(client_id).map_or(Ok(None), |id| rows::get(tx, id))
}

/// Registers an app for an account, which may let it in at once; others once an operator has approved it.
///
/// # Errors
/// `Invalid` where the account has 20 already.
pub fn register(tx: &mut Write, account: AccountId, draft: Draft, noted: &Noted) -> Result<App> {
    if rows::own(tx, account)?.len() >= MAX_OWN {
        return Err(Invalid::new("name", "error-too-many").with("max", MAX_OWN).into());
    }
    let app = draft.app(tx, By::Account(account), false);
    rows::insert(tx, &app);
    log::note(tx, Act::AppRegistered, &Noted { account: Some(account), about: &app.name, ..noted.clone() });
    Ok(app)
}

/// Registers an app for everybody: whoever runs the instance vouches for it.
///
/// # Errors
/// `Internal` only.
pub fn register_for_all(tx: &mut Write, draft: Draft) -> Result<App> {
    let app = draft.app(tx, By::Operator, true);
    rows::insert(tx, &app);
    Ok(app)
}

/// The app of this name and these addresses that the operator registered; a new one where there is none.
///
/// # Errors
/// `Internal` only.
pub fn for_all(tx: &mut Write, draft: Draft) -> Result<App> {
    let known = rows::all(tx)?.into_iter();
    let known = known.filter(|app| app.by == By::Operator && app.name == draft.name);
    match known.into_iter().find(|app| app.redirects == draft.redirects) {
        Some(app) => Ok(app),
        None => register_for_all(tx, draft),
    }
}

/// What came of an app's own registration.
#[derive(Debug)]
pub enum Registered {
    /// The app; for the same name and addresses always the same, so that an app that an operator approved once is
    /// approved on every phone (RFC 7591, section 3.2.1).
    App(App),
    /// Too many wait already of this network.
    Full,
}

/// Registers an app by what it says of itself. It is unverified, can't be let in before an operator has approved it, and
/// is forgotten after a day without.
///
/// # Errors
/// `Internal` only.
pub fn register_itself(tx: &mut Write, draft: Draft, network: &str) -> Result<Registered> {
    let same = draft.same();
    if let Some(app) = rows::same(tx, same)? {
        return Ok(Registered::App(app));
    }
    sweep(tx)?;
    let network = hash_secret(network);
    let waiting = rows::waiting(tx)?;
    let of_network = |network| waiting.iter().filter(|(_, other)| *other == network).count();
    if of_network(network) >= MAX_WAITING_OF_NETWORK {
        return Ok(Registered::Full);
    }
    if waiting.len() >= MAX_WAITING {
        // The oldest of the network that has most makes room, so that a crowd does not shut out everybody else.
        let crowded = waiting.iter().rev().max_by_key(|(_, other)| of_network(*other));
        let oldest = crowded.and_then(|(_, crowd)| waiting.iter().find(|(_, other)| other == crowd));
        if let Some((id, _)) = oldest
            && let Some(app) = rows::get(tx, *id)?
        {
            rows::remove(tx, &app)?;
        }
    }
    let app = draft.app(tx, By::Itself, false);
    rows::insert_waiting(tx, &app, same, network);
    Ok(Registered::App(app))
}

/// The apps that an account registered.
///
/// # Errors
/// `Internal` only.
pub fn own(tx: &Read, account: AccountId) -> Result<Vec<App>> {
    rows::own(tx, account)
}

/// Every app of the instance, the newest first.
///
/// # Errors
/// `Internal` only.
pub fn all(tx: &Read) -> Result<Vec<App>> {
    let mut all = rows::all(tx)?;
    all.reverse();
    Ok(all)
}

/// Approves an app for everybody on this instance, which the log of `noted` tells.
///
/// # Errors
/// `NotFound`.
pub fn approve(tx: &mut Write, id: AppId, noted: &Noted) -> Result<App> {
    let app = rows::get(tx, id)?.ok_or(Error::NotFound("app"))?;
    let app = App { approved_at: app.approved_at.or(Some(tx.now())), ..app };
    rows::approve(tx, &app)?;
    log::note(tx, Act::AppApproved, &Noted { about: &app.name, ..noted.clone() });
    Ok(app)
}

/// Removes an app: whatever anybody gave it ends at once. The log of `noted` tells it, and the log of everybody who had
/// let it in.
///
/// # Errors
/// `NotFound`.
pub fn remove(tx: &mut Write, id: AppId, noted: &Noted) -> Result<App> {
    let app = rows::get(tx, id)?.ok_or(Error::NotFound("app"))?;
    for grant in grants::all_grants(tx)?.iter().filter(|grant| grant.app == id) {
        grants::remove_grant(tx, grant);
        let by = accounts::get(tx, grant.account).map(|account| account.name).unwrap_or_default();
        // Whoever removes it has their own line.
        let account = Some(grant.account).filter(|account| Some(*account) != noted.account);
        let of = Noted { account, family: Some(grant.family), by: &by, about: &app.name, network: "" };
        log::note(tx, Act::AppRemoved, &of);
    }
    rows::remove(tx, &app)?;
    log::note(tx, Act::AppRemoved, &Noted { about: &app.name, ..noted.clone() });
    Ok(app)
}

/// [`remove`] by the account that registered the app.
///
/// # Errors
/// `NotFound`, also for another account's.
pub fn remove_own(tx: &mut Write, account: AccountId, id: AppId, noted: &Noted) -> Result<App> {
    let own = rows::get(tx, id)?.filter(|app| app.by == By::Account(account));
    remove(tx, own.ok_or(Error::NotFound("app"))?.id, &Noted { account: Some(account), ..noted.clone() })
}

/// Forgets apps that registered themselves and that nobody has approved within a day.
///
/// # Errors
/// `Internal` only.
pub(super) fn sweep(tx: &mut Write) -> Result<()> {
    let now = tx.now();
    for (id, _) in rows::waiting(tx)? {
        if let Some(app) = rows::get(tx, id)?.filter(|app| now.since(app.created_at) > WAITS) {
            rows::remove(tx, &app)?;
        }
    }
    Ok(())
}
