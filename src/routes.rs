//! Every URL and the OpenAPI document, and nothing else.

use std::sync::OnceLock;

use poem::{Endpoint, EndpointExt, Request, Response, handler, http::StatusCode, web::Data};
use poem_openapi::OpenApiService;
use serde_json::{Value, json};

use crate::{
    accounts::{
        self,
        browser::{beside::Offers, ceremony::Ceremonies},
        pages::{declaration, passkeys},
    },
    admin::{self, fresh::Fresh, wizard},
    app::App,
    entries,
    error::{Error, Result},
    families,
    http::{
        assets,
        auth::Visitor,
        firewall::Firewall,
        frame::Page,
        guard::Guard,
        messages::plain,
        methods::{FORM, Pages, get, post, post_program},
        observe::Observed,
        openapi, trust,
    },
    learners::{self, pages::parting},
    oauth, portfolio,
};

/// The whole site, guarded.
pub fn site(app: &App) -> impl Endpoint<Output = Response> + use<> {
    let api = service(app);
    let (routes, mut allowed) = Pages::default()
        .at("/", get(entries::pages::journal))
        .at("/setup", get(admin::joining::setup_form).post(admin::joining::setup))
        .at("/setup/name", get(wizard::name::form).post(wizard::name::save))
        .at("/setup/address", get(wizard::address::show).post(wizard::address::pass))
        .at("/setup/keys", get(wizard::keys::show).post(wizard::keys::pass))
        .at("/setup/keys/new", post(wizard::keys::make))
        .at("/setup/keys/check", get(wizard::keys::ask_back).post(wizard::keys::check))
        .at("/setup/learner", get(wizard::learner::form).post(wizard::learner::add))
        .at("/setup/done", get(wizard::done::show).post(wizard::done::finish))
        .at("/register", get(admin::joining::register_form).post(admin::joining::register))
        .at("/sign-in", get(accounts::pages::sign_in_form).post(accounts::pages::sign_in))
        .at("/password-check", post(accounts::meter::tell).up_to(accounts::meter::MAX_SENT))
        .at("/passkeys/challenge", post(passkeys::challenge).up_to(passkeys::MAX_ASKED))
        .at("/sign-in/code", get(accounts::pages::code::form).post(accounts::pages::code::take))
        .at("/sign-in/forgotten", get(accounts::pages::forgotten::form).post(accounts::pages::forgotten::ask))
        .at("/sign-in/again", get(accounts::pages::again::form).post(accounts::pages::again::confirm))
        .at("/reset", get(accounts::pages::reset::form).post(accounts::pages::reset::take))
        .at("/sign-out", post(accounts::pages::sign_out))
        .at("/entries/new", get(entries::form::new).post_files(entries::form::add, entries::form::MAX_SENT))
        .at("/entries/deleted", get(entries::pages::deleted))
        .at("/entries/:id", get(entries::pages::show))
        .at("/entries/:id/edit", get(entries::form::edit).post_files(entries::form::change, entries::form::MAX_SENT))
        .at("/entries/:id/voice", post(entries::pages::speak))
        .at("/entries/:id/star", post(entries::pages::star))
        .at("/entries/:id/again", post(entries::pages::again))
        .at("/entries/:id/delete", post(entries::pages::delete))
        .at("/entries/:id/restore", post(entries::pages::restore))
        .at("/media/:id/:size", get(entries::media::show))
        .at("/search", get(entries::pages::find))
        .at("/learners", get(learners::pages::list).post(learners::pages::add))
        .at("/learners/:id", get(entries::pages::learner).post(learners::pages::change))
        .at("/learners/:id/archive", post(learners::pages::archive))
        .at("/learners/:id/unarchive", post(learners::pages::unarchive))
        .at("/subjects", get(learners::pages::subjects).post(learners::pages::add_subject))
        .at("/subjects/:id", post(learners::pages::change_subject))
        .at("/subjects/:id/archive", post(learners::pages::archive_subject))
        .at("/subjects/:id/unarchive", post(learners::pages::unarchive_subject))
        .at("/portfolio", get(portfolio::pages::list).post(portfolio::pages::add))
        .at("/portfolio/:id", get(portfolio::pages::show))
        .at("/portfolio/:id/document", get(portfolio::pages::preview))
        .at("/portfolio/:id/download", get(portfolio::pages::download))
        .at("/portfolio/:id/delete", post(portfolio::pages::remove))
        .at("/learners/:id/sign-in", get(learners::sign_in_pages::show).post(learners::sign_in_pages::set_words))
        .at("/learners/:id/sign-in/end", post(learners::sign_in_pages::end))
        .at("/learners/:id/sign-in/address", post(learners::sign_in_pages::renew))
        .at("/learner/:id", get(learners::sign_in_pages::doorstep).post(learners::sign_in_pages::enter))
        .at("/family", get(families::pages::overview).post(families::pages::change))
        .at("/family/found", post(admin::joined::begin_own))
        .at("/family/join", get(admin::joined::join_form).post(admin::joined::join))
        .at("/family/invitations", post(families::pages::invite))
        .at("/family/invitations/:id/withdraw", post(families::pages::withdraw))
        .at("/family/members/:id", post(parting::set_role))
        .at("/family/members/:id/remove", get(parting::ask_to_remove).post(parting::remove))
        .at("/family/leave", get(families::pages::ask_to_leave).post(families::pages::leave))
        .at("/family/delete", get(families::pages::ask_to_delete).post(families::pages::delete))
        .at("/family/delete/withdraw", post(families::pages::keep))
        .at("/family/log", get(families::pages::log))
        .at("/family/room", get(entries::room::show))
        .at("/family/switch", post(families::pages::switch))
        .at("/account", get(oauth::pages::account))
        .at("/account/declaration", get(declaration::form).post(declaration::take))
        .at("/account/details", get(accounts::pages::details::form).post(accounts::pages::details::take))
        .at("/account/email", get(accounts::pages::email::form).post(accounts::pages::email::take))
        .at("/account/email/confirm", get(accounts::pages::email::ask).post(accounts::pages::email::confirm))
        .at("/account/email/check", post(accounts::pages::email::check))
        .at("/account/email/again", post(accounts::pages::email::again))
        .at("/account/email/cancel", post(accounts::pages::email::cancel))
        .at("/account/apps", get(oauth::apps_pages::list).post(oauth::apps_pages::register))
        .at("/account/apps/grants/:id/revoke", post(oauth::apps_pages::revoke))
        .at("/account/apps/:id/delete", post(oauth::apps_pages::delete))
        .at("/account/tokens", post(oauth::pages::make_token))
        .at("/account/tokens/:id/revoke", post(oauth::pages::revoke_token))
        .at("/account/security", get(accounts::pages::security::show))
        .at("/account/security/devices/:id/end", post(accounts::pages::security::end))
        .at("/account/security/devices/end", post(accounts::pages::security::end_others))
        .at("/account/security/password", get(accounts::pages::password::form).post(accounts::pages::password::change))
        .at("/account/security/factor", get(accounts::pages::factor::form).post(accounts::pages::factor::confirm))
        .at("/account/security/factor/code.svg", get(accounts::pages::factor::picture))
        .at("/account/security/codes", post(accounts::pages::factor::new_codes))
        .at("/account/security/factor/off", get(accounts::pages::factor::off_form).post(accounts::pages::factor::off))
        .at("/account/security/passkeys/new", get(passkeys::form).post(passkeys::add))
        .at("/account/security/passkeys/:id/name", post(passkeys::rename))
        .at("/account/security/passkeys/:id/remove", post(passkeys::remove))
        .at("/admin/open", get(admin::pages::open::form).post(admin::pages::open::open))
        .at("/admin", get(admin::pages::overview))
        .at("/admin/invitations", get(admin::inviting::list).post(admin::inviting::make))
        .at("/admin/invitations/:id/withdraw", post(admin::inviting::withdraw))
        .at("/admin/families", get(admin::families::list))
        .at("/admin/families/:id", get(admin::families::show_one).post(admin::families::allow))
        .at("/admin/log", get(admin::acts::show))
        .at("/admin/mail", get(admin::messages::show))
        .at("/admin/mail/test", post(admin::messages::test))
        .at("/admin/support", get(admin::pages::support))
        .at("/admin/backups", get(admin::backups::list))
        .at("/admin/backups/now", post(admin::backups::now))
        .at("/admin/recovery", get(admin::recovery::form).post(admin::recovery::check))
        .at("/admin/sheet", get(admin::sheet::show))
        .at("/admin/apps", get(admin::apps::list))
        .at("/admin/apps/:id/approve", post(admin::apps::approve))
        .at("/admin/apps/:id/remove", post(admin::apps::remove))
        .at("/.well-known/oauth-authorization-server", get(oauth::endpoints::metadata::metadata))
        .at("/oauth/authorize", get(oauth::endpoints::authorize::ask).post(oauth::endpoints::authorize::decide))
        .at("/oauth/token", post_program(oauth::endpoints::token::give, FORM))
        .at("/oauth/revoke", post_program(oauth::endpoints::token::end, FORM))
        .at("/oauth/register", post_program(oauth::endpoints::register::register, "application/json"))
        .at("/help", get(help))
        .at("/help/leaving", get(leaving))
        .at("/help/dpia", get(admin::papers::dpia))
        .at("/help/dpia.md", get(admin::papers::dpia_file))
        .at("/help/privacy-notice", get(admin::papers::notice))
        .at("/help/privacy-notice.md", get(admin::papers::notice_file))
        .at("/privacy", get(privacy))
        .at("/docs", get(docs))
        .at(trust::PAGE, get(trusting))
        .at(trust::ROOT, get(trusting))
        .at(trust::CODE, get(trusting))
        .at("/openapi.json", get(openapi_json))
        .at("/health/live", get(alive))
        .at("/health/ready", get(ready))
        .at("/assets/:name", get(assets::serve))
        .finish();
    let described: Value = serde_json::from_str(&api.spec()).unwrap_or_default();
    allowed.note_document(&described);
    let routes = routes.nest_no_strip("/api/v1", api);
    let patterns = allowed.patterns();
    let guarded = Guard::new(
        app.clone(),
        routes
            .data(app.clone())
            .data(Ceremonies::new(&app.config, &app.edge.addresses, app.clock()))
            .data(Offers::new(app.clock()))
            .data(Fresh::default()),
    );
    Observed::new(patterns, Firewall::new(app, allowed, guarded))
}

type Apis = (oauth::api::Api, learners::api::Api, entries::api::Api, portfolio::api::Api);

fn service(app: &App) -> OpenApiService<Apis, ()> {
    let app = || app.clone();
    let apis = (
        oauth::api::Api { app: app() },
        learners::api::Api { app: app() },
        entries::api::Api { app: app() },
        portfolio::api::Api { app: app() },
    );
    OpenApiService::new(apis, "HEC", env!("CARGO_PKG_VERSION"))
        .description("A private record of home education. Dates are civil dates in the family's time zone; ids are UUIDs in lower case.")
        .license(poem_openapi::LicenseObject::new("Apache-2.0").url("https://www.apache.org/licenses/LICENSE-2.0"))
}

/// The OpenAPI document.
///
/// # Errors
/// `Internal` where the document is not JSON: a mistake of ours.
pub fn openapi_document(app: &App) -> Result<Value> {
    let document = serde_json::from_str(&service(app).spec()).map_err(Error::internal)?;
    Ok(openapi::finish(document))
}

#[handler]
fn openapi_json(Data(app): Data<&App>) -> Result<Response> {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    let document = match DOCUMENT.get() {
        Some(document) => document,
        None => {
            let document = openapi_document(app)?.to_string();
            DOCUMENT.get_or_init(|| document)
        }
    };
    Ok(Response::builder().content_type("application/json").body(document.as_str()))
}

/// The same for people: a page without scripts.
#[handler]
fn docs(visitor: Visitor) -> Result<Response> {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    let document = match DOCUMENT.get() {
        Some(document) => document,
        None => {
            let document = openapi_document(&visitor.app)?;
            DOCUMENT.get_or_init(|| document)
        }
    };
    Page::new("docs.html", "docs", plain("title-docs")).show_visitor(&visitor, json!({ "document": document }))
}

#[handler]
fn help(visitor: Visitor) -> Result<Response> {
    Page::new("help.html", "help", plain("title-help")).show_visitor(&visitor, json!({}))
}

/// What to change, in which order, for somebody who leaves.
#[handler]
fn leaving(visitor: Visitor) -> Result<Response> {
    Page::new("leaving.html", "help", plain("title-leaving")).show_visitor(&visitor, json!({}))
}

#[handler]
fn privacy(visitor: Visitor) -> Result<Response> {
    Page::new("privacy.html", "privacy", plain("title-privacy")).show_visitor(&visitor, json!({}))
}

/// How a device is made to trust this house.
#[handler]
fn trusting(request: &Request, Data(app): Data<&App>) -> Result<Response> {
    trust::answer(request.uri().path(), request, &app.edge).ok_or(Error::NotFound("page"))
}

/// The process runs.
#[handler]
fn alive() -> Response {
    Response::builder().content_type("application/json").body(r#"{"status":"pass"}"#)
}

/// The store can be read. Where it can't, it says why: whoever watches must look after the disk.
#[handler]
fn ready(Data(app): Data<&App>) -> Response {
    match app.db.read(accounts::any) {
        Ok(_) => Response::builder().content_type("application/json").body(r#"{"status":"pass"}"#),
        Err(error) => {
            tracing::error!(%error, "not ready");
            let response = Response::builder().status(StatusCode::SERVICE_UNAVAILABLE);
            let body = json!({ "status": "fail", "output": error.to_string() });
            response.content_type("application/json").body(body.to_string())
        }
    }
}
