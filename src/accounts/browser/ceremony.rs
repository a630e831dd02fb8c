//! What was asked of a passkey, until it is answered: in memory, for five minutes, once. What is asked is bound to the
//! session, or to the try to sign in, that it was asked for.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};
use webauthn_rs::{
    Webauthn,
    prelude::{
        DiscoverableAuthentication, Passkey as Credential, PasskeyRegistration, PublicKeyCredential,
        RegisterPublicKeyCredential, Uuid, WebauthnError,
    },
};

use crate::{
    config::Config,
    error::{Error, Result},
    http::firewall::{Client, Ticks},
    types::{AccountId, Clock},
};

use super::{
    super::{
        Account,
        passkey::{Passkey, PasskeyId, Seen, id_of},
    },
    site::{self, Place, Ports},
};

/// How long an answer is waited for.
pub const LIFE: Duration = Duration::from_mins(5);
/// The longest answer that is read, in bytes.
pub const LONGEST: usize = 16 * 1024;
/// How many questions wait for an answer at a time, of strangers and of who is signed in.
pub const REMEMBERED: usize = 4_096;
/// How many of one stranger's network; the next one takes the place of the oldest. Each page for signing in that stands
/// open has one.
pub const OF_ONE_NETWORK: usize = 64;

/// What a question was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bound {
    /// A try to sign in, by the hash of its secret.
    SignIn([u8; 32]),
    /// A sign-in whose password was right, by the hash of its secret.
    Code([u8; 32]),
    /// A session whose person proves anew who they are.
    Again([u8; 32]),
    /// A session whose account gets one more.
    Adding([u8; 32]),
}

/// Why an answer does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Nothing was asked, it was answered already, or it took too long.
    Late,
    /// It does not fit what was asked.
    Wrong,
    /// It fits, but the key's counter went back: there may be a copy of it.
    Copied,
}

enum Asked {
    Proof(DiscoverableAuthentication),
    Key(PasskeyRegistration),
}

struct Waiting {
    asked: Asked,
    client: Client,
    at: Duration,
}

struct Inner {
    name: Option<(String, Ports)>,
    checker: Option<Webauthn>,
    ticks: Ticks,
    strangers: Mutex<HashMap<Bound, Waiting>>,
    known: Mutex<HashMap<Bound, Waiting>>,
}

/// The questions that wait. Clones share them.
#[derive(Clone)]
pub struct Ceremonies(Arc<Inner>);

/// A question that waited, and does so no longer.
pub struct Question(DiscoverableAuthentication);

/// An answer, read but not yet checked.
pub struct Answer(PublicKeyCredential);

impl Answer {
    /// Reads what a browser sent. What is too long, or no such thing, is none.
    pub fn read(sent: &str) -> Option<Self> {
        Some(sent).filter(|sent| sent.len() <= LONGEST).and_then(|sent| serde_json::from_str(sent).ok()).map(Self)
    }

    /// Which passkey it says it is of.
    pub fn passkey(&self) -> PasskeyId {
        id_of(&self.0.raw_id)
    }

    /// Whether it speaks for this account, or for nobody in particular.
    pub fn is_for(&self, account: AccountId) -> bool {
        self.0.response.user_handle.as_ref().is_none_or(|handle| handle.is_empty() || handle == account.bytes())
    }
}

impl Ceremonies {
    /// None waits yet. `sockets` are those that the instance listens on, where they are open already.
    pub fn new(config: &Config, sockets: &[SocketAddr], clock: &Clock) -> Self {
        let name = site::name(config).map(|name| {
            let ports = Ports::of(config, sockets, &name);
            (name, ports)
        });
        let checker = name.as_ref().and_then(|(name, ports)| match site::checker(config, name, ports) {
            Ok(checker) => Some(checker),
            Err(error) => {
                tracing::warn!(%error, "the instance's first name is none that passkeys could be made for");
                None
            }
        });
        let name = name.filter(|_| checker.is_some());
        let ticks = Ticks::new(clock);
        Self(Arc::new(Inner { name, checker, ticks, strangers: Mutex::default(), known: Mutex::default() }))
    }

    /// The name that passkeys belong to.
    pub fn name(&self) -> Option<&str> {
        self.0.name.as_ref().map(|(name, _)| name.as_str())
    }

    /// Where a page stands whose host and port these are.
    pub fn place(&self, host: &str, port: Option<u16>) -> Place {
        site::place(self.0.name.as_ref().map(|(name, ports)| (name.as_str(), ports)), host, port)
    }

    /// What a browser is to ask a passkey for, so that somebody proves who they are. With `known` only these may answer.
    ///
    /// # Errors
    /// `NotFound` where the instance has no name for passkeys.
    pub fn ask(&self, bound: Bound, client: Client, known: &[Passkey]) -> Result<Value> {
        let (question, state) = self.checker()?.start_discoverable_authentication().map_err(Error::internal)?;
        let mut options = serde_json::to_value(question.public_key).map_err(Error::internal)?;
        let known = known.iter().map(credential).collect::<Result<Vec<_>>>()?;
        let ids = known.iter().map(|one| json!({ "type": "public-key", "id": base64(one.cred_id()) }));
        options["allowCredentials"] = ids.collect();
        self.remember(bound, client, Asked::Proof(state));
        Ok(options)
    }

    /// What a browser is to have a passkey made of, for an account that has `known` already.
    ///
    /// # Errors
    /// `NotFound` where the instance has no name for passkeys.
    pub fn ask_for_key(&self, bound: Bound, client: Client, owner: &Account, known: &[Passkey]) -> Result<Value> {
        let user = Uuid::from_bytes(*owner.id.bytes());
        let known = known.iter().map(credential).collect::<Result<Vec<_>>>()?;
        let excluded = known.iter().map(|one| one.cred_id().clone()).collect();
        let started = self.checker()?.start_passkey_registration(user, &owner.email, &owner.name, Some(excluded));
        let (question, state) = started.map_err(Error::internal)?;
        let mut options = serde_json::to_value(question.public_key).map_err(Error::internal)?;
        // Found again by itself, without a name being typed first.
        options["authenticatorSelection"]["residentKey"] = json!("required");
        options["authenticatorSelection"]["requireResidentKey"] = json!(true);
        self.remember(bound, client, Asked::Key(state));
        Ok(options)
    }

    /// What was asked so that somebody proves who they are, once, whether or not the answer is right.
    ///
    /// # Errors
    /// [`Refused::Late`].
    pub fn asked(&self, bound: Bound) -> Result<Question, Refused> {
        match self.take(bound) {
            Some(Asked::Proof(state)) => Ok(Question(state)),
            _ => Err(Refused::Late),
        }
    }

    /// Whether an answer proves that whoever sent it has this passkey, and that its place has made sure of the person.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn check(&self, asked: Question, answer: &Answer, passkey: Option<&Passkey>) -> Result<Seen, Refused> {
        let (Some(passkey), Some(checker)) = (passkey, self.0.checker.as_ref()) else { return Err(Refused::Wrong) };
        let mut credential = credential(passkey).map_err(|_| Refused::Wrong)?;
        let checked = checker.finish_discoverable_authentication_v2(&answer.0, asked.0, &credential);
        let result = checked.map_err(|error| match error {
            WebauthnError::CredentialPossibleCompromise => Refused::Copied,
            _ => Refused::Wrong,
        })?;
        if !result.user_verified() {
            return Err(Refused::Wrong);
        }
        credential.update_credential(&result);
        let (id, counter, backed_up) = (passkey.id, result.counter(), result.backup_state());
        let credential = serde_json::to_vec(&credential).map_err(|_| Refused::Wrong)?;
        Ok(Seen { id, counter, backed_up, credential })
    }

    /// The key that an answer brings.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn check_key(&self, bound: Bound, sent: &str) -> Result<Seen, Refused> {
        let Some(Asked::Key(state)) = self.take(bound) else { return Err(Refused::Late) };
        let read = Some(sent).filter(|sent| sent.len() <= LONGEST);
        let read: Option<RegisterPublicKeyCredential> = read.and_then(|sent| serde_json::from_str(sent).ok());
        let (Some(read), Some(checker)) = (read, self.0.checker.as_ref()) else { return Err(Refused::Wrong) };
        let key = checker.finish_passkey_registration(&read, &state).map_err(|_| Refused::Wrong)?;
        seen(&key).ok_or(Refused::Wrong)
    }

    /// How many questions wait.
    pub fn remembered(&self) -> usize {
        hold(&self.0.strangers).len() + hold(&self.0.known).len()
    }

    fn checker(&self) -> Result<&Webauthn> {
        self.0.checker.as_ref().ok_or(Error::NotFound("passkey"))
    }

    fn table(&self, bound: Bound) -> &Mutex<HashMap<Bound, Waiting>> {
        // A password was right before there is one of the others.
        if matches!(bound, Bound::SignIn(_)) { &self.0.strangers } else { &self.0.known }
    }

    fn remember(&self, bound: Bound, client: Client, asked: Asked) {
        let at = self.0.ticks.now();
        let mut waiting = hold(self.table(bound));
        waiting.remove(&bound);
        if waiting.len() >= REMEMBERED {
            waiting.retain(|_, one| at.saturating_sub(one.at) < LIFE);
        }
        if matches!(bound, Bound::SignIn(_)) {
            let of_client = waiting.values().filter(|one| one.client == client).count();
            if of_client >= OF_ONE_NETWORK {
                drop_oldest(&mut waiting, |one| one.client == client);
            }
        }
        if waiting.len() >= REMEMBERED {
            drop_oldest(&mut waiting, |_| true);
        }
        waiting.insert(bound, Waiting { asked, client, at });
    }

    fn take(&self, bound: Bound) -> Option<Asked> {
        let now = self.0.ticks.now();
        let found = hold(self.table(bound)).remove(&bound)?;
        (now.saturating_sub(found.at) < LIFE).then_some(found.asked)
    }
}

/// What answers are checked with, as its row keeps it.
fn credential(passkey: &Passkey) -> Result<Credential> {
    serde_json::from_slice(&passkey.credential).map_err(Error::internal)
}

/// A key that was made just now. The library shows neither its counter nor whether it is backed up; both stand in what
/// it would have us keep.
fn seen(key: &Credential) -> Option<Seen> {
    let kept = serde_json::to_value(key).ok()?;
    let counter = kept.pointer("/cred/counter")?.as_u64()?;
    Some(Seen {
        id: id_of(key.cred_id()),
        counter: u32::try_from(counter).ok()?,
        backed_up: kept.pointer("/cred/backup_state")?.as_bool()?,
        credential: serde_json::to_vec(&kept).ok()?,
    })
}

fn hold(table: &Mutex<HashMap<Bound, Waiting>>) -> MutexGuard<'_, HashMap<Bound, Waiting>> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

fn drop_oldest(waiting: &mut HashMap<Bound, Waiting>, which: impl Fn(&Waiting) -> bool) {
    let oldest = waiting.iter().filter(|(_, one)| which(one)).min_by_key(|(_, one)| one.at).map(|(bound, _)| *bound);
    if let Some(oldest) = oldest {
        waiting.remove(&oldest);
    }
}

fn base64(bytes: &[u8]) -> String {
    data_encoding::BASE64URL_NOPAD.encode(bytes)
}
