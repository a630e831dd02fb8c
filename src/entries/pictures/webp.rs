//! WebP (RFC 9649): the chunks that draw the picture, and no other.

use super::{Colour, Limits, Reader, Refused, Stripped, exif, icc};
use image::metadata::Orientation;

const ICC_FLAG: u8 = 0x20;
const ALPHA_FLAG: u8 = 0x10;
const EXIF_FLAG: u8 = 0x08;
const ANIMATION_FLAG: u8 = 0x02;

/// The coded picture.
enum Image<'a> {
    /// VP8, with its transparency beside it.
    Lossy(&'a [u8], Option<&'a [u8]>),
    /// VP8L, transparency included.
    Lossless(&'a [u8]),
}

/// Rewrites a WebP file with nothing in it but its picture.
pub(super) fn strip(upload: &[u8], limits: &Limits) -> Result<Stripped, Refused> {
    let mut reader = Reader(upload);
    reader.take(4)?;
    let size = u32::from_le_bytes(reader.array()?);
    // What the container says is its end: the rest of the file is somebody else's.
    let mut reader = Reader(reader.take(usize::try_from(size).map_err(|_| Refused::Damaged)?)?);
    reader.take(4)?;

    let (mut canvas, mut alpha, mut image) = (None, None, None);
    let (mut profile, mut orientation) = (None, Orientation::NoTransforms);
    while !reader.0.is_empty() {
        let (kind, body) = chunk(&mut reader)?;
        match &kind {
            b"VP8X" if canvas.is_none() && image.is_none() => canvas = Some(extended(body)?),
            b"ANIM" | b"ANMF" => return Err(Refused::Animated),
            b"ICCP" if profile.is_none() => profile = icc::rebuild(body, icc::Space::Rgb),
            b"ALPH" if alpha.is_none() => alpha = Some(body),
            b"VP8 " if image.is_none() => image = Some(Image::Lossy(body, alpha)),
            b"VP8L" if image.is_none() => image = Some(Image::Lossless(body)),
            // Some writers put six bytes of JPEG's label before it.
            b"EXIF" => orientation = exif::orientation(body.strip_prefix(b"Exif\0\0").unwrap_or(body)),
            _ => {}
        }
    }
    let image = image.ok_or(Refused::Damaged)?;
    let (width, height) = image.size()?;
    limits.check(width, height, false)?;
    if canvas.is_some_and(|claimed| claimed != (width, height)) {
        return Err(Refused::Damaged);
    }
    // A plain file has no place for any of these.
    if canvas.is_none() {
        (profile, orientation) = (None, Orientation::NoTransforms);
    }
    Ok(Stripped {
        bytes: write(&image, (width, height), profile.as_ref(), orientation, upload.len()),
        orientation,
        colour: profile.map_or(Colour::Assumed, Colour::Profile),
    })
}

/// The next chunk; the odd one is padded to an even length, the last of a file sometimes is not.
fn chunk<'a>(reader: &mut Reader<'a>) -> Result<([u8; 4], &'a [u8]), Refused> {
    let kind = reader.array()?;
    let len = u32::from_le_bytes(reader.array()?);
    let body = reader.take(usize::try_from(len).map_err(|_| Refused::Damaged)?)?;
    if len % 2 == 1 && !reader.0.is_empty() {
        reader.take(1)?;
    }
    Ok((kind, body))
}

/// The canvas of an extended file.
fn extended(body: &[u8]) -> Result<(u32, u32), Refused> {
    let [flags, _, _, _, a, b, c, d, e, f] = *body.first_chunk().ok_or(Refused::Damaged)?;
    if flags & ANIMATION_FLAG != 0 {
        return Err(Refused::Animated);
    }
    let (width, height) = (u32::from_le_bytes([a, b, c, 0]), u32::from_le_bytes([d, e, f, 0]));
    Ok((width + 1, height + 1))
}

impl Image<'_> {
    /// Width and height, from the header of the coded picture.
    fn size(&self) -> Result<(u32, u32), Refused> {
        match self {
            Self::Lossy(body, _) => {
                let [tag, _, _, 0x9D, 0x01, 0x2A, a, b, c, d] = *body.first_chunk().ok_or(Refused::Damaged)? else {
                    return Err(Refused::Damaged);
                };
                // Bit 0 clear: a picture of its own. The upper two bits of each side only scale it.
                let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3FFF);
                if tag & 1 == 0 { Ok((side(a, b), side(c, d))) } else { Err(Refused::Damaged) }
            }
            Self::Lossless(body) => {
                let bits = lossless_header(body).ok_or(Refused::Damaged)?;
                Ok(((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1))
            }
        }
    }

    fn has_alpha(&self) -> bool {
        match self {
            Self::Lossy(_, alpha) => alpha.is_some(),
            Self::Lossless(body) => lossless_header(body).is_some_and(|bits| bits & 1 << 28 != 0),
        }
    }
}

fn lossless_header(body: &[u8]) -> Option<u32> {
    match *body.first_chunk()? {
        [0x2F, a, b, c, d] => Some(u32::from_le_bytes([a, b, c, d])),
        _ => None,
    }
}

/// A plain file where that is enough, an extended one otherwise.
fn write(
    image: &Image<'_>,
    (width, height): (u32, u32),
    profile: Option<&icc::Profile>,
    orientation: Orientation,
    room: usize,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(room);
    out.extend_from_slice(b"RIFF\0\0\0\0WEBP");
    let exif = exif::block(orientation);
    let lossy_alpha = matches!(image, Image::Lossy(_, Some(_)));
    if profile.is_some() || exif.is_some() || lossy_alpha {
        let mut flags = 0;
        flags |= if profile.is_some() { ICC_FLAG } else { 0 };
        flags |= if exif.is_some() { EXIF_FLAG } else { 0 };
        flags |= if image.has_alpha() { ALPHA_FLAG } else { 0 };
        let mut body = vec![flags, 0, 0, 0];
        body.extend_from_slice(&(width - 1).to_le_bytes()[..3]);
        body.extend_from_slice(&(height - 1).to_le_bytes()[..3]);
        push(&mut out, b"VP8X", &body);
    }
    if let Some(profile) = profile {
        push(&mut out, b"ICCP", profile.bytes());
    }
    match image {
        Image::Lossy(body, alpha) => {
            if let Some(alpha) = alpha {
                push(&mut out, b"ALPH", alpha);
            }
            push(&mut out, b"VP8 ", body);
        }
        Image::Lossless(body) => push(&mut out, b"VP8L", body),
    }
    if let Some(tiff) = exif {
        push(&mut out, b"EXIF", &tiff);
    }
    let size = u32::try_from(out.len() - 8).unwrap_or(u32::MAX);
    out[4..8].copy_from_slice(&size.to_le_bytes());
    out
}

/// Writes one chunk. Bodies come from a file whose length fits, or are small.
fn push(out: &mut Vec<u8>, kind: &[u8; 4], body: &[u8]) {
    let len = u32::try_from(body.len()).unwrap_or(u32::MAX);
    out.extend(kind);
    out.extend(len.to_le_bytes());
    out.extend_from_slice(body);
    if len % 2 == 1 {
        out.push(0);
    }
}
