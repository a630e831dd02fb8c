//! Files in and out of the API: an upload is the body itself, a download a stream.

use poem::{IntoResponse, Request, RequestBody, Response};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ApiResponse, ExtractParamOptions,
    payload::{Binary, Payload},
    registry::{MetaMediaType, MetaRequest, MetaResponse, MetaResponses, Registry},
};

use sha2::{Digest, Sha256};
use tokio::sync::OwnedSemaphorePermit;

use crate::{app::App, error::Error};

use super::body;

/// The most bytes of an uploaded file.
pub const MAX_UPLOAD: usize = 25_000_000;

/// A picture as the body. What it is, its bytes tell.
pub struct Upload {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its place in memory: few uploads are read at a time, the others wait in their sockets.
    _place: OwnedSemaphorePermit,
}

impl Upload {
    /// SHA-256 of the file.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(&self.bytes).into()
    }
}

impl<'a> ApiExtractor<'a> for Upload {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn request_meta() -> Option<MetaRequest> {
        Some(MetaRequest { description: None, content: media_types(&PICTURES), required: true })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let app = request.data::<App>().ok_or_else(|| Error::broken("the app is not in the request"))?;
        let place = app.uploads.clone().acquire_owned().await.map_err(Error::internal)?;
        Ok(Self { bytes: body::take(body, MAX_UPLOAD).await?, _place: place })
    }
}

const PICTURES: [&str; 3] = ["image/jpeg", "image/png", "image/webp"];

fn media_types(names: &[&'static str]) -> Vec<MetaMediaType> {
    names.iter().map(|name| MetaMediaType { content_type: name, schema: Binary::<Vec<u8>>::schema_ref() }).collect()
}

/// A picture as the reply.
pub struct PictureReply(pub Response);

/// A document as the reply.
pub struct DocumentReply(pub Response);

impl IntoResponse for PictureReply {
    fn into_response(self) -> Response {
        self.0
    }
}

impl IntoResponse for DocumentReply {
    fn into_response(self) -> Response {
        self.0
    }
}

fn reply(description: &'static str, status: u16, content: Vec<MetaMediaType>) -> MetaResponse {
    MetaResponse { description, status: Some(status), status_range: None, content, headers: Vec::new() }
}

impl ApiResponse for PictureReply {
    fn meta() -> MetaResponses {
        let responses = vec![
            reply("The picture.", 200, media_types(&PICTURES)),
            reply("The caller has it already (`If-None-Match`).", 304, Vec::new()),
        ];
        MetaResponses { responses }
    }

    fn register(_: &mut Registry) {}
}

impl ApiResponse for DocumentReply {
    fn meta() -> MetaResponses {
        MetaResponses { responses: vec![reply("The document.", 200, media_types(&["text/html"]))] }
    }

    fn register(_: &mut Registry) {}
}
