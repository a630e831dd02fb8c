//! The one tag that is kept: which way up.

use image::metadata::Orientation;

/// What an EXIF block (TIFF header onwards) says; upright where it says nothing that makes sense.
pub(super) fn orientation(tiff: &[u8]) -> Orientation {
    Orientation::from_exif_chunk(tiff).unwrap_or(Orientation::NoTransforms)
}

/// A fresh EXIF block that holds the orientation and nothing else; none where the picture is upright.
pub(super) fn block(orientation: Orientation) -> Option<[u8; 26]> {
    if orientation == Orientation::NoTransforms {
        return None;
    }
    let mut tiff = *b"MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0";
    tiff[19] = orientation.to_exif();
    Some(tiff)
}
