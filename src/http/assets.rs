//! Files of `web/`, embedded in the binary.

use std::{collections::HashMap, sync::LazyLock};

use flate2::Compression;
use include_dir::{Dir, include_dir};
use poem::{Request, Response, handler, http::header, web::Path};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

use super::compress;

/// Templates, messages, assets and the document's parts.
pub static WEB: Dir = include_dir!("$CARGO_MANIFEST_DIR/web");

static VERSIONS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let files = WEB.get_dir("assets").into_iter().flat_map(Dir::files);
    files
        .filter_map(|file| {
            let name = file.path().file_name()?.to_str()?.to_owned();
            let digest = Sha256::digest(file.contents());
            Some((name, data_encoding::HEXLOWER.encode(&digest[..6])))
        })
        .collect()
});

/// Assets under their names, compressed once.
static COMPRESSED: LazyLock<HashMap<String, Vec<u8>>> = LazyLock::new(|| {
    let files = WEB.get_dir("assets").into_iter().flat_map(Dir::files);
    files
        .filter_map(|file| {
            let name = file.path().file_name()?.to_str()?.to_owned();
            Some((name, compress::gzip(file.contents(), Compression::best())))
        })
        .collect()
});

/// The address of an asset: it changes with the content, so browsers may keep it for good.
pub fn url(name: &str) -> String {
    VERSIONS.get(name).map_or_else(|| format!("/assets/{name}"), |version| format!("/assets/{name}?v={version}"))
}

/// The text of a file of `web/`.
///
/// # Errors
/// `Internal` where there is none: a mistake of ours.
pub fn read(path: &str) -> Result<&'static str> {
    let file = WEB.get_file(path).and_then(|file| file.contents_utf8());
    file.ok_or_else(|| Error::broken(format!("web/{path} is missing")))
}

/// Sends an asset.
#[handler]
pub fn serve(request: &Request, Path(name): Path<String>) -> Result<Response> {
    let missing = || Error::NotFound("page");
    let file = WEB.get_file(format!("assets/{name}")).ok_or_else(missing)?;
    let media_type = match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webmanifest") => "application/manifest+json",
        _ => return Err(missing()),
    };
    let reply = Response::builder()
        .content_type(media_type)
        .header(header::VARY, "Accept-Encoding")
        .header(header::CACHE_CONTROL, "public, max-age=31536000, immutable");
    Ok(match COMPRESSED.get(&name).filter(|_| compress::is_accepted(request.headers())) {
        Some(bytes) => {
            let mut reply = reply.body(bytes.as_slice());
            compress::mark(&mut reply);
            reply
        }
        None => reply.body(file.contents()),
    })
}
