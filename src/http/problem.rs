//! Errors on the wire: `application/problem+json` (RFC 9457) under `/api`, a page elsewhere.

use poem::{
    Response,
    error::ResponseError,
    http::{HeaderValue, StatusCode, header},
};
use poem_openapi::{
    ApiResponse,
    registry::{MetaResponses, Registry},
};
use serde_json::{Map, Value, json};

use crate::error::{Error, Invalid};

use super::{
    firewall::Refusal,
    frame,
    messages::{self, plain},
    programs,
};

/// The type of the problem that a family's pictures may take no more room. Every other one is told by its status.
pub const FAMILY_ALLOWANCE: &str = "urn:hec:problem:family-allowance";

impl ResponseError for Error {
    fn status(&self) -> StatusCode {
        match self {
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::NotSignedIn => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) | Self::ForAdults | Self::NoFamily => StatusCode::FORBIDDEN,
            Self::Elsewhere { .. } | Self::CrossSite => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::OtherFamily => StatusCode::CONFLICT,
            Self::Stale => StatusCode::PRECONDITION_FAILED,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Busy | Self::NotSetUp | Self::Unavailable | Self::Locked => StatusCode::SERVICE_UNAVAILABLE,
            Self::Full => StatusCode::INSUFFICIENT_STORAGE,
            Self::Refused(_) | Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// Errors are described once for every operation, when the document is finished (`routes.rs`).
impl ApiResponse for Error {
    fn meta() -> MetaResponses {
        MetaResponses { responses: Vec::new() }
    }

    fn register(_: &mut Registry) {}
}

/// What is told about an error, whoever asks.
struct Told {
    status: StatusCode,
    detail: Option<String>,
    invalid: Vec<Invalid>,
    /// The id under which the cause was logged.
    id: Option<String>,
}

/// Sorts any error: ours, and those that poem raises before a handler runs.
fn tell(error: &poem::Error) -> Told {
    let ours = error.downcast_ref::<Error>();
    let status = error.status();
    let mut told = Told { status, detail: None, invalid: Vec::new(), id: None };
    match ours {
        Some(Error::Invalid(invalid)) => told.invalid = invalid.clone(),
        Some(Error::Internal(_) | Error::Refused(_)) => told.id = Some(logged(error)),
        Some(Error::Malformed(why)) => told.detail = Some(why.clone()),
        Some(Error::CrossSite) => told.detail = Some(plain("problem-cross-site-detail")),
        Some(ours) => told.detail = Some(ours.to_string()),
        None => {
            if let Some(param) = error.downcast_ref::<poem_openapi::error::ParseParamError>() {
                told.status = StatusCode::UNPROCESSABLE_ENTITY;
                let reason = param.reason.clone();
                told.invalid = vec![Invalid::new(param.name, "error-parameter").with("reason", reason)];
            } else if let Some(refusal) = error.downcast_ref::<Refusal>() {
                told.detail = Some(refusal.to_string());
            } else if status.is_server_error() {
                told.id = Some(logged(error));
            }
        }
    }
    told
}

/// Logs a cause under a new id. The cause holds no content of a record: rows are never quoted in errors.
fn logged(error: &poem::Error) -> String {
    let id = uuid::Uuid::now_v7().to_string();
    let source = error.downcast_ref::<Error>().and_then(std::error::Error::source).map(ToString::to_string);
    tracing::error!(%id, error = %error, source, "internal error");
    id
}

/// The error as JSON, for whoever sent a token: where that lets nobody in, the reply says so (RFC 6750, section 3.1).
pub fn json_by_token(error: &poem::Error) -> Response {
    let mut response = json(error);
    if response.status() == StatusCode::UNAUTHORIZED {
        let why = "Bearer realm=\"HEC\", error=\"invalid_token\", \
             error_description=\"The token is unknown, has ended or was revoked\"";
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(why));
    }
    response
}

/// What is wrong with a field, in the words of the API: people write dates as they like, programs in one way.
fn complaint(invalid: &Invalid) -> String {
    match invalid.message {
        "error-not-a-date" => messages::complaint(&Invalid { message: "error-date-iso", ..invalid.clone() }),
        _ => messages::complaint(invalid),
    }
}

/// The error as JSON.
pub fn json(error: &poem::Error) -> Response {
    let told = tell(error);
    let code = told.status.as_u16();
    let mut body = Map::new();
    let is_full = told.invalid.iter().any(|one| one.code() == "allowance");
    body.insert("type".to_owned(), json!(if is_full { FAMILY_ALLOWANCE } else { "about:blank" }));
    body.insert("title".to_owned(), json!(title(told.status)));
    body.insert("status".to_owned(), json!(code));
    if !told.invalid.is_empty() {
        let detail: Vec<String> = told.invalid.iter().map(|one| format!("{}: {}", one.field, complaint(one))).collect();
        body.insert("detail".to_owned(), json!(detail.join(" ")));
        body.insert("errors".to_owned(), told.invalid.iter().map(field).collect());
    } else if let Some(detail) = told.detail {
        body.insert("detail".to_owned(), json!(detail));
    }
    if let Some(id) = told.id {
        body.insert("instance".to_owned(), json!(format!("urn:uuid:{id}")));
    }
    let mut response = Response::builder()
        .status(told.status)
        .content_type("application/problem+json")
        .body(Value::Object(body).to_string());
    finish(&mut response);
    if told.status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"HEC\""));
    }
    response
}

/// The error as programs read it that speak OAuth: a status, and the nearest of RFC 6749's words.
pub fn oauth(error: &poem::Error) -> Response {
    let told = tell(error);
    let word = match told.status {
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS | StatusCode::INSUFFICIENT_STORAGE => {
            "temporarily_unavailable"
        }
        status if status.is_server_error() => "server_error",
        _ => "invalid_request",
    };
    let why = told.detail.unwrap_or_else(|| told.status.canonical_reason().unwrap_or("Error").to_owned());
    let mut response = programs::error(told.status, word, &why.replace(['"', '\\'], "'"));
    finish(&mut response);
    response
}

/// Who reads a page that tells of an error, as far as that can be told without the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Nobody who is signed in.
    Stranger,
    /// Somebody with a session.
    SignedIn,
    /// A child who signed in.
    Child,
}

impl Reader {
    /// What the cookie says.
    pub fn with_session(has: bool) -> Self {
        if has { Self::SignedIn } else { Self::Stranger }
    }
}

/// The error as a page.
pub fn page(error: &poem::Error, reader: Reader) -> Response {
    let told = tell(error);
    let code = told.status.as_u16();
    let (mut heading, mut text) = match error.downcast_ref::<Error>() {
        Some(Error::CrossSite) => (plain("problem-cross-site"), plain("problem-cross-site-text")),
        Some(Error::ForAdults) => (plain("problem-for-adults"), plain("problem-for-adults-text")),
        Some(Error::OtherFamily) => (plain("problem-other-family"), plain("problem-other-family-text")),
        Some(Error::NoFamily) => (plain("problem-no-family"), plain("problem-no-family-text")),
        Some(Error::Locked) => (plain("title-unlock"), plain("unlock-text")),
        Some(Error::Unavailable) => (plain("problem-unavailable"), plain("problem-unavailable-text")),
        _ => {
            let text = messages::optional(&format!("problem-{code}-text"));
            (title(told.status), text.unwrap_or_else(|| plain("problem-500-text")))
        }
    };
    // Somebody who was writing has more to lose than somebody who was reading.
    if told.status == StatusCode::UNAUTHORIZED {
        (heading, text) = (plain("problem-signed-out"), plain("problem-signed-out-text"));
    }
    for invalid in &told.invalid {
        text = messages::complaint(invalid);
    }
    let reader = if told.status == StatusCode::UNAUTHORIZED { Reader::Stranger } else { reader };
    let no_family = matches!(error.downcast_ref::<Error>(), Some(Error::NoFamily));
    let told_of = json!({
        "status": code, "heading": heading, "text": text, "id": told.id, "no_family": no_family, "child": reader == Reader::Child,
    });
    let context = json!({ "error": told_of });
    let mut response = frame::bare(told.status, "error.html", &heading, reader, context);
    finish(&mut response);
    response
}

fn field(invalid: &Invalid) -> Value {
    let mut one = Map::new();
    one.insert("field".to_owned(), json!(invalid.field));
    one.insert("code".to_owned(), json!(invalid.code()));
    one.insert("detail".to_owned(), json!(complaint(invalid)));
    for (name, value) in &invalid.args {
        let value = value.parse::<i64>().map_or_else(|_| json!(value), |number| json!(number));
        one.insert((*name).to_owned(), value);
    }
    Value::Object(one)
}

fn title(status: StatusCode) -> String {
    messages::optional(&format!("problem-{}", status.as_u16()))
        .unwrap_or_else(|| status.canonical_reason().unwrap_or("Error").to_owned())
}

/// Headers that a status calls for.
fn finish(response: &mut Response) {
    let status = response.status();
    if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::INSUFFICIENT_STORAGE) {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}
