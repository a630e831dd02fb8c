//! JPEG (ITU-T T.81): the tables and scans that draw the picture, and no other segment.

use super::{Colour, Limits, Reader, Refused, Stripped, exif, icc};
use image::metadata::Orientation;

/// More scans than any encoder makes; each costs the decoder a pass over the whole picture.
const MAX_SCANS: usize = 64;
/// What fits in one APP2 segment beside its length and the 14 bytes of its label.
const ICC_PART: usize = 65_535 - 2 - 14;

const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;
const DHT: u8 = 0xC4;
const DQT: u8 = 0xDB;
const DRI: u8 = 0xDD;
const APP0: u8 = 0xE0;
const APP1: u8 = 0xE1;
const APP2: u8 = 0xE2;
const APP14: u8 = 0xEE;

/// Segments found before the frame, held until the frame says which of them may stay.
#[derive(Default)]
struct Heads<'a> {
    jfif: Option<&'a [u8]>,
    adobe: Option<&'a [u8]>,
    exif: Option<&'a [u8]>,
    icc: Vec<(u8, u8, &'a [u8])>,
}

/// Rewrites a JPEG file with nothing in it but its picture.
pub(super) fn strip(upload: &[u8], limits: &Limits) -> Result<Stripped, Refused> {
    let heads = heads(upload)?;
    let orientation = heads.exif.map_or(Orientation::NoTransforms, exif::orientation);
    let mut out = Vec::with_capacity(upload.len());
    out.extend([0xFF, SOI]);
    let mut reader = Reader(upload);
    reader.take(2)?;

    let (mut channels, mut scans, mut colour) = (None, 0, Colour::Assumed);
    loop {
        let marker = marker(&mut reader)?;
        match marker {
            EOI if scans > 0 => break,
            SOI | EOI => return Err(Refused::Damaged),
            // Alone, without a length.
            0x01 | 0xD0..=0xD7 => continue,
            _ => {}
        }
        let body = body(&mut reader)?;
        match marker {
            DQT if quantisers_are_sound(body) => segment(&mut out, DQT, body),
            DHT if codes_are_sound(body) => segment(&mut out, DHT, body),
            DRI if body.len() == 2 => segment(&mut out, DRI, body),
            DQT | DHT | DRI => return Err(Refused::Damaged),
            0xC0..=0xC2 if channels.is_none() => {
                let count = frame(body, limits)?;
                channels = Some(count);
                colour = heads.write(&mut out, orientation, count);
                segment(&mut out, marker, body);
            }
            0xC0..=0xC2 => return Err(Refused::Damaged),
            // Lossless, hierarchical and arithmetic-coded frames: no browser draws them.
            0xC3 | 0xC5..=0xCF => return Err(Refused::Type),
            SOS => {
                scans += 1;
                if channels.is_none() || !scan_is_sound(body) || scans > MAX_SCANS {
                    return Err(Refused::Damaged);
                }
                segment(&mut out, SOS, body);
                out.extend_from_slice(entropy(&mut reader)?);
            }
            _ => {}
        }
    }
    out.extend([0xFF, EOI]);
    Ok(Stripped { bytes: out, orientation, colour })
}

/// Reads ahead to the first frame: what is kept of the heads is written in a fixed order.
fn heads(upload: &[u8]) -> Result<Heads<'_>, Refused> {
    let mut heads = Heads::default();
    let mut reader = Reader(upload);
    reader.take(2)?;
    loop {
        let marker = marker(&mut reader)?;
        match marker {
            0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF | SOS => return Ok(heads),
            SOI | EOI => return Err(Refused::Damaged),
            0x01 | 0xD0..=0xD7 => continue,
            _ => {}
        }
        let body = body(&mut reader)?;
        match marker {
            APP0 if body.starts_with(b"JFIF\0") => heads.jfif = heads.jfif.or(body.get(..14)),
            APP14 if body.starts_with(b"Adobe") => heads.adobe = heads.adobe.or(body.get(..12)),
            APP1 => heads.exif = heads.exif.or(body.strip_prefix(b"Exif\0\0")),
            APP2 => {
                if let Some([at, of, part @ ..]) = body.strip_prefix(b"ICC_PROFILE\0") {
                    heads.icc.push((*at, *of, part));
                }
            }
            _ => {}
        }
    }
}

impl Heads<'_> {
    /// Writes what is kept of them, and tells what colours the picture is in.
    fn write(&self, out: &mut Vec<u8>, orientation: Orientation, channels: u8) -> Colour {
        // Before the tables that were written already: JFIF wants to be first.
        let tables = out.split_off(2);
        if let Some(jfif) = self.jfif {
            let mut jfif = jfif.to_vec();
            jfif[12..].fill(0); // no thumbnail
            segment(out, APP0, &jfif);
        }
        if let Some(tiff) = exif::block(orientation) {
            segment(out, APP1, &[&b"Exif\0\0"[..], &tiff].concat());
        }
        let profile = self.profile().and_then(|raw| icc::rebuild(&raw, icc::Space::of(channels)?));
        if let Some(profile) = &profile {
            let count = profile.bytes().len().div_ceil(ICC_PART) as u8;
            for (at, part) in (1..=count).zip(profile.bytes().chunks(ICC_PART)) {
                segment(out, APP2, &[b"ICC_PROFILE\0", &[at, count][..], part].concat());
            }
        }
        if let Some(adobe) = self.adobe {
            segment(out, APP14, adobe);
        }
        out.extend(tables);
        profile.map_or(Colour::Assumed, Colour::Profile)
    }

    /// The profile put together, if all its parts are there.
    fn profile(&self) -> Option<Vec<u8>> {
        let mut parts = self.icc.clone();
        parts.sort_by_key(|(at, ..)| *at);
        let count = parts.len();
        let sound =
            parts.iter().zip(1..).all(|((at, of, _), place)| usize::from(*at) == place && usize::from(*of) == count);
        let size: usize = parts.iter().map(|(.., part)| part.len()).sum();
        (sound && count > 0 && size <= icc::MAX_BYTES)
            .then(|| parts.iter().flat_map(|(.., part)| *part).copied().collect())
    }
}

/// The next marker. Stray bytes before it are dropped, as decoders do.
fn marker(reader: &mut Reader<'_>) -> Result<u8, Refused> {
    loop {
        while reader.u8()? != 0xFF {}
        let mut byte = 0xFF;
        while byte == 0xFF {
            byte = reader.u8()?;
        }
        if byte != 0 {
            return Ok(byte);
        }
    }
}

/// What follows a marker that has a length.
fn body<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Refused> {
    let len = usize::from(reader.u16()?);
    reader.take(len.checked_sub(2).ok_or(Refused::Damaged)?)
}

/// The coded data of one scan: up to the next marker that is neither a restart nor a stuffed byte.
fn entropy<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Refused> {
    let data = reader.0;
    let mut end = 0;
    loop {
        let found = data.get(end..).and_then(|rest| rest.iter().position(|byte| *byte == 0xFF));
        end += found.ok_or(Refused::Damaged)?;
        match data.get(end + 1) {
            Some(0x00 | 0xD0..=0xD7) => end += 2,
            Some(_) => return reader.take(end),
            None => return Err(Refused::Damaged),
        }
    }
}

/// Checks a frame header; gives the number of channels.
fn frame(body: &[u8], limits: &Limits) -> Result<u8, Refused> {
    let mut reader = Reader(body);
    let bits = reader.u8()?;
    let (height, width) = (reader.u16()?, reader.u16()?);
    let channels = reader.u8()?;
    limits.check(width.into(), height.into(), false)?;
    if bits != 8 {
        return Err(Refused::Type);
    }
    if reader.0.len() != usize::from(channels) * 3 {
        return Err(Refused::Damaged);
    }
    Ok(channels)
}

/// Nothing but whole quantisation tables.
fn quantisers_are_sound(mut body: &[u8]) -> bool {
    while let Some(head) = body.first() {
        let len = 1 + if head >> 4 == 0 { 64 } else { 128 };
        let Some(rest) = body.get(len..) else {
            return false;
        };
        body = rest;
    }
    true
}

/// Nothing but whole Huffman tables.
fn codes_are_sound(mut body: &[u8]) -> bool {
    while !body.is_empty() {
        let Some(counts) = body.get(1..17) else {
            return false;
        };
        let values: usize = counts.iter().map(|count| usize::from(*count)).sum();
        let Some(rest) = body.get(17 + values..) else {
            return false;
        };
        body = rest;
    }
    true
}

fn scan_is_sound(body: &[u8]) -> bool {
    body.first().is_some_and(|count| body.len() == 4 + 2 * usize::from(*count))
}

/// Writes one segment. Everything passed in is shorter than 65,534 bytes.
fn segment(out: &mut Vec<u8>, marker: u8, body: &[u8]) {
    let len = u16::try_from(body.len() + 2).unwrap_or(u16::MAX);
    out.extend([0xFF, marker]);
    out.extend(len.to_be_bytes());
    out.extend_from_slice(body);
}
