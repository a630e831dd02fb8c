//! Every test of the crate that needs more than a function: the site as its visitors meet it (each test talks to a real
//! server over a store of its own), the store under crashes and company, the command line, and the arrows of the map.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc
)]

mod api;
mod arrows;
mod backups;
mod blobs;
mod canaries;
mod cli;
mod crash;
mod drill;
mod edge;
mod families;
mod firewall;
mod fuzzed;
mod invitations;
mod keys;
mod learner_sign_in;
mod mail;
mod matrix;
mod oauth;
mod observe;
mod pages;
mod passwords;
mod pictures;
mod portfolio;
mod private;
mod process;
mod same_origin;
mod scale;
mod sealed;
mod security;
mod setup;
mod sign_in;
mod store;
mod support;
mod upgrades;
mod wizard;
mod words;
