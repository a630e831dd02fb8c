//! An address as a picture that a phone reads.

use qrcode::{EcLevel, QrCode, render::svg};

use crate::error::{Error, Result};

/// The text as an SVG file.
///
/// # Errors
/// `Internal` for more text than a code holds.
pub fn picture(text: &str) -> Result<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(Error::internal)?;
    Ok(code.render::<svg::Color<'_>>().min_dimensions(240, 240).build())
}

/// The text as an SVG element, to stand in a page.
///
/// # Errors
/// As for [`picture`].
pub fn svg(text: &str) -> Result<String> {
    let picture = picture(text)?;
    Ok(picture.find("<svg").map_or(picture.clone(), |at| picture[at..].to_owned()))
}
