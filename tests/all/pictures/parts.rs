//! Takes files apart, by a reading of the formats of its own, and says what may be in them.

use image::DynamicImage;

/// The parts of a file, each with its name; panics where something is left over.
pub fn parts(file: &[u8]) -> Vec<(String, Vec<u8>)> {
    match file.first() {
        Some(0xFF) => jpeg(file),
        Some(0x89) => png(file),
        _ => webp(file),
    }
}

fn jpeg(file: &[u8]) -> Vec<(String, Vec<u8>)> {
    assert!(file.starts_with(&[0xFF, 0xD8]));
    let (mut at, mut parts) = (2, Vec::new());
    loop {
        assert_eq!(file[at], 0xFF, "no marker at {at}");
        let marker = file[at + 1];
        if marker == 0xD9 {
            assert_eq!(file.len(), at + 2, "something follows the picture");
            return parts;
        }
        let len = usize::from(u16::from_be_bytes([file[at + 2], file[at + 3]]));
        parts.push((format!("{marker:02X}"), file[at + 4..at + 2 + len].to_vec()));
        at += 2 + len;
        let coded = |at: usize| file[at] != 0xFF || matches!(file[at + 1], 0 | 0xD0..=0xD7);
        while marker == 0xDA && coded(at) {
            at += 1;
        }
    }
}

fn png(file: &[u8]) -> Vec<(String, Vec<u8>)> {
    let (mut at, mut parts) = (8, Vec::new());
    while at < file.len() {
        let len = u32::from_be_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        let kind = String::from_utf8(file[at + 4..at + 8].to_vec()).unwrap();
        parts.push((kind, file[at + 8..at + 8 + len].to_vec()));
        at += 12 + len;
    }
    assert_eq!(parts.last().unwrap().0, "IEND", "something follows the picture");
    parts
}

fn webp(file: &[u8]) -> Vec<(String, Vec<u8>)> {
    let size = u32::from_le_bytes(file[4..8].try_into().unwrap()) as usize;
    assert_eq!(file.len(), size + 8, "something follows the picture");
    let (mut at, mut parts) = (12, Vec::new());
    while at < file.len() {
        let kind = String::from_utf8(file[at..at + 4].to_vec()).unwrap();
        let len = u32::from_le_bytes(file[at + 4..at + 8].try_into().unwrap()) as usize;
        parts.push((kind, file[at + 8..at + 8 + len].to_vec()));
        at += 8 + len.next_multiple_of(2);
    }
    parts
}

/// Fails where a file holds a part that is not on the list, or one that holds more than it may.
pub fn only_what_is_allowed(file: &[u8]) {
    for (name, body) in parts(file) {
        let fine = match name.as_str() {
            "E0" => body.len() == 14 && body.starts_with(b"JFIF\0") && body[12..] == [0, 0],
            "E1" => body.strip_prefix(b"Exif\0\0").is_some_and(orientation_only),
            "E2" => body.starts_with(b"ICC_PROFILE\0"),
            "EE" => body.len() == 12 && body.starts_with(b"Adobe"),
            "C0" | "C1" | "C2" | "C4" | "DA" | "DB" | "DD" => true,
            "eXIf" | "EXIF" => orientation_only(&body),
            "iCCP" => body.starts_with(b"icc\0\0"),
            "ICCP" => true,
            "VP8X" => body.len() == 10 && body[0] & !0x38 == 0 && body[1..4] == [0, 0, 0],
            "VP8 " | "VP8L" | "ALPH" => true,
            "IHDR" | "PLTE" | "IDAT" | "IEND" => true,
            "tRNS" | "gAMA" | "cHRM" | "sRGB" | "sBIT" | "cICP" => true,
            _ => false,
        };
        assert!(fine, "{name} of {} bytes is left", body.len());
    }
    if let Some(profile) = profile(file) {
        let zero = |range: std::ops::Range<usize>| profile[range].iter().all(|byte| *byte == 0);
        assert!(zero(4..8) && zero(24..36) && zero(40..64) && zero(80..128));
    }
}

fn orientation_only(tiff: &[u8]) -> bool {
    let head = b"MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0";
    tiff.len() == 26 && tiff.starts_with(head) && tiff[20..] == [0; 6]
}

/// What the file says about its orientation.
pub fn orientation(file: &[u8]) -> u8 {
    let named = |name: &str| ["E1", "eXIf", "EXIF"].contains(&name);
    let tiff = parts(file).into_iter().find(|(name, _)| named(name));
    tiff.map_or(1, |(_, body)| body[body.len() - 7])
}

/// The colour profile in a file.
pub fn profile(file: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    for (name, body) in parts(file) {
        match name.as_str() {
            "E2" => whole.extend(&body[14..]),
            "ICCP" => whole.extend(&body),
            "iCCP" => {
                let mut unpacked = flate2::read::ZlibDecoder::new(&body[5..]);
                std::io::copy(&mut unpacked, &mut whole).unwrap();
            }
            _ => {}
        }
    }
    (!whole.is_empty()).then_some(whole)
}

pub fn decoded(file: &[u8]) -> DynamicImage {
    image::load_from_memory(file).unwrap()
}

/// The colour at that place, given in parts of the sides.
pub fn at(image: &DynamicImage, x: f32, y: f32) -> [u8; 3] {
    let (width, height) = (image.width() as f32, image.height() as f32);
    image.to_rgb8().get_pixel((width * x) as u32, (height * y) as u32).0
}

/// Whether two colours look the same.
pub fn close(one: [u8; 3], other: [u8; 3]) -> bool {
    one.iter().zip(other).all(|(a, b)| a.abs_diff(b) <= 12)
}
