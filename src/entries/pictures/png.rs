//! PNG (third edition): the chunks that draw the picture, and no other.

use super::{Colour, Limits, Reader, Refused, Stripped, exif, icc};
use flate2::{Compression, Crc, read::ZlibDecoder, write::ZlibEncoder};
use image::metadata::{Cicp, Orientation};
use std::io::{Read as _, Write as _};

pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1A\n";

/// Chunks that stay as they are, in the order in which they are written, each with the lengths it
/// may have. iCCP and eXIf are made anew.
const KEPT: [(&[u8; 4], std::ops::RangeInclusive<usize>); 7] = [
    (b"cICP", 4..=4),
    (b"sRGB", 1..=1),
    (b"gAMA", 4..=4),
    (b"cHRM", 32..=32),
    (b"sBIT", 1..=4),
    (b"PLTE", 3..=768),
    (b"tRNS", 1..=256),
];

struct Chunk<'a> {
    kind: [u8; 4],
    body: &'a [u8],
    sum: u32,
}

impl Chunk<'_> {
    fn is_intact(&self) -> bool {
        self.sum == checksum(&self.kind, self.body)
    }
}

/// Rewrites a PNG file with nothing in it but its still picture.
pub(super) fn strip(upload: &[u8], limits: &Limits) -> Result<Stripped, Refused> {
    let mut reader = Reader(upload);
    reader.take(SIGNATURE.len())?;
    let header = chunk(&mut reader)?;
    let space = header_is_sound(&header, limits)?;
    let mut kept = [None; KEPT.len()];
    let (mut profile, mut orientation) = (None, Orientation::NoTransforms);

    // Twice over the chunks: the orientation may stand behind the pixels, and is written before.
    let mut pixels = reader.clone();
    let mut drawn = false;
    loop {
        let chunk = chunk(&mut reader)?;
        match &chunk.kind {
            b"IEND" if drawn => break,
            b"IEND" | b"IHDR" => return Err(Refused::Damaged),
            // These cannot be left out where they are broken; the others can.
            b"IDAT" | b"PLTE" if !chunk.is_intact() => return Err(Refused::Damaged),
            b"IDAT" => drawn = true,
            _ if !chunk.is_intact() => {}
            b"eXIf" => orientation = exif::orientation(chunk.body),
            _ if drawn => {}
            b"iCCP" if profile.is_none() => {
                profile = inflate(chunk.body).and_then(|raw| icc::rebuild(&raw, space));
            }
            kind => {
                if let Some(place) = KEPT.iter().position(|(name, _)| *name == kind)
                    && KEPT[place].1.contains(&chunk.body.len())
                {
                    kept[place] = kept[place].or(Some(chunk.body));
                }
            }
        }
    }

    let mut out = Vec::with_capacity(upload.len());
    write_head(&mut out, header.body, &kept, profile.as_ref(), orientation);
    loop {
        let chunk = chunk(&mut pixels)?;
        match &chunk.kind {
            b"IEND" => break,
            b"IDAT" => write(&mut out, b"IDAT", chunk.body),
            _ => {}
        }
    }
    write(&mut out, b"IEND", &[]);
    Ok(Stripped { bytes: out, orientation, colour: colour(&kept, profile) })
}

/// The next chunk, whatever it is; its checksum is not looked at yet.
fn chunk<'a>(reader: &mut Reader<'a>) -> Result<Chunk<'a>, Refused> {
    let len = u32::from_be_bytes(reader.array()?);
    let kind = reader.array()?;
    let body = reader.take(usize::try_from(len).map_err(|_| Refused::Damaged)?)?;
    let sum = u32::from_be_bytes(reader.array()?);
    Ok(Chunk { kind, body, sum })
}

/// Checks IHDR; tells which profiles suit the picture.
fn header_is_sound(header: &Chunk<'_>, limits: &Limits) -> Result<icc::Space, Refused> {
    let mut reader = Reader(header.body);
    let (width, height) = (reader.array()?, reader.array()?);
    let [depth, colour, ..] = reader.array::<5>()?;
    if &header.kind != b"IHDR" || !header.is_intact() || !reader.0.is_empty() {
        return Err(Refused::Damaged);
    }
    limits.check(u32::from_be_bytes(width), u32::from_be_bytes(height), depth == 16)?;
    Ok(if matches!(colour, 0 | 4) { icc::Space::Grey } else { icc::Space::Rgb })
}

/// Everything that stands before the pixels.
fn write_head(
    out: &mut Vec<u8>,
    header: &[u8],
    kept: &[Option<&[u8]>; KEPT.len()],
    profile: Option<&icc::Profile>,
    orientation: Orientation,
) {
    out.extend_from_slice(SIGNATURE);
    write(out, b"IHDR", header);
    if let Some(packed) = profile.and_then(deflate) {
        write(out, b"iCCP", &packed);
    }
    for ((kind, _), body) in KEPT.iter().zip(kept) {
        // sRGB and a profile exclude each other.
        if let Some(body) = body.filter(|_| profile.is_none() || *kind != b"sRGB") {
            write(out, kind, body);
        }
    }
    if let Some(tiff) = exif::block(orientation) {
        write(out, b"eXIf", &tiff);
    }
}

/// By the standard's order of precedence; what cannot be followed gives way to the next.
fn colour(kept: &[Option<&[u8]>; KEPT.len()], profile: Option<icc::Profile>) -> Colour {
    let [points, srgb, gamma, ..] = kept;
    match (*points, profile, srgb, gamma.and_then(<[u8]>::first_chunk)) {
        (Some([12, 13, 0, 1]), ..) => Colour::Named(Cicp::DISPLAY_P3),
        (Some([1, 8, 0, 1]), ..) => Colour::Named(Cicp::SRGB_LINEAR),
        (Some([1, 13, 0, 1]), ..) => Colour::Assumed,
        (_, Some(profile), ..) => Colour::Profile(profile),
        (_, _, None, Some(gamma)) => Colour::Gamma(u32::from_be_bytes(*gamma)),
        _ => Colour::Assumed,
    }
}

/// The profile in an iCCP chunk, never more than [`icc::MAX_BYTES`] of it.
fn inflate(body: &[u8]) -> Option<Vec<u8>> {
    let name = body.iter().take(80).position(|byte| *byte == 0)?;
    let [0, packed @ ..] = body.get(name + 1..)? else {
        return None;
    };
    let mut raw = Vec::new();
    let bound = icc::MAX_BYTES as u64 + 1;
    ZlibDecoder::new(packed).take(bound).read_to_end(&mut raw).ok()?;
    (raw.len() <= icc::MAX_BYTES).then_some(raw)
}

/// An iCCP chunk with a name that says nothing.
fn deflate(profile: &icc::Profile) -> Option<Vec<u8>> {
    let mut packer = ZlibEncoder::new(b"icc\0\0".to_vec(), Compression::default());
    packer.write_all(profile.bytes()).ok()?;
    packer.finish().ok()
}

fn checksum(kind: &[u8; 4], body: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(kind);
    crc.update(body);
    crc.sum()
}

/// Writes one chunk. Bodies come from a file whose length fits, or are small.
fn write(out: &mut Vec<u8>, kind: &[u8; 4], body: &[u8]) {
    let len = u32::try_from(body.len()).unwrap_or(u32::MAX);
    out.extend(len.to_be_bytes());
    out.extend(kind);
    out.extend_from_slice(body);
    out.extend(checksum(kind, body).to_be_bytes());
}
