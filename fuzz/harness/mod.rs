//! What the fuzzer does with its bytes, and the ordinary tests with some of their own: a small store is damaged, and then
//! opened, read and closed.
//!
//! The first byte chooses what is damaged, the rest says how; see `input`. Whatever was changed: nothing panics, nothing
//! hangs, nothing asks for more memory than the file has bytes, and what is read is what was written or an error. Where
//! the change was sealed with the right key again (`forge`), wrong content is the forger's right, and the rest still holds.
//!
//! | module | damages |
//! |---|---|
//! | `rows` | the sealed file: superblocks, headers, tag pages, data; older copies, strangers, swaps |
//! | `slots` | both copies of the key slots, the key file |
//! | `blobs` | a blob's file, the reference to it |

mod blobs;
pub mod forge;
mod input;
mod rows;
mod slots;

use hec::store::sealed::Controls;

use input::Input;

/// One run.
///
/// # Panics
/// Where a promise is broken.
pub fn run(bytes: &[u8]) {
    run_with(bytes, Controls::default());
}

/// One run with a safeguard taken away, which must be noticed.
pub fn run_with(bytes: &[u8], controls: Controls) {
    let mut input = Input::new(bytes);
    match input.below(6) {
        0 => slots::run(&mut input),
        1 => blobs::run(&mut input),
        _ => rows::run(&mut input, controls),
    }
}
