//! A sealed page: the one shape that headers and tag pages share.
//!
//! ```text
//! [ sealed text | nonce | tag | zeros to 4096 ]
//! ```

use std::io;

use super::{
    cipher::{Forged, Keys, Kind, Tag, random},
    fault::Fault,
    layout::{BLOCK, TAG},
};

/// Seals text, which is filled up with zeros, into a block. Gives the page's own tag beside it.
///
/// # Errors
/// Where the machine gives no random numbers. `WornOut` if the text is too long, which no caller's is.
pub(super) fn seal(keys: &Keys, kind: Kind, number: u64, text: &[u8]) -> io::Result<([u8; BLOCK], Tag)> {
    let layout = keys.cipher().layout();
    let mut padded = vec![0; layout.text()];
    padded.get_mut(..text.len()).ok_or(Fault::WornOut)?.copy_from_slice(text);

    let mut block = [0; BLOCK];
    let (sealed, rest) = block.split_at_mut(layout.text());
    let (nonce, rest) = rest.split_at_mut(layout.nonce());
    random(nonce)?;
    let tag = keys.seal(kind, number, nonce, &padded, sealed).map_err(|Forged| Fault::WornOut)?;
    rest[..TAG].copy_from_slice(&tag);
    Ok((block, tag))
}

/// Opens a block in place and gives its text and its own tag; nothing where it does not authenticate.
pub(super) fn open<'a>(keys: &Keys, kind: Kind, number: u64, block: &'a mut [u8]) -> Option<(&'a [u8], Tag)> {
    let layout = keys.cipher().layout();
    let (text, rest) = block.split_at_mut_checked(layout.text())?;
    let (nonce, rest) = rest.split_at_checked(layout.nonce())?;
    let tag: Tag = *rest.first_chunk()?;
    keys.open(kind, number, nonce, &tag, text).ok()?;
    Some((text, tag))
}
