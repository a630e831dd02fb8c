//! The pages, used as a browser without scripts uses them.

mod entries;
mod family;
mod form_errors;
mod journal;
mod naughty;
mod rendering;
mod sanitised;
