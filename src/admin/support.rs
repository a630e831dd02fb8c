//! The support bundle: what somebody who helps needs to know of an instance, and nothing that tells whose it is. It is
//! made to be shown to strangers, so what is the instance's own (host names, emails, addresses, fingerprints) is
//! replaced by numbered words.

mod redact;

use std::fs;

use serde_json::{Value, json};

use crate::{
    config::explain::Explained,
    error::Result,
    http::tls::{self, Facts},
    store::Progress,
};

use super::{
    doctor::{Patient, examine},
    figures,
};

use redact::Redactor;

/// What stands at its head.
const ABOUT: &str = "Made by HEC for somebody who helps. Host names, emails, addresses and fingerprints of the instance \
     are replaced (name-1, address-1, …). There is nothing of the record in it: no name, text, photo, password, token or \
     link. Paths and user names in paths are as they are: read it before you pass it on.";

/// Looks at everything, and puts it down.
///
/// # Errors
/// Where the store can't be read at all.
pub fn bundle(patient: &Patient, progress: &mut Progress) -> Result<String> {
    let found = examine(patient, false, progress);
    let figures = figures::of(patient.store())?;
    let now = patient.store().db.clock().now();
    let facts = patient.facts();
    let redactor = redactor(patient, facts.as_ref());
    let checks = found.checks.iter().map(
        |check| json!({ "name": check.name, "state": check.state.as_str(), "found": check.found, "mend": check.mend }),
    );
    let mut bundle = json!({
        "about": ABOUT,
        "made_at": now,
        "version": env!("CARGO_PKG_VERSION"),
        "built": tls::built(),
        "open_since": patient.since(),
        "system": system(),
        "well": found.is_well(),
        "checks": checks.collect::<Vec<_>>(),
        "settings": Explained::holding(patient.config())?.brief(),
        "counts": { "families": figures.families, "accounts": figures.accounts },
        "store": {
            "bytes": figures.bytes, "free": figures.free, "commits": patient.store().db.commits(),
            "rows_read": patient.store().db.rows_read(),
        },
    });
    for part in ["checks", "settings"] {
        redactor.redact(&mut bundle[part]);
    }
    serde_json::to_string_pretty(&bundle).map_err(crate::error::Error::internal)
}

fn redactor(patient: &Patient, facts: Option<&Facts>) -> Redactor {
    let config = patient.config();
    let machine = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let certified = facts.map(|facts| facts.names.clone()).unwrap_or_default();
    let mail = config.mail.iter().flat_map(|mail| {
        let user = mail.account.as_ref().map(|account| account.user.clone());
        [mail.server.host.clone()].into_iter().chain(user)
    });
    Redactor::new(config.names.iter().cloned().chain(certified).chain([machine]).chain(mail))
}

/// What it runs on: the kernel, the processor's kind, the distribution.
fn system() -> Value {
    let uname = rustix::system::uname();
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME=")).unwrap_or_default();
    json!({
        "kernel": uname.release().to_string_lossy(), "machine": uname.machine().to_string_lossy(),
        "distribution": name.trim_matches('"'), "processors": std::thread::available_parallelism().map_or(1, usize::from),
    })
}
