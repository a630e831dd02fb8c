//! Colour profiles (ICC.1:2022): what turns numbers into colours, and no other tag.
//!
//! A profile also says who made it, when, and on which device. Here it is built anew from the tags
//! that are needed; texts that the format insists on are fixed ones.

use super::{Reader, Refused};
use std::collections::HashMap;

/// A larger profile is dropped. Those of phones have under a kilobyte, of printers half a megabyte.
pub(super) const MAX_BYTES: usize = 1_000_000;
/// More tags than any profile has.
const MAX_TAGS: u32 = 100;

/// Name and contents of a tag.
type Tag<'a> = ([u8; 4], &'a [u8]);

/// A rebuilt profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Profile {
    bytes: Vec<u8>,
    space: Space,
}

impl Profile {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn space(&self) -> Space {
        self.space
    }
}

/// What the channels of a picture are; its profile must be for the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    Grey,
    Rgb,
    Cmyk,
}

impl Space {
    pub(super) fn of(channels: u8) -> Option<Self> {
        match channels {
            1 => Some(Self::Grey),
            3 => Some(Self::Rgb),
            4 => Some(Self::Cmyk),
            _ => None,
        }
    }

    fn signature(self) -> &'static [u8; 4] {
        match self {
            Self::Grey => b"GRAY",
            Self::Rgb => b"RGB ",
            Self::Cmyk => b"CMYK",
        }
    }

    /// Either of these sets of tags is enough to find a colour.
    fn needs(self) -> [&'static [&'static [u8; 4]]; 2] {
        match self {
            Self::Grey => [&[b"kTRC"], &[b"A2B0"]],
            Self::Rgb => [&[b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC"], &[b"A2B0"]],
            Self::Cmyk => [&[b"A2B0"]; 2],
        }
    }
}

/// Builds a profile anew for a picture of that space; none if it is not sound.
pub(super) fn rebuild(raw: &[u8], space: Space) -> Option<Profile> {
    if raw.len() > MAX_BYTES {
        return None;
    }
    let header: &[u8; 128] = raw.first_chunk()?;
    let is_colour = matches!(&header[12..16], b"mntr" | b"scnr" | b"prtr" | b"spac");
    let is_joined = matches!(&header[20..24], b"XYZ " | b"Lab ");
    let major = header[8];
    if &header[36..40] != b"acsp"
        || &header[16..20] != space.signature()
        || !is_colour
        || !is_joined
        || !matches!(major, 2 | 4)
    {
        return None;
    }
    let tags = tags(raw).ok()?;
    let has = |name: &&[u8; 4]| tags.iter().any(|(tag, _)| tag == *name);
    if !space.needs().iter().any(|set| set.iter().all(has)) {
        return None;
    }
    let bytes = write(header, &tags);
    (bytes.len() <= MAX_BYTES).then_some(Profile { bytes, space })
}

/// The tags that may stay, each cut to the length that its own contents ask for.
fn tags(raw: &[u8]) -> Result<Vec<Tag<'_>>, Refused> {
    let mut reader = Reader(raw.get(128..).unwrap_or_default());
    let count = u32::from_be_bytes(reader.array()?);
    if count > MAX_TAGS {
        return Err(Refused::Damaged);
    }
    let mut tags: Vec<Tag<'_>> = Vec::new();
    for _ in 0..count {
        let name = reader.array()?;
        let (at, len) = (u32::from_be_bytes(reader.array()?), u32::from_be_bytes(reader.array()?));
        let mut body = Reader(raw);
        body.take(usize::try_from(at).map_err(|_| Refused::Damaged)?)?;
        let body = body.take(usize::try_from(len).map_err(|_| Refused::Damaged)?)?;
        if tags.iter().all(|(seen, _)| *seen != name)
            && let Some(body) = allowed(&name, body)
        {
            tags.push((name, body));
        }
    }
    Ok(tags)
}

/// The contents of a tag that may stay; none for all others and for contents of a wrong kind.
fn allowed<'a>(name: &[u8; 4], body: &'a [u8]) -> Option<&'a [u8]> {
    let kind: &[u8; 4] = body.first_chunk()?;
    let word = |at: usize| body.get(at..at + 2)?.first_chunk().map(|two| u16::from_be_bytes(*two));
    let len = match name {
        b"rXYZ" | b"gXYZ" | b"bXYZ" | b"wtpt" if kind == b"XYZ " => 20,
        b"chad" if kind == b"sf32" => 44,
        b"rTRC" | b"gTRC" | b"bTRC" | b"kTRC" if kind == b"curv" => {
            let count = u32::from_be_bytes(*body.get(8..12)?.first_chunk()?);
            usize::try_from(count).ok()?.checked_mul(2)?.checked_add(12)?
        }
        b"rTRC" | b"gTRC" | b"bTRC" | b"kTRC" if kind == b"para" => {
            12 + 4 * [1, 3, 4, 5, 7].get(usize::from(word(8)?))?
        }
        b"A2B0" | b"A2B1" | b"A2B2" | b"B2A0" | b"B2A1" | b"B2A2" => match kind {
            b"mft1" | b"mft2" => table_len(kind, body)?,
            b"mAB " | b"mBA " => body.len(),
            _ => return None,
        },
        _ => return None,
    };
    body.get(..len)
}

/// How long a table of the older two kinds is.
fn table_len(kind: &[u8; 4], body: &[u8]) -> Option<usize> {
    let [inputs, outputs, points] = body.get(8..11)?.first_chunk()?.map(usize::from);
    let grid = points.checked_pow(u32::try_from(inputs).ok()?)?.checked_mul(outputs)?;
    let (head, width, before, after) = if kind == b"mft1" {
        (48, 1, 256, 256)
    } else {
        let word = |at: usize| body.get(at..at + 2)?.first_chunk().map(|two| u16::from_be_bytes(*two));
        (52, 2, usize::from(word(48)?), usize::from(word(50)?))
    };
    let curves = inputs * before + outputs * after;
    grid.checked_add(curves)?.checked_mul(width)?.checked_add(head)
}

/// Writes header, tag table and tags; contents that two tags shared stay shared.
fn write(header: &[u8; 128], tags: &[Tag<'_>]) -> Vec<u8> {
    let (name, notice) = if header[8] >= 4 {
        (unicode_text("Colours"), unicode_text("None"))
    } else {
        (old_name(b"Colours\0"), [b"text\0\0\0\0".as_slice(), b"None\0"].concat())
    };
    let texts = [(*b"desc", name.as_slice()), (*b"cprt", notice.as_slice())];
    let all = || texts.iter().chain(tags);

    let mut out = vec![0; 128];
    // Version, class, space, connection space; no maker, no device, no date, no fingerprint.
    out[8..24].copy_from_slice(&header[8..24]);
    out[36..40].copy_from_slice(b"acsp");
    out[67] = header[67] & 3; // rendering intent
    out[68..80].copy_from_slice(b"\0\0\xF6\xD6\0\x01\0\0\0\0\xD3\x2D"); // D50, as required
    out.extend((tags.len() as u32 + 2).to_be_bytes());

    let mut data = Vec::new();
    let mut places = HashMap::new();
    let start = out.len() + 12 * (tags.len() + 2);
    for (name, body) in all() {
        let at = *places.entry((body.as_ptr(), body.len())).or_insert_with(|| {
            let at = start + data.len();
            data.extend_from_slice(body);
            data.resize(data.len().next_multiple_of(4), 0);
            at
        });
        out.extend(name);
        out.extend((at as u32).to_be_bytes());
        out.extend((body.len() as u32).to_be_bytes());
    }
    out.extend(data);
    let size = out.len() as u32;
    out[..4].copy_from_slice(&size.to_be_bytes());
    out
}

/// `multiLocalizedUnicodeType` with one record, as version 4 has its texts.
fn unicode_text(text: &str) -> Vec<u8> {
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let mut out = b"mluc\0\0\0\0\0\0\0\x01\0\0\0\x0CenUS".to_vec();
    out.extend((utf16.len() as u32).to_be_bytes());
    out.extend(28_u32.to_be_bytes());
    out.extend(utf16);
    out
}

/// `textDescriptionType`, as version 2 has its name: ASCII, and empty in the other two scripts.
fn old_name(text: &[u8]) -> Vec<u8> {
    let mut out = b"desc\0\0\0\0".to_vec();
    out.extend((text.len() as u32).to_be_bytes());
    out.extend(text);
    out.extend([0; 4 + 4 + 2 + 1 + 67]);
    out
}
