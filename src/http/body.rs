//! JSON bodies: malformed is 400, a bad field 422 with its path, too large 413, another type 415.

use poem::{Request, RequestBody, http::header};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    payload::{Json, Payload},
    registry::{MetaMediaType, MetaRequest, Registry},
    types::Type,
};
use serde::de::DeserializeOwned;

use crate::error::{Error, Invalid, Result};

/// The most bytes of a JSON body.
pub const MAX: usize = 512 * 1024;

/// A JSON body of this type. Unknown fields are refused where the type says so.
pub struct Body<T>(pub T);

impl<'a, T: Type + DeserializeOwned + Send> ApiExtractor<'a> for Body<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        Json::<T>::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        let content = vec![MetaMediaType { content_type: Json::<T>::CONTENT_TYPE, schema: Json::<T>::schema_ref() }];
        Some(MetaRequest { description: None, content, required: true })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let media_type = request.header(header::CONTENT_TYPE).unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case("application/json") {
            return Err(Error::MediaType.into());
        }
        let bytes = take(body, MAX).await?;
        Ok(Self(parse(&bytes)?))
    }
}

/// Bytes of a body up to a bound.
///
/// # Errors
/// `TooLarge`, naming the bound.
pub async fn take(body: &mut RequestBody, max: usize) -> Result<Vec<u8>> {
    let body = body.take().map_err(|_| Error::Malformed("the request has no body".to_owned()))?;
    let bytes = body.into_bytes_limit(max).await.map_err(|error| match error {
        poem::error::ReadBodyError::PayloadTooLarge => Error::TooLarge { max: max as u64 },
        poem::error::ReadBodyError::Io(why) if why.kind() == std::io::ErrorKind::FileTooLarge => {
            Error::TooLarge { max: max as u64 }
        }
        _ => Error::Malformed("the body ended early".to_owned()),
    })?;
    Ok(bytes.into())
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let parsed = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let mut path: Vec<String> = error.path().iter().map(segment).collect();
        let inner = error.into_inner();
        // Of a body that is malformed further on, its first field's fault is not the news.
        if inner.is_data() && serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok() {
            // "unknown field `x`, expected …" and "invalid type: …, expected …": serde's own words name no content
            // but the value that was sent.
            let reason = inner.to_string();
            let reason = reason.rsplit_once(" at line").map_or(reason.as_str(), |(reason, _)| reason).to_owned();
            path.extend(missing(&reason).map(str::to_owned));
            Error::from(Invalid::new(path.join("."), "error-json").with("reason", reason))
        } else {
            Error::Malformed(format!("the body is not JSON: {inner}"))
        }
    })?;
    json.end().map_err(|error| Error::Malformed(format!("the body is not JSON: {error}")))?;
    Ok(parsed)
}

/// A step of a field's path, as rules spell it: `voices.0.words`.
fn segment(segment: &serde_path_to_error::Segment) -> String {
    use serde_path_to_error::Segment;
    match segment {
        Segment::Seq { index } => index.to_string(),
        Segment::Map { key } => key.clone(),
        Segment::Enum { variant } => variant.clone(),
        Segment::Unknown => "?".to_owned(),
    }
}

/// The field that serde misses: it stands in its words only.
fn missing(reason: &str) -> Option<&str> {
    reason.strip_prefix("missing field `")?.strip_suffix('`')
}
