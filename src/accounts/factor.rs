//! The second factor: codes of an app (TOTP, RFC 6238), and recovery codes for when the phone is lost.
//!
//! A code counts once: the step of the last one that was accepted is remembered, in the transaction that accepts it.

use std::time::Duration;

use data_encoding::BASE32_NOPAD;
use totp_rs::{Builder, Secret as TotpSecret, Totp};
use zeroize::Zeroizing;

use crate::{
    error::{Error, Invalid, Result},
    store::{Read, Write},
    types::{AccountId, Timestamp, hash_secret},
};

use super::{passkey, passkey::PasskeyId, store};

/// How many recovery codes there are.
pub const CODES: usize = 10;
/// A secret that was not confirmed by a code in this time is forgotten.
pub const SET_UP: Duration = Duration::from_hours(1);
/// How long a code counts (RFC 6238, section 5.2); one step more or less is accepted.
pub const STEP: u64 = 30;

/// What app and server share: 160 random bits (RFC 4226, section 4). It can't be printed by accident.
#[derive(Clone)]
pub struct Seed(Zeroizing<[u8; 20]>);

impl Seed {
    /// A new one, from the operating system's generator.
    ///
    /// # Errors
    /// `Internal` where the system has no randomness to give.
    pub fn random() -> Result<Self> {
        let mut bytes = Zeroizing::new([0; 20]);
        getrandom::fill(bytes.as_mut()).map_err(Error::internal)?;
        Ok(Self(bytes))
    }

    pub(super) fn stored(bytes: [u8; 20]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(super) fn bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// As it is typed into an app that has no camera: 32 letters and digits (base32).
    pub fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE32_NOPAD.encode(self.0.as_ref()))
    }

    /// The same in groups of four, as people read it.
    pub fn groups(&self) -> Vec<String> {
        self.text().as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into()).collect()
    }

    /// As an app reads it off a picture. `label` tells the app's entries apart.
    ///
    /// # Errors
    /// `Internal` only.
    pub fn url(&self, issuer: &str, label: &str) -> Result<Zeroizing<String>> {
        self.totp(issuer, label)?.to_url().map(Zeroizing::new).map_err(|why| Error::broken(why.to_string()))
    }

    /// The code of a moment.
    ///
    /// # Errors
    /// `Internal` only.
    pub fn code(&self, at: Timestamp) -> Result<String> {
        Ok(self.totp("HEC", "HEC")?.generate(seconds(at)).to_string())
    }

    /// Whether a code is one of now.
    ///
    /// # Errors
    /// `Internal` only.
    pub fn fits(&self, code: &str, now: Timestamp) -> Result<bool> {
        Ok(self.step(code, now)?.is_some())
    }

    /// The step that a code belongs to, within one of now.
    fn step(&self, code: &str, now: Timestamp) -> Result<Option<u64>> {
        let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let well_formed = digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit());
        let totp = self.totp("HEC", "HEC")?;
        Ok(well_formed.then(|| totp.check(&digits, seconds(now))).flatten())
    }

    /// SHA-1, six digits, thirty seconds: what every app speaks.
    fn totp(&self, issuer: &str, label: &str) -> Result<Totp> {
        let plain = |text: &str| text.replace(':', " ");
        Builder::new()
            .with_secret(TotpSecret::new(Box::from(self.0.as_slice())))
            .with_skew(1)
            .with_step_duration(STEP)
            .with_issuer(Some(plain(issuer)))
            .with_account_name(plain(label))
            .build()
            .map_err(|why| Error::broken(why.to_string()))
    }
}

fn seconds(at: Timestamp) -> u64 {
    at.millis().max(0).unsigned_abs() / 1000
}

/// Recovery codes as they are shown, once: 80 random bits each.
///
/// # Errors
/// `Internal` where the system has no randomness to give.
pub fn new_codes() -> Result<Vec<String>> {
    let mut codes = Vec::with_capacity(CODES);
    for _ in 0..CODES {
        let mut bytes = Zeroizing::new([0; 10]);
        getrandom::fill(bytes.as_mut()).map_err(Error::internal)?;
        let text = BASE32_NOPAD.encode(bytes.as_ref()).to_lowercase();
        let groups: Vec<&str> = [0, 4, 8, 12].iter().filter_map(|at| text.get(*at..at + 4)).collect();
        codes.push(groups.join("-"));
    }
    Ok(codes)
}

/// What is kept of a recovery code, however it is typed.
fn kept(code: &str) -> [u8; 32] {
    let bare: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    hash_secret(&bare.to_lowercase())
}

/// Whether something is asked for beside the password: a code of an app, a passkey, or a recovery code where these are
/// what was left by [`shut_out_passkeys`].
///
/// # Errors
/// `Internal` only.
pub fn stands(tx: &Read, account: AccountId) -> Result<bool> {
    Ok(makes(tx, account)? || codes_left(tx, account)? > 0)
}

/// Whether there is an app or a passkey.
fn makes(tx: &Read, account: AccountId) -> Result<bool> {
    Ok(is_on(tx, account)? || passkey::any(tx, account)?)
}

/// Whether an app makes codes for the account.
///
/// # Errors
/// `Internal` only.
pub fn is_on(tx: &Read, account: AccountId) -> Result<bool> {
    Ok(store::factor(tx, account)?.is_some())
}

/// Since when; none where no app makes codes.
///
/// # Errors
/// `Internal` only.
pub fn since(tx: &Read, account: AccountId) -> Result<Option<Timestamp>> {
    Ok(store::factor(tx, account)?.map(|factor| factor.since))
}

/// The secret itself, for development stores with made-up people: whoever tries one must be able to make codes.
///
/// # Errors
/// `Internal` only.
pub fn made_up_secret(tx: &Read, account: AccountId) -> Result<Option<Seed>> {
    Ok(store::factor(tx, account)?.map(|factor| factor.seed))
}

/// Keeps a secret until a code confirms that an app has it too. An earlier factor counts until then.
pub fn begin(tx: &mut Write, account: AccountId, seed: &Seed) {
    store::put_factor_setup(tx, account, seed);
}

/// The secret that waits to be confirmed.
///
/// # Errors
/// `Internal` only.
pub fn waiting(tx: &Read, account: AccountId) -> Result<Option<Seed>> {
    let found = store::factor_setup(tx, account)?;
    Ok(found.filter(|(_, made_at)| tx.now().since(*made_at) < SET_UP).map(|(seed, _)| seed))
}

/// Sets the second factor up, since a code proves that an app has the secret; `codes` are its recovery codes.
///
/// # Errors
/// `Invalid` on `code`; `NotFound` where no secret waits.
pub fn confirm(tx: &mut Write, account: AccountId, code: &str, codes: &[String]) -> Result<()> {
    let seed = waiting(tx, account)?.ok_or(Error::NotFound("second factor"))?;
    let step = seed.step(code, tx.now())?.ok_or_else(|| Invalid::new("code", "error-code-wrong"))?;
    set(tx, account, &seed, Some(step), codes)
}

/// Sets a second factor up whose secret was handed over by other means.
///
/// # Errors
/// `Internal` only.
pub fn set(tx: &mut Write, account: AccountId, seed: &Seed, step: Option<u64>, codes: &[String]) -> Result<()> {
    let since = tx.now();
    store::put_factor(tx, account, &Factor { seed: seed.clone(), since, step });
    store::remove_factor_setup(tx, account);
    renew_codes(tx, account, codes)
}

/// Whether a code of the app is right and was not used before. From then on it is used, and with it every earlier one.
///
/// # Errors
/// `Internal` only.
pub fn check(tx: &mut Write, account: AccountId, code: &str) -> Result<bool> {
    let Some(factor) = store::factor(tx, account)? else { return Ok(false) };
    let step = factor.seed.step(code, tx.now())?.filter(|step| factor.step.is_none_or(|last| *step > last));
    if step.is_some() {
        store::put_factor(tx, account, &Factor { step, ..factor });
    }
    Ok(step.is_some())
}

/// Uses a recovery code up; whether there was such a one.
///
/// # Errors
/// `Internal` only.
pub fn recover(tx: &mut Write, account: AccountId, code: &str) -> Result<bool> {
    if !stands(tx, account)? {
        return Ok(false);
    }
    store::take_recovery_code(tx, account, kept(code))
}

/// How many recovery codes are left.
///
/// # Errors
/// `Internal` only.
pub fn codes_left(tx: &Read, account: AccountId) -> Result<usize> {
    store::recovery_codes(tx, account).map(|codes| codes.len())
}

/// Puts new recovery codes in place of the old ones.
///
/// # Errors
/// `Internal` only.
pub fn renew_codes(tx: &mut Write, account: AccountId, codes: &[String]) -> Result<()> {
    store::remove_recovery_codes(tx, account)?;
    for code in codes {
        store::put_recovery_code(tx, account, kept(code));
    }
    Ok(())
}

/// Gives an account its first recovery codes, where nothing stands beside its password yet; whether it did.
///
/// # Errors
/// `Internal` only.
pub fn first_codes(tx: &mut Write, account: AccountId, codes: &[String]) -> Result<bool> {
    let is_first = !stands(tx, account)?;
    if is_first {
        renew_codes(tx, account, codes)?;
    }
    Ok(is_first)
}

/// Sets the second factor up in the step in which the account gets its password: `code` proves that an app has `seed`.
///
/// # Errors
/// `Invalid` on `code`.
pub fn set_with_code(tx: &mut Write, account: AccountId, seed: &Seed, code: &str, codes: &[String]) -> Result<()> {
    let step = seed.step(code, tx.now())?.ok_or_else(|| Invalid::new("code", "error-code-wrong"))?;
    set(tx, account, seed, Some(step), codes)
}

/// Takes the app away; whether there was one. The recovery codes go with the last second factor.
///
/// # Errors
/// `Invalid` on `password` where that is too short to stand alone: another one comes first.
pub fn remove(tx: &mut Write, account: AccountId) -> Result<bool> {
    let was_on = is_on(tx, account)?;
    if was_on && !passkey::any(tx, account)? {
        end(tx, account)?;
    }
    store::remove_factor(tx, account);
    store::remove_factor_setup(tx, account);
    Ok(was_on)
}

/// Takes a passkey away; what it was called. The recovery codes go with the last second factor.
///
/// # Errors
/// `NotFound`; `Invalid` on `password` where that is too short to stand alone: another one comes first.
pub fn remove_passkey(tx: &mut Write, account: AccountId, id: PasskeyId) -> Result<String> {
    let name = passkey::remove(tx, account, id)?;
    if !makes(tx, account)? {
        end(tx, account)?;
    }
    Ok(name)
}

/// Takes every passkey away; what they were called. The recovery codes go with the last second factor.
///
/// # Errors
/// `Invalid` on `password` where that is too short to stand alone.
pub fn remove_passkeys(tx: &mut Write, account: AccountId) -> Result<Vec<String>> {
    let names = passkey::take_all(tx, account)?;
    if !names.is_empty() && !makes(tx, account)? {
        end(tx, account)?;
    }
    Ok(names)
}

/// Takes every passkey away for somebody who proved no second factor, as with a link for a new password; what they were
/// called. The second factor outlives that: without an app the recovery codes are asked for from then on, and where
/// there are none of these either, nothing is taken.
///
/// # Errors
/// `Internal` only.
pub fn shut_out_passkeys(tx: &mut Write, account: AccountId) -> Result<Vec<String>> {
    if outlives_passkeys(tx, account)? { passkey::take_all(tx, account) } else { Ok(Vec::new()) }
}

/// Whether a second factor is left once the passkeys are gone, be it recovery codes only.
///
/// # Errors
/// `Internal` only.
pub fn outlives_passkeys(tx: &Read, account: AccountId) -> Result<bool> {
    Ok(is_on(tx, account)? || codes_left(tx, account)? > 0)
}

/// Takes app, passkeys and recovery codes away, whatever the password is; whether there were any.
///
/// # Errors
/// `Internal` only.
pub fn forget(tx: &mut Write, account: AccountId) -> Result<bool> {
    let stood = stands(tx, account)?;
    passkey::forget_all(tx, account)?;
    store::remove_factor(tx, account);
    store::remove_factor_setup(tx, account);
    store::remove_recovery_codes(tx, account)?;
    Ok(stood)
}

/// With the last second factor.
fn end(tx: &mut Write, account: AccountId) -> Result<()> {
    if super::is_short(tx, account)? {
        return Err(Invalid::new("password", "error-password-longer-first").into());
    }
    store::remove_recovery_codes(tx, account)
}

/// A second factor that counts.
pub(super) struct Factor {
    pub(super) seed: Seed,
    pub(super) since: Timestamp,
    /// The step of the last code that was accepted.
    pub(super) step: Option<u64>,
}
