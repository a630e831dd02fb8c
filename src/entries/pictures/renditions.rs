//! Decodes a picture once and makes its two smaller copies.

use super::{Colour, Kind, Limits, Refused, icc};
use fast_image_resize::{
    FilterType, IntoImageView, IntoImageViewMut, PixelTrait, ResizeAlg, ResizeOptions, Resizer,
    pixels::{U8, U8x3, U16, U16x3},
};
use image::codecs::{jpeg::JpegDecoder, jpeg::JpegEncoder, png::PngDecoder, webp::WebPDecoder};
use image::metadata::{Cicp, Orientation};
use image::{ConvertColorOptions, DynamicImage, ExtendedColorType, ImageBuffer, ImageDecoder, ImageEncoder};
use std::io::Cursor;

/// Longest side of the copy for the screen.
const SCREEN: u32 = 1600;
/// Longest side of the copy for lists.
const THUMB: u32 = 400;
const SCREEN_QUALITY: u8 = 82;
const THUMB_QUALITY: u8 = 78;

/// The two copies, and the size of the original once it is upright.
pub(super) struct Made {
    pub(super) screen: Vec<u8>,
    pub(super) thumb: Vec<u8>,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// Decodes a rewritten file and makes its copies.
pub(super) fn make(
    kind: Kind,
    original: &[u8],
    orientation: Orientation,
    colour: Colour,
    limits: &Limits,
) -> Result<Made, Refused> {
    let whole = decode(kind, original, limits)?;
    let (mut width, mut height) = (whole.width(), whole.height());
    if turns(orientation) {
        (width, height) = (height, width);
    }
    // Flattened in place and turned when small: both cost least so.
    let mut screen = shrink(flatten(whole), SCREEN, FilterType::Lanczos3)?;
    screen.apply_orientation(orientation);
    let (screen, profile) = settle(screen, colour);
    let large = encode(&screen, SCREEN_QUALITY, profile.as_ref())?;
    let small = shrink(screen, THUMB, FilterType::CatmullRom)?;
    Ok(Made { screen: large, thumb: encode(&small, THUMB_QUALITY, profile.as_ref())?, width, height })
}

/// Whether turning upright swaps the sides.
fn turns(orientation: Orientation) -> bool {
    matches!(
        orientation,
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH
    )
}

/// Decodes within bounds: four bytes a pixel for the picture and its working memory are allowed
/// for where the decoder keeps count.
fn decode(kind: Kind, original: &[u8], limits: &Limits) -> Result<DynamicImage, Refused> {
    let mut bounds = image::Limits::no_limits();
    bounds.max_alloc = Some(limits.pixels.saturating_mul(4).saturating_add(1 << 24));
    let source = Cursor::new(original);
    let bounded = |mut decoder: Box<dyn ImageDecoder + '_>| {
        decoder.set_limits(bounds.clone())?;
        DynamicImage::from_decoder(decoder)
    };
    let whole = match kind {
        Kind::Jpeg => JpegDecoder::new(source).and_then(|decoder| bounded(Box::new(decoder))),
        Kind::Png => PngDecoder::with_limits(source, bounds.clone()).and_then(|decoder| bounded(Box::new(decoder))),
        Kind::WebP => WebPDecoder::new(source).and_then(|decoder| bounded(Box::new(decoder))),
    };
    whole.map_err(|why| match why {
        image::ImageError::Unsupported(_) => Refused::Type,
        _ => Refused::Damaged,
    })
}

/// Lays a picture with transparency onto white, in its own memory.
fn flatten(image: DynamicImage) -> DynamicImage {
    let (width, height) = (image.width(), image.height());
    let (byte, word) = (|value| value as u8, |value| value as u16);
    let flat = match image {
        DynamicImage::ImageLumaA8(image) => {
            let samples = onto_white::<2, u8>(image.into_raw(), 255, byte);
            ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLuma8)
        }
        DynamicImage::ImageRgba8(image) => {
            let samples = onto_white::<4, u8>(image.into_raw(), 255, byte);
            ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgb8)
        }
        DynamicImage::ImageLumaA16(image) => {
            let samples = onto_white::<2, u16>(image.into_raw(), 65_535, word);
            ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLuma16)
        }
        DynamicImage::ImageRgba16(image) => {
            let samples = onto_white::<4, u16>(image.into_raw(), 65_535, word);
            ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgb16)
        }
        opaque => Some(opaque),
    };
    // There is always room for fewer channels.
    flat.unwrap_or_default()
}

/// Drops the last of N channels, which says how much of the others there is; the rest is white.
#[inline(always)]
fn onto_white<const N: usize, T: Copy + Into<u32>>(
    mut samples: Vec<T>,
    white: u32,
    narrow: impl Fn(u32) -> T,
) -> Vec<T> {
    let pixels = samples.len() / N;
    for pixel in 0..pixels {
        let alpha: u32 = samples[pixel * N + N - 1].into();
        for channel in 0..N - 1 {
            let sample: u32 = samples[pixel * N + channel].into();
            // At most white squared and a half: 32 bits hold it.
            let mixed = (sample * alpha + white * (white - alpha) + white / 2) / white;
            samples[pixel * (N - 1) + channel] = narrow(mixed);
        }
    }
    samples.truncate(pixels * (N - 1));
    samples
}

/// Scales down so that no side is longer; what is small enough stays as it is.
fn shrink(image: DynamicImage, longest: u32, filter: FilterType) -> Result<DynamicImage, Refused> {
    let (width, height) = (image.width(), image.height());
    let side = width.max(height);
    if side <= longest {
        return Ok(image);
    }
    let scaled = |length: u32| {
        let exact = u64::from(length) * u64::from(longest) + u64::from(side) / 2;
        ((exact / u64::from(side)) as u32).max(1)
    };
    let mut small = DynamicImage::new(scaled(width), scaled(height), image.color());
    let done = match image {
        DynamicImage::ImageLuma8(_) => scale::<U8>(&image, &mut small, filter),
        DynamicImage::ImageRgb8(_) => scale::<U8x3>(&image, &mut small, filter),
        DynamicImage::ImageLuma16(_) => scale::<U16>(&image, &mut small, filter),
        DynamicImage::ImageRgb16(_) => scale::<U16x3>(&image, &mut small, filter),
        // None of our decoders gives other samples.
        _ => None,
    };
    done.map(|()| small).ok_or(Refused::Damaged)
}

/// Scales samples of one kind. Each kind is code of its own: what chooses while it runs holds thirteen of them.
fn scale<P: PixelTrait>(image: &DynamicImage, small: &mut DynamicImage, filter: FilterType) -> Option<()> {
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter)).use_alpha(false);
    let (from, mut to) = (image.image_view::<P>()?, small.image_view_mut::<P>()?);
    Resizer::new().resize_typed(&from, &mut to, &options).ok()
}

/// Brings the samples to 8 bits and to colours that JPEG can tell: sRGB, or those of the profile
/// that is given back. (A CMYK picture was turned into RGB when it was decoded.)
fn settle(image: DynamicImage, colour: Colour) -> (DynamicImage, Option<icc::Profile>) {
    let grey = !image.color().has_color();
    match colour {
        Colour::Profile(profile) => {
            let space = if grey { icc::Space::Grey } else { icc::Space::Rgb };
            (eight_bits(image), Some(profile).filter(|profile| profile.space() == space))
        }
        Colour::Named(space) if !grey => (eight_bits(to_srgb(image, space)), None),
        Colour::Gamma(power) if power > 0 && power.abs_diff(45_455) > 500 => (with_gamma(image, power), None),
        _ => (eight_bits(image), None),
    }
}

fn eight_bits(image: DynamicImage) -> DynamicImage {
    match image {
        DynamicImage::ImageLuma8(_) | DynamicImage::ImageRgb8(_) => image,
        DynamicImage::ImageLuma16(_) => image.into_luma8().into(),
        _ => image.into_rgb8().into(),
    }
}

/// As it is where the conversion is not known.
fn to_srgb(mut image: DynamicImage, space: Cicp) -> DynamicImage {
    if image.set_color_space(space).is_ok() {
        let _ = image.apply_color_space(Cicp::SRGB, ConvertColorOptions::default());
    }
    image
}

/// Re-encodes samples of another power as sRGB, looked up in a table.
fn with_gamma(image: DynamicImage, power: u32) -> DynamicImage {
    let table = |white: u32| -> Vec<u8> {
        let encode = |sample: u32| {
            let light = (f64::from(sample) / f64::from(white)).powf(100_000.0 / f64::from(power));
            let sample = if light <= 0.003_130_8 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
            (sample * 255.0).round() as u8
        };
        (0..=white).map(encode).collect()
    };
    let (width, height, grey) = (image.width(), image.height(), !image.color().has_color());
    let samples: Vec<u8> = if let Some(wide) = image.as_flat_samples_u16() {
        let table = table(65_535);
        wide.samples.iter().map(|sample| table[usize::from(*sample)]).collect()
    } else {
        let table = table(255);
        image.as_bytes().iter().map(|sample| table[usize::from(*sample)]).collect()
    };
    let made = if grey {
        ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLuma8)
    } else {
        ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgb8)
    };
    made.unwrap_or(image)
}

/// Encodes 8-bit grey or RGB as JPEG, with its profile and nothing else.
fn encode(image: &DynamicImage, quality: u8, profile: Option<&icc::Profile>) -> Result<Vec<u8>, Refused> {
    let mut out = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut out, quality);
    if let Some(profile) = profile {
        encoder.set_icc_profile(profile.bytes().to_vec()).map_err(|_| Refused::Damaged)?;
    }
    let colour = ExtendedColorType::from(image.color());
    encoder.write_image(image.as_bytes(), image.width(), image.height(), colour).map_err(|_| Refused::Damaged)?;
    Ok(out)
}
