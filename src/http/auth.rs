//! Who is asking: for the API a [`Caller`], for pages a [`Member`] or a [`Visitor`].

use poem::{FromRequest, Request, RequestBody, http::header};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaSecurityScheme, Registry},
};

use crate::{
    app::{App, Described},
    error::{Error, Result},
    types::{Caller, Credential, Identity, Role},
};

use super::{cookie, form::Params, guard};

const BEARER: &str = "bearer";
const COOKIE: &str = "session";

/// For the API: a bearer token (RFC 6750), or the session cookie with proof that our own page sent it.
impl<'a> ApiExtractor<'a> for Caller {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        let scheme = |ty, description| MetaSecurityScheme {
            ty,
            description: Some(description),
            name: None,
            key_in: None,
            scheme: None,
            bearer_format: None,
            flows: None,
            openid_connect_url: None,
        };
        let bearer = scheme("http", "A personal access token, made on the account page.");
        registry.create_security_scheme(BEARER, MetaSecurityScheme { scheme: Some("bearer"), ..bearer });
        let session = scheme(
            "apiKey",
            "The session cookie; `Sec-Fetch-Site: same-origin` or a matching `Origin` must come with it.",
        );
        registry.create_security_scheme(
            COOKIE,
            MetaSecurityScheme { name: Some("hec"), key_in: Some("cookie"), ..session },
        );
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![BEARER, COOKIE]
    }

    async fn from_request(request: &'a Request, _: &mut RequestBody, _: ExtractParamOptions<()>) -> poem::Result<Self> {
        let by_cookie = bearer(request)?.is_none() && cookie::session(request).is_some();
        if by_cookie && !guard::is_same_origin(request) {
            return Err(Error::CrossSite.into());
        }
        let identity = identity(request).await?;
        Ok(identity.and_then(|identity| identity.caller).ok_or(Error::NotSignedIn)?)
    }
}

/// The token of an `Authorization` header. Another scheme, or a token without one, is nobody's.
fn bearer(request: &Request) -> Result<Option<&str>> {
    let Some(value) = request.headers().get(header::AUTHORIZATION) else { return Ok(None) };
    let value = value.to_str().map_err(|_| Error::NotSignedIn)?;
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim())),
        _ => Err(Error::NotSignedIn),
    }
}

/// How long a reader waits for the note that it was there.
const NOTING: std::time::Duration = std::time::Duration::from_millis(500);

/// What a request's credential proves: the firewall looks once, and hands it on.
#[derive(Debug, Clone)]
pub struct Proved(pub Option<Identity>);

/// What a request brings.
enum Brought {
    Session(String),
    Token(String),
}

impl Brought {
    /// Under `/api` a bearer token stands before the session's cookie, whatever it is worth.
    fn by(request: &Request) -> Result<Option<Self>> {
        if super::is_api(request.uri().path())
            && let Some(token) = bearer(request)?
        {
            return Ok(Some(Self::Token(token.to_owned())));
        }
        Ok(cookie::session(request).map(Self::Session))
    }

    fn credential(&self) -> Credential<'_> {
        match self {
            Self::Session(secret) => Credential::Session(secret),
            Self::Token(secret) => Credential::Token(secret),
        }
    }
}

/// Proves the credential of a request, if it brings one.
///
/// # Errors
/// `NotSignedIn` for a header that is no bearer token; `Internal`.
pub fn prove(app: &App, request: &Request) -> Result<Proved> {
    let brought = Brought::by(request)?;
    let identify = |brought: Brought| app.db.read(|tx| app.identify(tx, brought.credential()));
    Ok(Proved(brought.map(identify).transpose()?.flatten()))
}

async fn identity(request: &Request) -> Result<Option<Identity>> {
    let app = app(request)?;
    let Proved(identity) = match request.extensions().get::<Proved>() {
        Some(proved) => proved.clone(),
        None => prove(app, request)?,
    };
    if identity.as_ref().is_some_and(|identity| identity.stale)
        && let Some(brought) = Brought::by(request)?
    {
        let noting = app.clone();
        let noted = app.db.write(move |tx| noting.note_use(tx, brought.credential()));
        // The note is not what was asked for: reading goes on when the disk is full, and while the store is being
        // written anew nobody waits for it.
        drop(tokio::time::timeout(NOTING, noted).await);
    }
    Ok(identity)
}

fn app(request: &Request) -> Result<&App> {
    request.data::<App>().ok_or_else(|| Error::broken("the app is not in the request"))
}

/// For pages that anybody may see.
pub struct Visitor {
    /// The instance.
    pub app: App,
    /// Who is signed in, if somebody is.
    pub identity: Option<(Identity, Described)>,
    /// The path asked for.
    pub path: String,
    /// The query.
    pub params: super::form::Fields,
}

impl<'a> FromRequest<'a> for Visitor {
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> poem::Result<Self> {
        let app = app(request)?.clone();
        let Params(params) = <Params as FromRequest>::from_request(request, body).await?;
        let path = request.uri().path().to_owned();
        let identity = identity(request).await?;
        let described = identity.as_ref().map(|identity| app.db.read(|tx| app.describe(tx, identity))).transpose()?;
        Ok(Self { app, identity: identity.zip(described), path, params })
    }
}

impl Visitor {
    /// The same as one of the adults of a family.
    ///
    /// # Errors
    /// `NotSignedIn`, `NoFamily`, `ForAdults`.
    pub fn member(self) -> Result<Member> {
        let Reader(member) = Reader::of(self)?;
        if member.caller.role == Role::Learner { Err(Error::ForAdults) } else { Ok(member) }
    }
}

/// For pages of the record: signed in, and a member of a family; one of its adults.
pub struct Member {
    /// The instance.
    pub app: App,
    /// Who is asking.
    pub caller: Caller,
    /// The same in words.
    pub described: Described,
    /// The path asked for.
    pub path: String,
    /// The query.
    pub params: super::form::Fields,
}

impl<'a> FromRequest<'a> for Member {
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> poem::Result<Self> {
        Ok(<Visitor as FromRequest>::from_request(request, body).await?.member()?)
    }
}

/// For the pages that a child reads too who signed in: everybody who belongs to the family.
pub struct Reader(pub Member);

impl<'a> FromRequest<'a> for Reader {
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> poem::Result<Self> {
        Ok(Self::of(<Visitor as FromRequest>::from_request(request, body).await?)?)
    }
}

impl Reader {
    fn of(visitor: Visitor) -> Result<Self> {
        let Visitor { app, identity, path, params } = visitor;
        let (identity, described) = identity.ok_or(Error::NotSignedIn)?;
        let caller = identity.caller.ok_or(Error::NoFamily)?;
        Ok(Self(Member { app, caller, described, path, params }))
    }
}

impl Member {
    /// Today, where the family lives.
    pub fn today(&self) -> crate::types::Date {
        self.app.clock().now().date_in(&self.described.zone)
    }
}
