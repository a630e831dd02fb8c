//! `hec restore --family`: one family out of a backup, into the store that is in use. What holds the store does it; the
//! command line asks, and words the answer.

mod asked;
mod done;
mod said;

pub use asked::{Alone, run};
pub use done::{Ask, perform};
