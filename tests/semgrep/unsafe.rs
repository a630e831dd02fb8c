// ruleid: unsafe
#![allow(missing_docs, unsafe_code)]

fn first(bytes: &[u8]) -> u8 {
    // ruleid: unsafe
    unsafe { *bytes.get_unchecked(0) }
}

// ruleid: unsafe
unsafe impl Send for Held {}

// ok: unsafe
#![forbid(unsafe_code)]

fn last(bytes: &[u8]) -> Option<&u8> {
    // ok: unsafe
    bytes.last()
}
