//! Between an upload and its row: the picture is cleaned, its files are stored, and files are sent.

use std::io::{self, Read as _};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use poem::{
    Body, Response, handler,
    http::{HeaderValue, StatusCode, header},
    web::Path,
};
use sha2::{Digest, Sha256};

use crate::{
    app::App,
    error::{Error, Invalid, Result},
    http::auth::Reader,
    store::{Blob, BlobReader, Blobs, blobs::seal::CHUNK},
    types::{AttachmentId, BlobId},
};

use super::{
    Attachment, Cleaned, Files, Size, attachment,
    pictures::{self, Limits, Refused},
};

/// Cleans a picture and stores its three files, durably. No row names them yet.
///
/// # Errors
/// `Invalid` on `field`, with the bound, for what is no picture, too large or damaged; `Full`.
pub async fn store(app: &App, field: &str, filename: &str, upload: Vec<u8>) -> Result<Cleaned> {
    let (blobs, now) = (app.blobs.clone(), app.clock().now());
    let field = field.to_owned();
    let filename = file_name(filename);
    app.pictures
        .run(move || {
            let digest = Sha256::digest(&upload).into();
            let picture = pictures::clean(upload, &Limits::default()).map_err(|refused| complaint(&field, &refused))?;
            let mut stored = Vec::with_capacity(3);
            for bytes in [&picture.original, &picture.screen, &picture.thumb] {
                match blobs.put(bytes, now) {
                    Ok(blob) => stored.push(blob),
                    Err(error) => {
                        remove(&blobs, stored.iter().map(|blob| blob.id));
                        return Err(error);
                    }
                }
            }
            let [original, screen, thumb] =
                <[Blob; 3]>::try_from(stored).map_err(|_| Error::broken("a picture has three files"))?;
            Ok(Cleaned {
                filename: if filename.is_empty() { default_name(picture.media_type) } else { filename },
                media_type: picture.media_type,
                bytes: picture.original.len() as u64,
                width: picture.width,
                height: picture.height,
                files: Files { original, screen, thumb },
                digest,
            })
        })
        .await?
}

/// Removes files that no row came to name, or names any more. What can't be removed now is swept later.
pub fn discard(app: &App, files: impl IntoIterator<Item = Files>) {
    remove(&app.blobs, files.into_iter().flat_map(|files| files.ids()));
}

/// [`discard`] after a transaction that failed: only where it was certainly not committed. What an uncertain commit may
/// name stays, and is swept later if nothing does.
pub fn discard_refused(app: &App, error: &Error, files: impl IntoIterator<Item = Files>) {
    if error.is_refusal() {
        discard(app, files);
    }
}

fn remove(blobs: &Blobs, ids: impl IntoIterator<Item = BlobId>) {
    for id in ids {
        if let Err(error) = blobs.remove(id) {
            tracing::warn!(%error, "a file that nobody needs could not be removed; it will be swept");
        }
    }
}

/// The name without its folders, at most 200 characters, no control characters.
fn file_name(raw: &str) -> String {
    let name = raw.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    name.chars().filter(|c| !c.is_control()).take(200).collect()
}

fn default_name(media_type: &str) -> String {
    format!("photo.{}", media_type.rsplit('/').next().unwrap_or("jpeg"))
}

fn complaint(field: &str, refused: &Refused) -> Error {
    let invalid = |message| Invalid::new(field, message);
    match refused {
        Refused::Type => invalid("error-picture-type"),
        Refused::Bytes { max } => invalid("error-picture-bytes").with("max", max / 1_000_000),
        Refused::Pixels { max, .. } => invalid("error-picture-pixels").with("max", max / 1_000_000),
        Refused::Damaged => invalid("error-picture-damaged"),
        Refused::Animated => invalid("error-picture-animated"),
    }
    .into()
}

/// `/media/{attachment}/{size}`: a picture on a page.
#[handler]
pub async fn show(
    Reader(member): Reader,
    request: &poem::Request,
    Path((id, size)): Path<(String, String)>,
) -> Result<Response> {
    let missing = || Error::NotFound("attachment");
    let id = AttachmentId::parse(&id).ok_or_else(missing)?;
    let size = Size::ALL.into_iter().find(|(word, _)| *word == size).ok_or_else(missing)?.1;
    let (_, attachment) = member.app.db.read(|tx| attachment(tx, &member.caller, id))?;
    let keep = if member.params.optional("v").is_some() { Keep::ForGood } else { Keep::Ask };
    send(&member.app, request, &attachment, size, keep).await
}

/// How long a client may use what it got without asking again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// The address names the file's version.
    ForGood,
    /// The picture may be replaced under this address.
    Ask,
}

/// One file of a picture.
///
/// # Errors
/// `Internal` where the file is missing or its first chunk damaged.
pub async fn send(
    app: &App,
    request: &poem::Request,
    attachment: &Attachment,
    size: Size,
    keep: Keep,
) -> Result<Response> {
    let (blob, media_type) = match size {
        Size::Original => (&attachment.files.original, attachment.media_type),
        Size::Screen => (&attachment.files.screen, "image/jpeg"),
        Size::Thumb => (&attachment.files.thumb, "image/jpeg"),
    };
    let tag = format!("\"{}\"", blob.id);
    let mut response = Response::builder()
        .header(header::ETAG, &tag)
        .header(
            header::CACHE_CONTROL,
            if keep == Keep::ForGood { "private, max-age=31536000, immutable" } else { "private, no-cache" },
        )
        .header(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'; sandbox")
        .header(header::VARY, "Cookie, Authorization");
    if request.header(header::IF_NONE_MATCH).is_some_and(|known| known.split(',').any(|one| one.trim() == tag)) {
        return Ok(response.status(StatusCode::NOT_MODIFIED).body(()));
    }
    // The first chunk is proven before the status is sent; damage further on can only break the reply off.
    let (blobs, wanted) = (app.blobs.clone(), blob.clone());
    let opened = tokio::task::spawn_blocking(move || chunk(blobs.reader(&wanted)?).map_err(Error::from));
    let (first, rest) = opened.await.map_err(Error::internal)??;
    response = response.content_type(media_type).header(header::CONTENT_LENGTH, blob.len);
    let head = request.method() == poem::http::Method::HEAD;
    let mut response = response.body(if head { Body::empty() } else { body(blob.id, first, rest) });
    let disposition = disposition("inline", &attachment.filename);
    response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    Ok(response)
}

/// A file as a stream of chunks, each read on a thread that may block. The length was promised, so a client sees that
/// a reply was broken off.
fn body(id: BlobId, first: Bytes, rest: BlobReader) -> Body {
    let rest = stream::try_unfold(rest, move |rest| async move {
        let read = tokio::task::spawn_blocking(move || chunk(rest)).await.map_err(io::Error::other).flatten();
        let (bytes, rest) = read.inspect_err(|error| {
            tracing::error!(blob = %id, %error, "a reply was broken off: a file cannot be read");
        })?;
        Ok::<_, io::Error>(if bytes.is_empty() { None } else { Some((bytes, rest)) })
    });
    Body::from_bytes_stream(stream::iter([Ok(first)]).chain(rest))
}

/// The next chunk; empty at the end.
fn chunk(mut reader: BlobReader) -> io::Result<(Bytes, BlobReader)> {
    let mut bytes = Vec::with_capacity(CHUNK);
    (&mut reader).take(CHUNK as u64).read_to_end(&mut bytes)?;
    Ok((bytes.into(), reader))
}

/// `Content-Disposition` with a name of any characters (RFC 6266, RFC 8187).
pub fn disposition(kind: &str, name: &str) -> HeaderValue {
    const KEPT: &percent_encoding::AsciiSet =
        &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || " -._()".contains(c) { c } else { '_' }).collect();
    let encoded = percent_encoding::utf8_percent_encode(name, KEPT);
    HeaderValue::from_str(&format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{encoded}"))
        .unwrap_or_else(|_| HeaderValue::from_static("attachment"))
}
