//! The API: every documented operation, and the contract that all of them keep.

mod attachments;
mod bodies;
mod conditions;
pub mod document;
mod errors;
mod lists;
pub mod operations;
