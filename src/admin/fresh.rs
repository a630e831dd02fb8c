//! Recovery codes between being shown and being typed back: in memory only, each for one session, for half an hour.
//! Nothing opens with one until it has come back from paper.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use zeroize::Zeroizing;

use crate::{
    error::{Error, Invalid, Result},
    store::slots::{GROUP, GROUPS, Mistyped, RecoveryCode},
    types::Timestamp,
};

/// How long a code waits for being typed back.
pub const LIFE: Duration = Duration::from_mins(30);
/// How many wait at a time: there are few operators.
const MOST: usize = 16;

/// The codes that wait. Clones share them; they are wiped when they are forgotten.
#[derive(Clone, Default)]
pub struct Fresh(Arc<Mutex<HashMap<[u8; 32], Shown>>>);

struct Shown {
    code: RecoveryCode,
    at: Timestamp,
}

impl Shown {
    fn is_over(&self, now: Timestamp) -> bool {
        now.since(self.at) >= LIFE
    }
}

impl Fresh {
    /// A new code for a session, in place of the one that it was shown before.
    ///
    /// # Errors
    /// `Busy` while many others wait; `Internal` where the machine gives no random numbers.
    pub fn show(&self, session: [u8; 32], now: Timestamp) -> Result<Zeroizing<String>> {
        let code = RecoveryCode::random()?;
        let mut waiting = self.hold();
        waiting.retain(|_, shown| !shown.is_over(now));
        if waiting.len() >= MOST && !waiting.contains_key(&session) {
            return Err(Error::Busy);
        }
        let text = code.expose();
        waiting.insert(session, Shown { code, at: now });
        Ok(text)
    }

    /// Whether a session's code waits.
    pub fn waits(&self, session: [u8; 32], now: Timestamp) -> bool {
        self.hold().get(&session).is_some_and(|shown| !shown.is_over(now))
    }

    /// Takes a code that was typed back: `keep` is called with it, and once that was done it is forgotten. Of two who
    /// come at once one keeps it, and the other finds none.
    ///
    /// # Errors
    /// `NotFound` where none waits for this session; `Invalid` on `code` where something else was typed; what `keep`
    /// says: then the code goes on waiting.
    pub fn typed_back(
        &self,
        session: [u8; 32],
        typed: &str,
        now: Timestamp,
        keep: impl FnOnce(RecoveryCode) -> Result<()>,
    ) -> Result<()> {
        let mut waiting = self.hold();
        let shown = waiting.get(&session).filter(|shown| !shown.is_over(now));
        let shown = shown.ok_or(Error::NotFound("recovery code that waits"))?;
        if read(typed)? != shown.code {
            return Err(Invalid::new("code", "error-recovery-another").into());
        }
        keep(shown.code.clone())?;
        waiting.remove(&session);
        Ok(())
    }

    /// Wipes the code that a session was shown at that moment. A later one stays.
    pub fn forget(&self, session: [u8; 32], at: Timestamp) {
        let mut waiting = self.hold();
        if waiting.get(&session).is_some_and(|shown| shown.at == at) {
            waiting.remove(&session);
        }
    }

    fn hold(&self) -> MutexGuard<'_, HashMap<[u8; 32], Shown>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A code as somebody typed it.
///
/// # Errors
/// On `code`, with what is wrong and where. What was typed is not repeated, but for a sign that no code has.
pub fn read(typed: &str) -> Result<RecoveryCode, Invalid> {
    RecoveryCode::parse(typed).map_err(|slip| match slip {
        Mistyped::Length(0) => Invalid::new("code", "error-required"),
        Mistyped::Length(count) => {
            Invalid::new("code", "error-recovery-length").with("count", count).with("all", GROUPS * GROUP)
        }
        Mistyped::Symbol(symbol) => Invalid::new("code", "error-recovery-symbol").with("symbol", symbol),
        Mistyped::Group(group) => Invalid::new("code", "error-recovery-slip").with("group", group),
        Mistyped::Exchanged(one, other) => {
            Invalid::new("code", "error-recovery-exchanged").with("one", one).with("other", other)
        }
        Mistyped::Moved(group, place) => {
            Invalid::new("code", "error-recovery-moved").with("group", group).with("place", place)
        }
    })
}
