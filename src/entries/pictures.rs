//! Everything that happens to an uploaded photo before it is stored.
//!
//! One door, [`clean`]: the file is recognised by its bytes, rewritten with nothing in it but what
//! draws the picture, and decoded once for two smaller copies. What is decoded is the rewritten
//! file, so whatever is stored has been proven to open. The module knows no disk, no store, no HTTP.
//!
//! | file | what it knows |
//! |---|---|
//! | `jpeg` `png` `webp` | which parts of each container may stay, and how they are written anew |
//! | `icc` | which parts of a colour profile may stay |
//! | `exif` | the one tag that is kept, the orientation |
//! | `renditions` | decoding, resizing, turning upright, encoding |

mod exif;
mod icc;
mod jpeg;
mod png;
mod renditions;
mod webp;

use image::metadata::{Cicp, Orientation};

/// What went wrong, for the person who chose the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Neither JPEG, PNG nor WebP, or a kind of these that no browser draws either.
    #[error("this is not a photo that can be kept: please choose a JPEG, PNG or WebP file")]
    Type,
    /// The file is larger than the limit.
    #[error("this file is too large: at most {} MB can be kept", max / 1_000_000)]
    Bytes {
        /// The most that is taken, in bytes.
        max: usize,
    },
    /// The picture has more pixels than the limit. The header alone is enough to be refused.
    #[error(
        "this picture has {} megapixels: at most {} can be kept",
        given.div_ceil(1_000_000),
        max / 1_000_000
    )]
    Pixels {
        /// The most that is taken: width times height, half of [`Limits::pixels`] where a
        /// channel has 16 bits.
        max: u64,
        /// Width times height of the picture.
        given: u64,
    },
    /// Cut short, or broken in a way that leaves nothing to be drawn.
    #[error("this file is damaged: please choose the photo again, or another copy of it")]
    Damaged,
    /// A WebP file that moves. (Of an animated PNG the still picture is kept.)
    #[error("moving pictures are not kept: please choose a still one")]
    Animated,
}

/// The largest file and the largest picture that are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the uploaded file.
    pub bytes: usize,
    /// Width times height. It bounds the memory: see [`clean`].
    pub pixels: u64,
}

impl Default for Limits {
    /// 25 MB and 64 megapixels.
    fn default() -> Self {
        Self { bytes: 25_000_000, pixels: 64_000_000 }
    }
}

/// A photo that is ready to be stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// Of `original`: `image/jpeg`, `image/png` or `image/webp`. The other two are JPEG.
    pub media_type: &'static str,
    /// The uploaded picture, every pixel as it was, without metadata. It may need turning: then
    /// it says so in the one EXIF tag that is left.
    pub original: Vec<u8>,
    /// JPEG, upright, at most 1600 pixels on its longest side.
    pub screen: Vec<u8>,
    /// JPEG, upright, at most 400 pixels on its longest side.
    pub thumb: Vec<u8>,
    /// Of the original once it is upright.
    pub width: u32,
    /// Of the original once it is upright.
    pub height: u32,
}

impl std::fmt::Debug for Picture {
    /// Sizes only: a family's photo does not belong in a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Picture")
            .field("media_type", &self.media_type)
            .field("original", &self.original.len())
            .field("screen", &self.screen.len())
            .field("thumb", &self.thumb.len())
            .field("width", &self.width)
            .field("height", &self.height)
            .finish()
    }
}

/// The three kinds that are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Jpeg,
    Png,
    WebP,
}

impl Kind {
    /// By its first bytes; a name or a content type is never believed.
    fn sniff(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
            Some(Self::Jpeg)
        } else if bytes.starts_with(png::SIGNATURE) {
            Some(Self::Png)
        } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            Some(Self::WebP)
        } else {
            None
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
        }
    }
}

/// A rewritten file, and what decoding it must know.
struct Stripped {
    bytes: Vec<u8>,
    orientation: Orientation,
    colour: Colour,
}

/// What the numbers of the pixels mean.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Colour {
    /// sRGB, said or assumed.
    Assumed,
    /// A rebuilt profile; it may be for RGB, grey or CMYK.
    Profile(icc::Profile),
    /// PNG: a colour space that has a name, by ITU-T H.273.
    Named(Cicp),
    /// PNG: the primaries of sRGB, samples are light to this power in hundred-thousandths.
    Gamma(u32),
}

/// Cleans an uploaded photo and makes its two smaller copies.
///
/// Kept of the upload are its pixels as they were coded, its orientation, and a colour profile
/// reduced to colour. Everything else goes: place, time, camera, maker's notes, comments, captions,
/// embedded previews, and whatever follows the picture in the file (second images, the part of a
/// screenshot that was cropped away, archives).
///
/// Takes the upload by value to free it early. Peak memory for 12 megapixels, everything included:
/// about 60 MB for a JPEG as cameras write it, 80 to 115 MB for a progressive one, 80 MB for a PNG
/// and 130 MB for a WebP with transparency; it grows with the pixels. So let few run at once. It
/// blocks one core, some 150 ms for such a JPEG: half of that is decoding, a third encoding.
/// (Decoding a JPEG at a fraction of its size, as `jpeg-decoder` can, would lessen both.)
///
/// # Errors
/// [`Refused`] says what to tell the person who chose the file.
pub fn clean(upload: Vec<u8>, limits: &Limits) -> Result<Picture, Refused> {
    if upload.len() > limits.bytes {
        return Err(Refused::Bytes { max: limits.bytes });
    }
    let kind = Kind::sniff(&upload).ok_or(Refused::Type)?;
    let Stripped { bytes: original, orientation, colour } = match kind {
        Kind::Jpeg => jpeg::strip(&upload, limits)?,
        Kind::Png => png::strip(&upload, limits)?,
        Kind::WebP => webp::strip(&upload, limits)?,
    };
    drop(upload);
    let made = renditions::make(kind, &original, orientation, colour, limits)?;
    Ok(Picture {
        media_type: kind.media_type(),
        original,
        screen: made.screen,
        thumb: made.thumb,
        width: made.width,
        height: made.height,
    })
}

impl Limits {
    /// Checks the size that a header claims, before anything is allocated for it.
    /// `deep` is for 16 bits a channel: such a picture takes twice the memory.
    fn check(&self, width: u32, height: u32, deep: bool) -> Result<(), Refused> {
        let given = u64::from(width) * u64::from(height);
        let max = if deep { self.pixels / 2 } else { self.pixels };
        if given == 0 {
            Err(Refused::Damaged)
        } else if given > max {
            Err(Refused::Pixels { max, given })
        } else {
            Ok(())
        }
    }
}

/// Reads from a slice without ever reaching past its end.
#[derive(Clone)]
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], Refused> {
        let (head, rest) = self.0.split_at_checked(len).ok_or(Refused::Damaged)?;
        self.0 = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Refused> {
        let (head, rest) = self.0.split_first_chunk().ok_or(Refused::Damaged)?;
        self.0 = rest;
        Ok(*head)
    }

    fn u8(&mut self) -> Result<u8, Refused> {
        self.array().map(|[byte]| byte)
    }

    fn u16(&mut self) -> Result<u16, Refused> {
        self.array().map(u16::from_be_bytes)
    }
}
