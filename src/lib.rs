//! HEC: a private record of home education, kept by the family itself.
//!
//! One binary serves pages and an API over an embedded store. This page is the map of the crate.
//!
//! ```text
//! request → http::guard → routes → a room's api.rs or pages.rs → Db::read / Db::write → the room's rules → its store.rs
//! ```
//!
//! **The floor**, which knows no room:
//!
//! | module | holds |
//! |---|---|
//! | [`error`] | one error, sorted by what the caller can do; checks of bare values |
//! | [`types`] | ids, dates, moments, the clock, [`types::Caller`] |
//! | [`store`] | snapshots, group commit, typed tables, migrations, blobs |
//! | [`backup`] | copies in other places, their proof, the way back |
//! | [`config`], [`app`], [`jobs`] | settings, what a handler may reach, long and scheduled work |
//! | [`mail`] | hands a message to the mail server, where one is set up |
//! | [`http`] | who is asking, forms, pages, errors, assets, the listener |
//!
//! **The rooms**, in their order; a room uses itself and earlier ones, never later ones:
//! [`accounts`], [`families`], [`learners`], [`oauth`], [`entries`], [`portfolio`], [`admin`].
//! In each, `mod.rs` (and what it is split into) holds types and rules, `store.rs` rows that nobody else sees,
//! `api.rs` JSON, `pages.rs` HTML. [`entries`] is the one to read first.
//!
//! **The roots**, which may use everything: `main.rs`, [`wiring`], [`routes`], [`cli`].
//!
//! What must never be: a rule or a `store.rs` that names poem, a template or async; a floor module that names a room;
//! a row of family data whose key does not begin with the family; a [`types::Caller`] made anywhere but in
//! [`oauth::identify()`] (and where a family comes in). `tests/all/arrows.rs` reads the `use` lines and keeps the arrows.

#![forbid(unsafe_code)]

pub mod accounts;
pub mod admin;
pub mod app;
pub mod backup;
pub mod cli;
pub mod config;
pub mod entries;
pub mod error;
pub mod families;
pub mod http;
pub mod jobs;
pub mod learners;
pub mod mail;
pub mod oauth;
pub mod portfolio;
pub mod routes;
pub mod store;
pub mod types;
pub mod wiring;
