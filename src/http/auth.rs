//! Who is asking: for the API a [`Caller`], for pages a [`Member`] or a [`Visitor`].

use std::{ops::Deref, sync::Arc};

use poem::{
    FromRequest, Request, RequestBody,
    http::{Method, header},
};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaOAuthFlow, MetaOAuthFlows, MetaOAuthScope, MetaSecurityScheme, Registry},
};

use crate::{
    app::{App, Described},
    error::{Error, Result},
    types::{AccountId, Caller, Credential, Identity, Role, Scope, Standing},
};

use super::{cookie, firewall::allowed::Allowed, form::Params, guard, programs};

/// The scheme whose requirements name scopes.
pub(super) const APP: &str = "oauth2";
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
        let scope = |scope: Scope| MetaOAuthScope { name: scope.as_str(), description: Some(scope.about()) };
        let flow = MetaOAuthFlow {
            authorization_url: Some("/oauth/authorize"),
            token_url: Some(programs::TOKEN),
            refresh_url: Some(programs::TOKEN),
            scopes: Scope::ALL.into_iter().map(scope).collect(),
        };
        let none =
            MetaOAuthFlows { implicit: None, password: None, client_credentials: None, authorization_code: None };
        let flows = MetaOAuthFlows { authorization_code: Some(flow), ..none };
        let app = scheme(
            "oauth2",
            "An app that somebody let in: the authorisation code flow with PKCE (S256). \
             `/.well-known/oauth-authorization-server` tells more (RFC 8414).",
        );
        registry.create_security_scheme(APP, MetaSecurityScheme { flows: Some(flows), ..app });
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
        vec![APP, BEARER, COOKIE]
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

/// Whether a token was sent: one that lets nobody in is dead or unknown (RFC 6750, section 3.1).
pub(super) fn brings_token(request: &Request) -> bool {
    matches!(bearer(request), Ok(Some(token)) if !token.is_empty())
}

/// What an address says of a page that is come back to after a form of it was not taken.
pub const UNSENT: &str = "notice=confirmed";

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
    /// Whether the person proved lately enough who they are.
    pub fn is_confirmed(&self) -> bool {
        let standing = self.identity.as_ref().and_then(|(identity, _)| identity.standing);
        standing.is_some_and(|standing| standing.is_confirmed(self.app.clock().now()))
    }

    /// The same, for what is not done without.
    ///
    /// # Errors
    /// `Elsewhere`, which leads them to where they can, and back to the page that they asked for or that the form
    /// stands on.
    pub fn confirm(&self, request: &Request) -> Result<()> {
        self.confirm_for(page_of(request))
    }

    /// The same, where another page is come back to.
    ///
    /// # Errors
    /// As for [`confirm`](Self::confirm).
    pub fn confirm_for(&self, next: String) -> Result<()> {
        if self.is_confirmed() { Ok(()) } else { Err(Error::Elsewhere { at: "/sign-in/again", next }) }
    }

    /// The same page for whoever a session is that has just begun.
    ///
    /// # Errors
    /// `Internal` only.
    pub fn entered(&self, secret: &str) -> Result<Self> {
        let (app, path, params) = (self.app.clone(), self.path.clone(), self.params.clone());
        let identity = app.db.read(|tx| {
            let identity = app.identify(tx, Credential::Session(secret))?;
            identity.map(|identity| Ok((identity.clone(), app.describe(tx, &identity)?))).transpose()
        })?;
        Ok(Self { app, identity, path, params })
    }

    fn is_learner(&self) -> bool {
        let caller = self.identity.as_ref().and_then(|(identity, _)| identity.caller.as_ref());
        caller.is_some_and(|caller| caller.role == Role::Learner)
    }

    /// The same as one of the adults of a family.
    ///
    /// # Errors
    /// `NotSignedIn`, `NoFamily`, `Elsewhere`, `ForAdults`.
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
        let Some(caller) = identity.caller else {
            // Who belongs to no family has an account all the same; who looks after the instance has its pages.
            let at = match path.as_str() {
                "/account" => "/account/security",
                "/" if described.operator => "/admin",
                _ => return Err(Error::NoFamily),
            };
            return Err(Error::Elsewhere { at, next: path });
        };
        Ok(Self(Member { app, caller, described, path, params }))
    }
}

impl Member {
    /// Today, where the family lives.
    pub fn today(&self) -> crate::types::Date {
        self.app.clock().now().date_in(&self.described.zone)
    }
}

/// For pages of an account: an adult who is signed in by a session, whether or not they belong to a family.
pub struct SignedIn {
    visitor: Visitor,
    /// Whose account it is.
    pub account: AccountId,
    /// The same in words.
    pub described: Described,
    /// The session.
    pub standing: Standing,
}

impl Deref for SignedIn {
    type Target = Visitor;
    fn deref(&self) -> &Visitor {
        &self.visitor
    }
}

impl<'a> FromRequest<'a> for SignedIn {
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> poem::Result<Self> {
        let visitor = <Visitor as FromRequest>::from_request(request, body).await?;
        // A learner has no account: for them there is no such page.
        if visitor.is_learner() { Err(Error::NotFound("page").into()) } else { Ok(Self::of(visitor)?) }
    }
}

impl SignedIn {
    fn of(visitor: Visitor) -> Result<Self> {
        let (identity, described) = visitor.identity.clone().ok_or(Error::NotSignedIn)?;
        let standing = identity.standing.ok_or(Error::NotSignedIn)?;
        Ok(Self { visitor, account: identity.account, described, standing })
    }

    /// Whether the session opens the operator's pages now. For everybody else there are none.
    ///
    /// # Errors
    /// `NotFound`; `Elsewhere`, which leads an operator to where they open them.
    pub fn open(&self, request: &Request) -> Result<()> {
        if !self.described.operator {
            return Err(Error::NotFound("page"));
        }
        if self.standing.operator_until.is_some_and(|until| self.app.clock().now() < until) {
            return Ok(());
        }
        Err(Error::Elsewhere { at: "/admin/open", next: page_of(request) })
    }

    /// The same as a member of a family.
    ///
    /// # Errors
    /// `Forbidden` for an account that belongs to none.
    pub fn into_member(self) -> Result<(Member, Standing)> {
        let Self { visitor: Visitor { app, identity, path, params }, described, standing, .. } = self;
        let caller = identity.and_then(|(identity, _)| identity.caller);
        let caller = caller.ok_or(Error::Forbidden("a place in a family"))?;
        Ok((Member { app, caller, described, path, params }, standing))
    }
}

/// For what must not be done by whoever finds a device open: a member who proved within a quarter of an hour who they
/// are. Everybody else is asked again first, and comes back to the page that they asked for, or that the form stands on.
pub struct Confirmed {
    /// Who is asking.
    pub member: Member,
    /// The session.
    pub standing: Standing,
}

impl<'a> FromRequest<'a> for Confirmed {
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> poem::Result<Self> {
        let visitor = <Visitor as FromRequest>::from_request(request, body).await?;
        if visitor.is_learner() {
            return Err(Error::ForAdults.into());
        }
        let signed_in = SignedIn::of(visitor)?;
        signed_in.confirm(request)?;
        let (member, standing) = signed_in.into_member()?;
        Ok(Self { member, standing })
    }
}

/// The page that a request asks for, or that its form stands on: where somebody comes back to. A form was not taken, which
/// the page says.
fn page_of(request: &Request) -> String {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let uri = request.uri();
    match request.extensions().get::<Arc<Allowed>>() {
        Some(allowed) if !reads => format!("{}?{UNSENT}", allowed.page_of(uri.path())),
        _ => uri.path_and_query().map_or("/", |asked| asked.as_str()).to_owned(),
    }
}
