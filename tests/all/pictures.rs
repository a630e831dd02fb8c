//! An uploaded photo: what is left of it, and what its smaller copies look like.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod made;
mod parts;
mod photos;

use hec::entries::pictures::{Limits, Picture, Refused, clean};
use image::{DynamicImage, GrayImage, Luma, Rgba, RgbaImage};
use made::{SECRET, chunk, fixture, full_jpeg, full_png, full_webp, quarters, raw_png, riff};
use parts::{at, close, decoded, only_what_is_allowed, orientation, profile};

const WHITE: [u8; 3] = [255; 3];

fn cleaned(upload: Vec<u8>) -> Picture {
    clean(upload, &Limits::default()).unwrap()
}

fn refusal(upload: &[u8]) -> Refused {
    clean(upload.to_vec(), &Limits::default()).unwrap_err()
}

fn files(picture: &Picture) -> [&[u8]; 3] {
    [&picture.original, &picture.screen, &picture.thumb]
}

fn same_pixels(one: &[u8], other: &[u8]) {
    let same = decoded(one).to_rgba16() == decoded(other).to_rgba16();
    assert!(same, "the pixels are others");
}

fn full(width: u32, height: u32, exif: u8) -> [(&'static str, Vec<u8>); 3] {
    let image = made::held(width, height, exif);
    [
        ("image/jpeg", full_jpeg(&image, exif)),
        ("image/png", full_png(&image, exif)),
        ("image/webp", full_webp(&image, exif)),
    ]
}

#[test]
fn a_picture_keeps_its_pixels_and_loses_everything_else() {
    for (media_type, upload) in full(90, 60, 6) {
        let picture = cleaned(upload.clone());
        assert_eq!(picture.media_type, media_type);
        same_pixels(&picture.original, &upload);
        for file in files(&picture) {
            only_what_is_allowed(file);
            let told = file.windows(SECRET.len()).any(|bytes| bytes == SECRET);
            assert!(!told, "{media_type} still tells the secret");
        }
    }
}

#[test]
fn a_cleaned_picture_stays_as_it_is() {
    for (_, upload) in full(90, 60, 3) {
        let once = cleaned(upload);
        assert_eq!(cleaned(once.original.clone()), once);
    }
}

#[test]
fn every_orientation_of_every_type_is_turned_upright() {
    for exif in 1..=8 {
        for (media_type, upload) in full(450, 300, exif) {
            let picture = cleaned(upload);
            assert_eq!((picture.width, picture.height), (450, 300), "{media_type} {exif}");
            assert_eq!(orientation(&picture.original), exif);
            for (file, size) in [(&picture.screen, (450, 300)), (&picture.thumb, (400, 267))] {
                assert_eq!(orientation(file), 1);
                let seen = decoded(file);
                assert_eq!((seen.width(), seen.height()), size);
                let expected = quarters(450, 300);
                for (x, y) in [(0.2, 0.2), (0.8, 0.2), (0.2, 0.8), (0.8, 0.8)] {
                    let (seen, expected) = (at(&seen, x, y), at(&expected, x, y));
                    assert!(close(seen, expected), "{media_type} {exif}: {seen:?} {expected:?}");
                }
            }
        }
    }
}

#[test]
fn smaller_copies_fit_and_are_never_larger_than_the_picture() {
    for ((width, height), screen, thumb) in [
        ((3000, 1000), (1600, 533), (400, 133)),
        ((1000, 1601), (999, 1600), (250, 400)),
        ((400, 30), (400, 30), (400, 30)),
        ((5000, 1), (1600, 1), (400, 1)),
        ((1, 1), (1, 1), (1, 1)),
    ] {
        let picture = cleaned(made::jpeg(&quarters(width, height)));
        assert_eq!((picture.width, picture.height), (width, height));
        for (file, size) in [(&picture.screen, screen), (&picture.thumb, thumb)] {
            let seen = decoded(file);
            assert_eq!((seen.width(), seen.height()), size);
        }
    }
}

#[test]
fn a_plain_webp_stays_plain() {
    let upload = made::webp(&quarters(40, 40));
    assert_eq!(cleaned(upload.clone()).original, upload);
}

#[test]
fn progressive_and_cmyk_jpegs_keep_their_colours() {
    for source in [made::PROGRESSIVE_JPEG, made::CMYK_JPEG] {
        let picture = cleaned(fixture(source));
        only_what_is_allowed(&picture.original);
        for file in files(&picture) {
            let seen = decoded(file);
            assert!(close(at(&seen, 0.2, 0.5), [220, 30, 30]), "{:?}", at(&seen, 0.2, 0.5));
            assert!(close(at(&seen, 0.8, 0.5), [30, 30, 220]), "{:?}", at(&seen, 0.8, 0.5));
        }
    }
}

#[test]
fn what_is_transparent_becomes_white_in_the_copies_only() {
    let half = RgbaImage::from_fn(420, 420, |_, y| Rgba([220, 30, 30, if y < 210 { 0 } else { 255 }]));
    let half = DynamicImage::from(half);
    let deep = DynamicImage::from(half.to_rgba16());
    let grey = DynamicImage::from(half.to_luma_alpha8());
    let deep_grey = DynamicImage::from(half.to_luma_alpha16());
    for upload in [
        made::png(&half),
        made::png(&deep),
        made::png(&grey),
        made::png(&deep_grey),
        full_webp(&half, 1),
        fixture(made::LOSSY_WEBP_WITH_ALPHA),
    ] {
        let picture = cleaned(upload.clone());
        only_what_is_allowed(&picture.original);
        same_pixels(&picture.original, &upload);
        for file in [&picture.screen, &picture.thumb] {
            let seen = decoded(file);
            assert!(close(at(&seen, 0.5, 0.1), WHITE));
            let [red, ..] = at(&decoded(&upload), 0.2, 0.9);
            assert!(at(&seen, 0.2, 0.9)[0].abs_diff(red) < 12);
        }
    }
}

#[test]
fn palettes_and_single_bits_are_drawn() {
    let palette = [chunk(b"PLTE", &[220, 30, 30, 30, 30, 220]), chunk(b"tRNS", &[255, 0])];
    let rows = [0, 0b0000_1111].repeat(8);
    let seen = decoded(&cleaned(raw_png((8, 8), 1, 3, &palette, &rows)).screen);
    assert!(close(at(&seen, 0.1, 0.5), [220, 30, 30]) && close(at(&seen, 0.9, 0.5), WHITE));
    let seen = decoded(&cleaned(raw_png((8, 8), 1, 0, &[], &rows)).screen);
    assert!(close(at(&seen, 0.1, 0.5), [0; 3]) && close(at(&seen, 0.9, 0.5), WHITE));
}

#[test]
fn a_colour_profile_is_kept_as_colour_and_nothing_else() {
    let before = made::display_p3();
    for (media_type, upload) in full(90, 60, 1) {
        let picture = cleaned(upload);
        let after = profile(&picture.original).unwrap();
        assert_eq!(profile(&picture.screen).as_ref(), Some(&after), "{media_type}");
        assert_eq!(profile(&picture.thumb).as_ref(), Some(&after));
        for tag in [b"wtpt", b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC"] {
            assert_eq!(icc_tag(&after, tag), icc_tag(&before, tag));
        }
        assert_eq!(icc_tag(&after, b"MSec"), None);
        assert!(icc_tag(&after, b"desc").is_some() && icc_tag(&after, b"cprt").is_some());
    }
}

fn icc_tag<'a>(profile: &'a [u8], name: &[u8; 4]) -> Option<&'a [u8]> {
    let word = |at: usize| u32::from_be_bytes(profile[at..at + 4].try_into().unwrap()) as usize;
    let entry = (0..word(128)).map(|tag| 132 + 12 * tag).find(|at| &profile[*at..at + 4] == name)?;
    Some(&profile[word(entry + 4)..][..word(entry + 8)])
}

#[test]
fn an_unsound_colour_profile_is_dropped() {
    let sound = made::display_p3();
    let with = |at: usize, bytes: &[u8]| {
        let mut profile = sound.clone();
        profile[at..at + bytes.len()].copy_from_slice(bytes);
        profile
    };
    for broken in [
        with(16, b"CMYK"),
        with(36, b"nope"),
        with(128, &[0xFF; 4]),
        with(132 + 4 * 12, b"none"),
        with(132 + 4 * 12 + 4, &[0xFF; 4]),
        with(132 + 4 * 12 + 8, &[0, 0, 0, 12]),
        sound[..sound.len() - 8].to_vec(),
        [&sound[..], &vec![0; 1_000_000]].concat(),
        Vec::new(),
    ] {
        let packed = [&b"name\0\0"[..], &made::deflate(&broken)].concat();
        let plain = made::png(&quarters(20, 20));
        let picture = cleaned(made::png_with(&plain, &[chunk(b"iCCP", &packed)], &[]));
        assert_eq!(profile(&picture.original), None);
        assert_eq!(profile(&picture.screen), None);
    }
}

#[test]
fn other_ways_to_tell_colours_are_followed() {
    let grey = DynamicImage::from(GrayImage::from_pixel(20, 20, Luma([55])));
    let gamma = made::png_with(&made::png(&grey), &[chunk(b"gAMA", &100_000_u32.to_be_bytes())], &[]);
    assert!(close(at(&decoded(&cleaned(gamma).screen), 0.5, 0.5), [128; 3]));

    let red = RgbaImage::from_pixel(20, 20, Rgba([200, 60, 60, 255]));
    let named = chunk(b"cICP", &[12, 13, 0, 1]);
    let named = made::png_with(&made::png(&red.into()), &[named], &[]);
    // By the matrices of Display P3 and sRGB.
    let seen = at(&decoded(&cleaned(named).screen), 0.5, 0.5);
    assert!(close(seen, [217, 42, 53]), "{seen:?}");
}

#[test]
fn other_files_are_refused_by_what_is_in_them() {
    for file in [
        &b""[..],
        b"\xFF\xD8",
        b"GIF89a\x01\0\x01\0\0\0\0;",
        b"%PDF-1.7",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
        b"RIFF\x04\0\0\0WAVE",
        b"BM",
    ] {
        assert_eq!(refusal(file), Refused::Type);
    }
    assert_eq!(refusal(&fixture(made::ANIMATED_WEBP)), Refused::Animated);
    let frames = riff(&[(b"VP8X", &[0; 10]), (b"ANMF", &[0; 24])]);
    assert_eq!(refusal(&frames), Refused::Animated);
}

#[test]
fn a_size_beyond_the_limit_is_refused_by_the_header_alone() {
    let max = Limits::default().pixels;
    let png = raw_png((60_000, 60_000), 8, 6, &[], &[]);
    assert_eq!(refusal(&png), Refused::Pixels { max, given: 3_600_000_000 });
    let deep = raw_png((8_000, 8_000), 16, 6, &[], &[]);
    assert_eq!(refusal(&deep), Refused::Pixels { max: max / 2, given: max });

    let mut jpeg = made::jpeg(&quarters(8, 8));
    let frame = jpeg.windows(2).position(|two| two == [0xFF, 0xC0]).unwrap();
    jpeg[frame + 5..frame + 9].fill(0xFF);
    assert_eq!(refusal(&jpeg), Refused::Pixels { max, given: 65_535 * 65_535 });

    let webp = riff(&[(b"VP8L", &[0x2F, 0xFF, 0xFF, 0xFF, 0x0F])]);
    assert_eq!(refusal(&webp), Refused::Pixels { max, given: 16_384 * 16_384 });

    let limits = Limits { bytes: 10, ..Limits::default() };
    assert_eq!(clean(vec![0; 11], &limits), Err(Refused::Bytes { max: 10 }));
}

#[test]
fn a_file_that_was_cut_short_is_refused_wherever_it_was_cut() {
    for (media_type, upload) in full(24, 16, 6) {
        let whole = cleaned(upload).original;
        for end in 12..whole.len() {
            assert_eq!(refusal(&whole[..end]), Refused::Damaged, "{media_type} cut at {end}");
        }
    }
}

#[test]
fn a_picture_is_never_printed() {
    let shown = format!("{:?}", cleaned(made::png(&quarters(4, 4))));
    assert!(shown.contains("screen: 6") && !shown.contains('['), "{shown}");
}

#[test]
fn no_damage_leads_further_than_a_refusal() {
    let mut seeds: Vec<Vec<u8>> = full(24, 16, 6).into_iter().map(|(_, file)| file).collect();
    seeds.extend([made::PROGRESSIVE_JPEG, made::CMYK_JPEG, made::LOSSY_WEBP_WITH_ALPHA].map(fixture));
    let mut dice = made::Dice(0x4EC0_2026);
    let limits = Limits { pixels: 1_000_000, ..Limits::default() };
    let mut taken = 0;
    for round in 0..2_000 {
        let mut file = seeds[round % seeds.len()].clone();
        for _ in 0..=dice.below(6) {
            let place = dice.below(file.len());
            match dice.below(6) {
                0 => file.truncate(place.max(1)),
                1 => file[place] = [0x00, 0xFF, 0x7F, 0x80][dice.below(4)],
                2 => drop(file.remove(place)),
                3 => file.insert(place, dice.below(256) as u8),
                4 => {
                    let end = (place + dice.below(64)).min(file.len());
                    let piece = file[place..end].to_vec();
                    file.extend(piece);
                }
                _ => file[place] ^= 1 << dice.below(8),
            }
            if file.is_empty() {
                break;
            }
        }
        if let Ok(picture) = clean(file, &limits) {
            taken += 1;
            for file in files(&picture) {
                only_what_is_allowed(file);
                decoded(file);
            }
            let again = clean(picture.original.clone(), &limits).unwrap();
            assert_eq!(again.original, picture.original, "round {round}");
        }
    }
    // Neither everything nor nothing, or the test would show little.
    assert!((200..1_800).contains(&taken), "{taken} of 2,000 were taken");
}
