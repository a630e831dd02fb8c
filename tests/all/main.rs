//! The site as its visitors meet it: every test talks to a real server over a store of its own.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc
)]

mod api;
mod matrix;
mod pages;
mod pictures;
mod portfolio;
mod private;
mod same_origin;
mod scale;
mod setup;
mod sign_in;
mod support;
mod words;
