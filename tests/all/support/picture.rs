//! Small pictures.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use std::io::Cursor;

fn gradient(width: u32, height: u32, blue: u8) -> DynamicImage {
    RgbImage::from_fn(width, height, |x, y| Rgb([x as u8, y as u8, blue])).into()
}

fn encoded(width: u32, height: u32, blue: u8, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    gradient(width, height, blue).write_to(&mut out, format).unwrap();
    out.into_inner()
}

pub fn jpeg(blue: u8) -> Vec<u8> {
    jpeg_of(60, 40, blue)
}

pub fn jpeg_of(width: u32, height: u32, blue: u8) -> Vec<u8> {
    encoded(width, height, blue, ImageFormat::Jpeg)
}

pub fn png(blue: u8) -> Vec<u8> {
    encoded(60, 40, blue, ImageFormat::Png)
}

pub fn webp(blue: u8) -> Vec<u8> {
    encoded(60, 40, blue, ImageFormat::WebP)
}

/// A picture of a kind that is not taken.
pub fn gif() -> Vec<u8> {
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;".to_vec()
}
