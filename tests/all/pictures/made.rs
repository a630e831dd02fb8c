//! Pictures made for the tests, with everything in them that a camera or a phone adds.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use flate2::{Compression, Crc, write::ZlibEncoder};
use image::metadata::Orientation;
use image::{DynamicImage, ImageEncoder as _, Rgb, RgbImage};
use std::io::Write as _;

/// Stands in every piece of metadata that these files carry.
pub const SECRET: &[u8] = b"SECRET";

/// Red, green, blue and grey quarters, in reading order: seen which way up it is.
pub fn quarters(width: u32, height: u32) -> DynamicImage {
    RgbImage::from_fn(width, height, |x, y| match (x < width / 2, y < height / 2) {
        (true, true) => Rgb([220, 30, 30]),
        (false, true) => Rgb([30, 200, 30]),
        (true, false) => Rgb([30, 30, 220]),
        (false, false) => Rgb([128, 128, 128]),
    })
    .into()
}

/// The quarters as a camera stores them that was held that way.
pub fn held(width: u32, height: u32, exif: u8) -> DynamicImage {
    let undo = match exif {
        6 => 8,
        8 => 6,
        own => own,
    };
    let mut image = quarters(width, height);
    image.apply_orientation(Orientation::from_exif(undo).unwrap());
    image
}

pub fn jpeg(image: &DynamicImage) -> Vec<u8> {
    let mut out = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, 90);
    image.write_with_encoder(encoder).unwrap();
    out
}

pub fn png(image: &DynamicImage) -> Vec<u8> {
    let mut out = Vec::new();
    image.write_with_encoder(image::codecs::png::PngEncoder::new(&mut out)).unwrap();
    out
}

pub fn webp(image: &DynamicImage) -> Vec<u8> {
    let mut out = Vec::new();
    let encoder = image::codecs::webp::WebPEncoder::new_lossless(&mut out);
    encoder.write_image(image.as_bytes(), image.width(), image.height(), image.color().into()).unwrap();
    out
}

/// EXIF as a camera writes it: maker, model, dates, maker's note, place, embedded preview.
pub fn exif(orientation: u8) -> Vec<u8> {
    let text = b"SECRET 2026:05:04 10:11:12\0\0";
    let long = text.len() as u32;
    let mut out = b"II\x2A\0\x08\0\0\0".to_vec();
    // Offsets: IFD0 at 8 (7 tags), Exif IFD at 98 (3), GPS IFD at 140 (2), IFD1 at 170 (2), text at 200.
    let (exif, gps, next, at) = (98, 140, 170, 200);
    let tag = |name: u16, kind: u16, count: u32, value: u32| {
        [&name.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value.to_le_bytes()].concat()
    };
    let mut ifd = |tags: &[Vec<u8>], next: u32| {
        out.extend((tags.len() as u16).to_le_bytes());
        out.extend(tags.concat());
        out.extend(next.to_le_bytes());
    };
    let tags = [
        tag(0x010F, 2, long, at),
        tag(0x0110, 2, long, at),
        tag(0x0112, 3, 1, orientation.into()),
        tag(0x0131, 2, long, at),
        tag(0x0132, 2, long, at),
        tag(0x8769, 4, 1, exif),
        tag(0x8825, 4, 1, gps),
    ];
    ifd(&tags, next);
    let tags = [tag(0x9003, 2, long, at), tag(0x927C, 7, long, at), tag(0x9286, 7, long, at)];
    ifd(&tags, 0);
    ifd(&[tag(0x0001, 2, 2, u32::from(b'N')), tag(0x001D, 2, long, at)], 0);
    let preview = jpeg(&quarters(16, 16));
    let tags = [tag(0x0201, 4, 1, at + long), tag(0x0202, 4, 1, preview.len() as u32)];
    ifd(&tags, 0);
    out.extend(text);
    out.extend(preview);
    out
}

/// Display P3, with a date, a maker, a name and a tag of the maker's own.
pub fn display_p3() -> Vec<u8> {
    let xyz = |x: i32, y: i32, z: i32| {
        let numbers: Vec<u8> = [x, y, z].iter().flat_map(|v| v.to_be_bytes()).collect();
        [b"XYZ \0\0\0\0", &numbers[..]].concat()
    };
    let curve = [157_286_u32, 62_119, 3_417, 5_072, 2_651];
    let curve: Vec<u8> = curve.iter().flat_map(|v| v.to_be_bytes()).collect();
    let curve = [b"para\0\0\0\0\0\x03\0\0", &curve[..]].concat();
    let tags: [(&[u8; 4], Vec<u8>); 10] = [
        (b"desc", b"mluc\0\0\0\0\0\0\0\0\0\0\0\x0CSECRET".to_vec()),
        (b"cprt", b"mluc\0\0\0\0\0\0\0\0\0\0\0\x0CSECRET".to_vec()),
        (b"MSec", b"text\0\0\0\0SECRET".to_vec()),
        (b"wtpt", xyz(63_190, 65_536, 54_061)),
        (b"rXYZ", xyz(33_759, 15_807, -69)),
        (b"gXYZ", xyz(19_135, 45_368, 2_745)),
        (b"bXYZ", xyz(10_296, 4_369, 51_385)),
        (b"rTRC", curve.clone()),
        (b"gTRC", curve.clone()),
        (b"bTRC", curve),
    ];
    let mut out = vec![0; 128];
    out[4..24].copy_from_slice(b"appl\x04\0\0\0mntrRGB XYZ ");
    out[24..36].copy_from_slice(b"\x07\xEA\0\x05\0\x04\0\x0A\0\x0B\0\x0C");
    out[36..56].copy_from_slice(b"acspAPPL\0\0\0\0SECRET12");
    out[68..90].copy_from_slice(b"\0\0\xF6\xD6\0\x01\0\0\0\0\xD3\x2DSECRSECRET");
    out.extend((tags.len() as u32).to_be_bytes());
    let mut at = 132 + 12 * tags.len();
    for (name, body) in &tags {
        out.extend(*name);
        out.extend((at as u32).to_be_bytes());
        out.extend((body.len() as u32).to_be_bytes());
        at += body.len();
    }
    out.extend(tags.into_iter().flat_map(|(_, body)| body));
    let size = out.len() as u32;
    out[..4].copy_from_slice(&size.to_be_bytes());
    out
}

pub fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
    let len = (body.len() as u16 + 2).to_be_bytes();
    [&[0xFF, marker], &len[..], body].concat()
}

/// A JPEG file with all that a phone adds, and another picture and an archive behind it.
pub fn full_jpeg(image: &DynamicImage, orientation: u8) -> Vec<u8> {
    let plain = jpeg(image);
    let thumbnail = [&b"JFIF\0\x01\x02\0\0\x01\0\x01\x02\x02"[..], b"SECRETSECRET"].concat();
    let profile = display_p3();
    let (one, two) = profile.split_at(200);
    let iptc = b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x0C\x1C\x02\x69\0\x06SECRET\0";
    let parts = [
        b"\xFF\xD8".to_vec(),
        segment(0xE0, &thumbnail),
        segment(0xE0, b"JFXX\0\x10SECRET"),
        segment(0xE1, &[b"Exif\0\0", &exif(orientation)[..]].concat()),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>SECRET</x:xmpmeta>"),
        segment(0xE2, &[b"ICC_PROFILE\0\x02\x02", two].concat()),
        segment(0xE2, &[b"ICC_PROFILE\0\x01\x02", one].concat()),
        segment(0xE2, b"MPF\0MM\0\x2ASECRET"),
        segment(0xED, iptc),
        segment(0xEC, b"DuckySECRET"),
        segment(0xFE, b"SECRET"),
        plain[2..].to_vec(),
        full_trailer(),
    ];
    parts.concat()
}

/// What phones and jokers put behind a picture.
pub fn full_trailer() -> Vec<u8> {
    let second = jpeg(&quarters(8, 8));
    [&second[..], b"PK\x03\x04SECRET", b"SEFHSECRETSEFT"].concat()
}

pub fn chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut crc = Crc::new();
    crc.update(kind);
    crc.update(body);
    let (len, sum) = ((body.len() as u32).to_be_bytes(), crc.sum().to_be_bytes());
    [&len[..], kind, body, &sum].concat()
}

pub fn deflate(raw: &[u8]) -> Vec<u8> {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::default());
    packer.write_all(raw).unwrap();
    packer.finish().unwrap()
}

/// A PNG file with those chunks between its header and its pixels, and those behind the pixels.
pub fn png_with(plain: &[u8], before: &[Vec<u8>], after: &[Vec<u8>]) -> Vec<u8> {
    let (head, rest) = plain.split_at(33);
    let (pixels, end) = rest.split_at(rest.len() - 12);
    [head, &before.concat(), pixels, &after.concat(), end].concat()
}

/// A PNG file with all the metadata there is, an animation, and an archive behind it.
pub fn full_png(image: &DynamicImage, orientation: u8) -> Vec<u8> {
    let profile = [&b"SECRET name\0\0"[..], &deflate(&display_p3())].concat();
    let mut broken = chunk(b"gAMA", b"\0\0\xB1\x8F");
    *broken.last_mut().unwrap() ^= 1;
    let before = [
        chunk(b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]),
        chunk(b"iCCP", &profile),
        broken,
        chunk(b"pHYs", &[0, 0, 0x0B, 0x13, 0, 0, 0x0B, 0x13, 1]),
        chunk(b"tEXt", b"Comment\0SECRET"),
        chunk(b"zTXt", &[b"Author\0\0", &deflate(SECRET)[..]].concat()),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0SECRET"),
        chunk(b"tIME", &[7, 0xEA, 5, 4, 10, 11, 12]),
        chunk(b"seCr", SECRET),
    ];
    let after = [chunk(b"fdAT", SECRET), chunk(b"tEXt", b"Comment\0SECRET"), chunk(b"eXIf", &exif(orientation))];
    let file = png_with(&png(image), &before, &after);
    [&file[..], b"PK\x03\x04SECRET", &full_trailer()].concat()
}

/// A PNG file of the given rows, each with its filter byte.
pub fn raw_png(size: (u32, u32), depth: u8, colour: u8, extra: &[Vec<u8>], rows: &[u8]) -> Vec<u8> {
    let sides = [size.0.to_be_bytes(), size.1.to_be_bytes()].concat();
    let header = chunk(b"IHDR", &[&sides[..], &[depth, colour, 0, 0, 0]].concat());
    let pixels = chunk(b"IDAT", &deflate(rows));
    [b"\x89PNG\r\n\x1A\n", &header[..], &extra.concat(), &pixels, &chunk(b"IEND", b"")].concat()
}

pub fn riff(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut out = b"RIFF\0\0\0\0WEBP".to_vec();
    for (kind, body) in chunks {
        out.extend(*kind);
        out.extend((body.len() as u32).to_le_bytes());
        out.extend(*body);
        out.resize(out.len().next_multiple_of(2), 0);
    }
    let size = out.len() as u32 - 8;
    out[4..8].copy_from_slice(&size.to_le_bytes());
    out
}

/// A WebP file with all the metadata there is, and more behind it.
pub fn full_webp(image: &DynamicImage, orientation: u8) -> Vec<u8> {
    let plain = webp(image);
    let len = u32::from_le_bytes(plain[16..20].try_into().unwrap()) as usize;
    let sides = [(image.width() - 1).to_le_bytes(), (image.height() - 1).to_le_bytes()];
    let canvas = [&[!2, 1, 2, 3][..], &sides[0][..3], &sides[1][..3], SECRET].concat();
    let file = riff(&[
        (b"VP8X", &canvas),
        (b"ICCP", &display_p3()),
        (b"seCr", SECRET),
        (b"VP8L", &plain[20..20 + len]),
        (b"EXIF", &exif(orientation)),
        (b"XMP ", b"<x:xmpmeta>SECRET</x:xmpmeta>"),
    ]);
    [&file[..], b"PK\x03\x04SECRET"].concat()
}

/// xorshift64*, so that a failure can be run again.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % bound
    }
}

/// 24 by 16 pixels, left half red, right half blue; the encoders at hand write none of these kinds.
pub fn fixture(base64: &str) -> Vec<u8> {
    BASE64_STANDARD.decode(base64.replace(['\n', ' '], "")).unwrap()
}

pub const PROGRESSIVE_JPEG: &str = "
    /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdB
    RkxOUlNSMj5aYVpQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09P
    T09PT09PT09PT09PT0//wgARCAAQABgDASIAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAAAwAE/8QAFQEBAQAAAAAAAAAA
    AAAAAAAABQD/2gAMAwEAAhADEAAAAcRKUmNTY/8A/8QAFhABAQEAAAAAAAAAAAAAAAAAAhAA/9oACAEBAAEFAs65/8QAFxEA
    AwEAAAAAAAAAAAAAAAAAAQQQM//aAAgBAwEBPwFrIz//xAAXEQADAQAAAAAAAAAAAAAAAAABBBAz/9oACAECAQE/AVNhP//E
    ABQQAQAAAAAAAAAAAAAAAAAAACD/2gAIAQEABj8CX//EABYQAQEBAAAAAAAAAAAAAAAAABBBAP/aAAgBAQABPyHSyf/aAAwD
    AQACAAMAAAAQp9//xAAWEQEBAQAAAAAAAAAAAAAAAACxARD/2gAIAQMBAT8QGzP/xAAWEQEBAQAAAAAAAAAAAAAAAACxARD/
    2gAIAQIBAT8QaXP/xAAWEAEBAQAAAAAAAAAAAAAAAADBEAD/2gAIAQEAAT8QylUn/9k=";

pub const CMYK_JPEG: &str = "
    /9j/7gAOQWRvYmUAZAAAAAAA/9sAQwANCQoLCggNCwoLDg4NDxMgFRMSEhMnHB4XIC4pMTAuKS0sMzpKPjM2RjcsLUBXQUZM
    TlJTUjI+WmFaUGBKUVJP/8AAFAgAEAAYBEMRAE0RAFkRAEsRAP/EABYAAQEBAAAAAAAAAAAAAAAAAAYAB//EABgQAQADAQAA
    AAAAAAAAAAAAAAAHRYPC/9oADgRDAE0AWQBLAAA/AHIGBtOBJNrNeEdRlZ5doFR2m6phSBJNrNeEdRlZ5doFR2n/2Q==";

/// The upper half is transparent.
pub const LOSSY_WEBP_WITH_ALPHA: &str = "
    UklGRoIAAABXRUJQVlA4WAoAAAAQAAAAFwAADwAAQUxQSBMAAAABDzD/ERFCLJjkL907hIj+ZzwDAFZQOCBIAAAAkAMAnQEq
    GAAQAD61Sp9KJyQiobAIAOAWiWgAnS6AAGEg36hoAAD+uG7aGh9fAFPEf9il39Df/84l/JH6Axb/BlP9TPNfy4AA";

pub const ANIMATED_WEBP: &str = "
    UklGRvQAAABXRUJQVlA4WAoAAAACAAAAFwAADwAAQU5JTQYAAAAAAAAAAABBTk1GYgAAAAAAAAAAABcAAA8AAGQAAAJWUDgg
    SgAAAFADAJ0BKhgAEAA/EXKxUKwmpKKwCAGAIglAE6I//3AAD7AAAP7mTkH7+W7rij9A9Rm0O9Vbf/ggsim2a/+l32dHHf9R
    LsUmgAAAQU5NRl4AAAAAAAAAAAAXAAAPAABkAAAAVlA4IEYAAAAUAwCdASoYABAAPxFysVCDAIAAAiCUATplA1//cAAPsAAA
    /ur7cHzVz3/wQNbb4QP6WoalbPEztKy36Eacij/wBrYTuNgA";
