//! An app that makes codes, offered on the form on which a password is chosen: both then come into being in one
//! transaction, and the password may be shorter.
//!
//! What the app is to hold is shown on a page before there is an account to file it under. The page brings it back
//! sealed under a key that this process alone has, bound to the form that it was made for; it works for an hour, once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use chacha20poly1305::{AeadInOut, KeyInit, XChaCha20Poly1305};
use data_encoding::BASE64URL_NOPAD;
use poem::Request;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::{
    accounts::{
        self,
        factor::{self, Seed},
        log::{self, Act, Noted},
        password::{self, Factor},
    },
    app::App,
    error::{Error, Invalid, Result},
    http::{firewall::Ticks, form::Fields, qr},
    store::Write,
    types::{AccountId, Clock},
};

const NONCE: usize = 24;
const SEED: usize = 20;
const TAG: usize = 16;
/// How many that were used are remembered; each is forgotten once it would be too old anyway.
const REMEMBERED: usize = 4_096;

struct Inner {
    key: OnceLock<Zeroizing<[u8; 32]>>,
    ticks: Ticks,
    used: Mutex<HashMap<[u8; NONCE], Duration>>,
}

/// What seals and opens. Clones share it.
#[derive(Clone)]
pub struct Offers(Arc<Inner>);

struct Opened {
    id: [u8; NONCE],
    seed: Seed,
}

impl Offers {
    /// Under a key of its own.
    pub fn new(clock: &Clock) -> Self {
        Self(Arc::new(Inner { key: OnceLock::new(), ticks: Ticks::new(clock), used: Mutex::default() }))
    }

    fn of(request: &Request) -> Result<&Self> {
        request.data::<Self>().ok_or_else(|| Error::broken("the offers are not in the request"))
    }

    fn aead(&self) -> Result<XChaCha20Poly1305> {
        let key = match self.0.key.get() {
            Some(key) => key,
            None => {
                let mut fresh = Zeroizing::new([0; 32]);
                getrandom::fill(fresh.as_mut()).map_err(Error::internal)?;
                self.0.key.get_or_init(|| fresh)
            }
        };
        Ok(XChaCha20Poly1305::new((&**key).into()))
    }

    fn seal(&self, seed: &Seed, bound: &str) -> Result<String> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(Error::internal)?;
        let mut inner = Zeroizing::new([0; SEED + 8]);
        inner[..SEED].copy_from_slice(seed.bytes());
        inner[SEED..].copy_from_slice(&self.now().to_be_bytes());
        let sealing = self.aead()?.encrypt_inout_detached(&nonce.into(), bound.as_bytes(), inner.as_mut_slice().into());
        let tag = sealing.map_err(|_| Error::broken("a secret could not be sealed"))?;
        Ok(BASE64URL_NOPAD.encode(&[&nonce[..], &inner[..], &tag[..]].concat()))
    }

    fn open(&self, sealed: &str, bound: &str) -> Result<Option<Opened>> {
        let Ok(bytes) = BASE64URL_NOPAD.decode(sealed.as_bytes()) else { return Ok(None) };
        let Some((nonce, rest)) = bytes.split_first_chunk::<NONCE>() else { return Ok(None) };
        let Some((inner, tag)) = rest.split_last_chunk::<TAG>() else { return Ok(None) };
        let Ok(inner) = <[u8; SEED + 8]>::try_from(inner) else { return Ok(None) };
        let mut inner = Zeroizing::new(inner);
        let opening = self.aead()?.decrypt_inout_detached(
            nonce.into(),
            bound.as_bytes(),
            inner.as_mut_slice().into(),
            tag.into(),
        );
        let (Ok(()), Some((seed, at))) = (opening, inner.split_first_chunk::<SEED>()) else { return Ok(None) };
        let at = at.try_into().map(u64::from_be_bytes).unwrap_or_default();
        let fresh = self.now().saturating_sub(at) < u64::try_from(factor::SET_UP.as_millis()).unwrap_or(u64::MAX);
        let unused = !self.used().contains_key(nonce);
        Ok((fresh && unused).then(|| Opened { id: *nonce, seed: Seed::stored(*seed) }))
    }

    /// Uses one up, unless it is.
    fn claim(&self, id: [u8; NONCE]) -> Result<bool> {
        let now = self.0.ticks.now();
        let mut used = self.used();
        used.retain(|_, at| now.saturating_sub(*at) < factor::SET_UP);
        if used.len() >= REMEMBERED {
            return Err(Error::Busy);
        }
        Ok(used.insert(id, now).is_none())
    }

    fn now(&self) -> u64 {
        u64::try_from(self.0.ticks.now().as_millis()).unwrap_or(u64::MAX)
    }

    fn used(&self) -> MutexGuard<'_, HashMap<[u8; NONCE], Duration>> {
        self.0.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a form shows: the secret as a picture and as text, and sealed. One that was sent with the form is shown again,
/// since an app may hold it by now. `bound` names the form, `label` tells the app's entries apart.
///
/// # Errors
/// `Internal` only.
pub fn shown(app: &App, request: &Request, fields: Option<&Fields>, bound: &str, label: &str) -> Result<Value> {
    let offers = Offers::of(request)?;
    let before = fields.and_then(|fields| fields.optional("sealed"));
    let known = before.map(|sealed| Ok::<_, Error>(offers.open(sealed, bound)?.map(|opened| (sealed, opened.seed))));
    let (sealed, seed) = match known.transpose()?.flatten() {
        Some((sealed, seed)) => (sealed.to_owned(), seed),
        None => {
            let seed = Seed::random()?;
            (offers.seal(&seed, bound)?, seed)
        }
    };
    let issuer = app.instance_name()?.unwrap_or_else(|| "HEC".to_owned());
    let wanted = fields.is_some_and(|fields| {
        let typed = fields.get("password").chars().count();
        fields.optional("code").is_some() || (password::MIN_WITH_FACTOR..password::MIN).contains(&typed)
    });
    Ok(json!({
        "picture": qr::svg(&seed.url(&issuer, label)?)?,
        "groups": seed.groups(),
        "sealed": sealed,
        "open": wanted,
        "min": password::MIN_WITH_FACTOR,
    }))
}

/// A code that was sent beside a new password, and fits. Dropped before [`kept`](Self::kept) it can be sent again.
pub struct Beside {
    offers: Offers,
    id: [u8; NONCE],
    written: Written,
    is_kept: bool,
}

/// The same complaint, in the words of a form that offers an app.
pub fn with_app(invalid: Invalid) -> Invalid {
    if invalid.code() != "password-short" {
        return invalid;
    }
    Invalid::new(invalid.field, "error-password-short-beside")
        .with("min", password::MIN)
        .with("beside", password::MIN_WITH_FACTOR)
}

/// What is written with the account.
#[derive(Clone)]
pub struct Written {
    seed: Seed,
    code: String,
    codes: Vec<String>,
    short: bool,
    network: String,
}

impl Beside {
    /// Reads the form; none where no code was sent.
    ///
    /// # Errors
    /// `Invalid` on `code`, where it does not fit or what the app was shown is too old.
    pub fn read(app: &App, request: &Request, fields: &Fields, bound: &str) -> Result<Option<Self>> {
        let Some(code) = fields.optional("code") else { return Ok(None) };
        let late = || Error::from(Invalid::new("code", "error-code-app-late"));
        let offers = Offers::of(request)?.clone();
        let Opened { id, seed } = offers.open(fields.get("sealed"), bound)?.ok_or_else(late)?;
        if !seed.fits(code, app.clock().now())? {
            return Err(Invalid::new("code", "error-code-wrong").into());
        }
        if !offers.claim(id)? {
            return Err(late());
        }
        let short = password::is_short(fields.get("password"));
        let (code, codes, network) = (code.to_owned(), factor::new_codes()?, super::network(request));
        Ok(Some(Self { offers, id, written: Written { seed, code, codes, short, network }, is_kept: false }))
    }

    /// By which rule the password is judged: where a code was sent that does not fit, the code is what is complained of.
    pub fn factor(read: &Result<Option<Self>>) -> Factor {
        if matches!(read, Ok(None)) { Factor::None } else { Factor::InTheSameStep }
    }

    /// What is wrong with a password that was judged by that rule, where the form offers an app beside it: fewer
    /// characters would do then.
    pub fn offering(read: &Result<Option<Self>>, error: Error) -> Error {
        match error {
            Error::Invalid(all) if Self::factor(read) == Factor::None => {
                Error::Invalid(all.into_iter().map(with_app).collect())
            }
            other => other,
        }
    }

    /// For the transaction that gives the account its password.
    pub fn written(&self) -> Written {
        self.written.clone()
    }

    /// The recovery codes, once it is written; the picture is worth nothing from then on.
    pub fn kept(mut self) -> Vec<String> {
        self.is_kept = true;
        std::mem::take(&mut self.written.codes)
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if !self.is_kept {
            self.offers.used().remove(&self.id);
        }
    }
}

impl Written {
    /// Writes it, after the password.
    ///
    /// # Errors
    /// `Invalid` on `code`, where that has become too old meanwhile; on `password` where a second factor was set up
    /// meanwhile, which stays.
    pub fn write(&self, tx: &mut Write, account: AccountId) -> Result<()> {
        if factor::stands(tx, account)? {
            return Err(Invalid::new("password", "error-factor-meanwhile").into());
        }
        factor::set_with_code(tx, account, &self.seed, &self.code, &self.codes)?;
        if self.short {
            accounts::note_short(tx, account);
        }
        let noted = Noted { account: Some(account), network: &self.network, ..Noted::default() };
        log::note(tx, Act::FactorAdded, &noted);
        Ok(())
    }
}
