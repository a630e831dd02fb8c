//! What is well with an instance and what is not: the same checks for the command line, the operator's page and
//! programs.
//!
//! A check has a name that stays, a state, words, and where something can be done about it, what. No check tells
//! anything of a record. `record.rs` looks at the store, `recovery.rs` whether the recovery code was tried of late,
//! `upgrade.rs` at how it was brought up to date, `families.rs` at what their photos take, `disk.rs` at what it lies on,
//! `backups.rs` at its copies,
//! `clock.rs` at the time, `certificate.rs`, `network.rs` and `proxies.rs` at how the server is reached; `reach.rs` tries it, `mail.rs` the mail
//! server; `passkeys.rs` whether passkeys still have their name.

pub mod backups;
mod certificate;
mod check;
pub(super) mod clock;
mod disk;
mod families;
mod mail;
mod network;
mod passkeys;
mod proxies;
mod reach;
mod record;
mod recovery;
mod upgrade;

use std::sync::Arc;

use crate::{
    app::{App, Sightings},
    config::Config,
    http::{
        edge::Edge,
        tls::{self, Facts},
    },
    store::{Progress, Store},
    types::Timestamp,
};

pub use check::{Check, Examination, State};

/// The verb of this program that examines a copy of a store, whose key comes on its standard input.
pub const EXAMINE: &str = "--examine-copy";
/// What it answers.
pub const WHOLE: &str = "whole";
/// What else it may answer.
pub const DAMAGED: &str = "damaged";

/// What is looked at: an open store with its settings, and the server over it where one runs.
pub struct Patient {
    store: Store,
    config: Arc<Config>,
    edge: Option<Arc<Edge>>,
    sightings: Arc<Sightings>,
    since: Option<Timestamp>,
    probes: bool,
}

impl Patient {
    /// A store that no server holds.
    pub fn alone(store: Store, config: Config) -> Self {
        Self { store, config: Arc::new(config), edge: None, sightings: Arc::default(), since: None, probes: true }
    }

    /// A store with its server.
    pub fn served(app: &App) -> Self {
        let store = Store { db: app.db.clone(), blobs: app.blobs.clone(), vault: app.vault.clone() };
        let edge = Some(app.edge.clone()).filter(|edge| edge.listens());
        let sightings = app.sightings.clone();
        Self { store, config: app.config.clone(), edge, sightings, since: Some(app.started), probes: true }
    }

    /// Looked at without signing in at the mail server: for pages, which are loaded again and again.
    #[must_use]
    pub fn at_a_glance(self) -> Self {
        Self { probes: false, ..self }
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The settings that hold.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Since when the server has had the store open.
    pub fn since(&self) -> Option<Timestamp> {
        self.since
    }

    /// What the certificate says of itself.
    pub fn facts(&self) -> Option<Facts> {
        certificate::facts(&self.config, self.edge.as_deref()).ok().flatten()
    }
}

/// Looks at everything; it blocks, and asks the network where the settings name a public name. `deep` reads every block
/// and every picture, which takes its time, and has the rows' tree checked in a process of its own, so that what it
/// meets can't end this one.
pub fn examine(patient: &Patient, deep: bool, progress: &mut Progress) -> Examination {
    let Patient { store, config, edge, sightings, probes, .. } = patient;
    let now = store.db.clock().now();
    let mut checks = vec![
        record::rows(store),
        record::keys(store),
        recovery::recovery(store),
        upgrade::upgrade(store, config),
        disk::room(store),
        disk::writing(store),
        disk::modes(store, config),
        disk::left(store, now),
        clock::clock(now, tls::built(), clock::synchronised()),
        clock::age(now, tls::built()),
        backups::backups(store, config, now),
        certificate::certificate(&certificate::Seen::of(store, config, edge.as_deref()), now),
    ];
    let outlook = network::Outlook::of(config);
    checks.push(network::names(config, &outlook));
    if let Some(edge) = edge {
        checks.push(network::listen(edge));
        checks.push(network::reach(edge, config, &outlook, now));
    }
    checks.push(if *probes { mail::tried(config) } else { mail::seen(config, store) });
    checks.push(proxies::proxies(config, sightings.last().as_ref()));
    checks.push(passkeys::passkeys(store, config));
    checks.push(families::families(store, config, *probes || deep));
    if deep {
        let tree = record::tree(store);
        checks.push(record::blocks(store, &tree));
        checks.push(tree);
    }
    checks.push(record::pictures(store, deep, progress));
    Examination::of(checks)
}

/// "2.4 MB", "42.9 GB".
fn megabytes(bytes: u64) -> String {
    if bytes < 1_000_000_000 {
        format!("{:.1} MB", bytes as f64 / 1e6)
    } else {
        format!("{:.1} GB", bytes as f64 / 1e9)
    }
}

/// "5 days", "1 day".
fn days(count: u64) -> String {
    if count == 1 { "1 day".to_owned() } else { format!("{count} days") }
}
