//! Every URL and the OpenAPI document, and nothing else.

use poem::{Endpoint, EndpointExt, Response, Route, get, handler, http::StatusCode, post, web::Data};
use poem_openapi::OpenApiService;
use serde_json::{Map, Value, json};

use crate::{
    accounts, admin,
    app::App,
    entries,
    error::{Error, Result},
    http::{assets, auth::Visitor, frame::Page, guard::Guard, messages::plain},
    learners, oauth, portfolio,
};

/// The whole site, guarded.
pub fn site(app: &App) -> impl Endpoint<Output = Response> + use<> {
    let api = service(app);
    let routes = Route::new()
        .at("/", get(entries::pages::journal))
        .at("/setup", get(admin::joining::setup_form).post(admin::joining::setup))
        .at("/register", get(admin::joining::register_form).post(admin::joining::register))
        .at("/sign-in", get(accounts::pages::sign_in_form).post(accounts::pages::sign_in))
        .at("/sign-out", post(accounts::pages::sign_out))
        .at("/entries/new", get(entries::form::new).post(entries::form::add))
        .at("/entries/:id", get(entries::pages::show))
        .at("/entries/:id/edit", get(entries::form::edit).post(entries::form::change))
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
        .at("/account", get(oauth::pages::account))
        .at("/account/tokens", post(oauth::pages::make_token))
        .at("/account/tokens/:id/revoke", post(oauth::pages::revoke_token))
        .at("/help", get(help))
        .at("/privacy", get(privacy))
        .at("/docs", get(docs))
        .at("/openapi.json", get(openapi))
        .at("/health/live", get(alive))
        .at("/health/ready", get(ready))
        .at("/assets/:name", get(assets::serve))
        .nest_no_strip("/api/v1", api);
    Guard::new(app.clone(), routes.data(app.clone()))
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

/// The OpenAPI document, with what poem-openapi can't say added: unset values are `null`, and every error is a
/// problem (RFC 9457).
///
/// # Errors
/// `Internal` where the document is not JSON: a mistake of ours.
pub fn openapi_document(app: &App) -> Result<Value> {
    let mut document: Value = serde_json::from_str(&service(app).spec()).map_err(Error::internal)?;
    if let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        schemas.values_mut().for_each(say_what_is_null);
        schemas.insert("Problem".to_owned(), problem_schema());
    }
    let paths = document.pointer_mut("/paths").and_then(Value::as_object_mut);
    let operations =
        paths.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut).flat_map(Map::values_mut);
    for operation in operations {
        if let Some(responses) = operation.pointer_mut("/responses").and_then(Value::as_object_mut) {
            for (status, description) in PROBLEMS {
                let problem = json!({ "$ref": "#/components/schemas/Problem" });
                let content = json!({ "application/problem+json": { "schema": problem } });
                responses.insert((*status).to_owned(), json!({ "description": description, "content": content }));
            }
        }
    }
    Ok(document)
}

/// What any operation may answer instead.
const PROBLEMS: &[(&str, &str)] = &[
    ("400", "The request can't be read."),
    ("401", "No token or session, or one that has ended."),
    ("403", "The token lacks a scope, or the request came from another site."),
    ("404", "No such thing, or not yours: the two are never told apart."),
    ("412", "Changed meanwhile, or the id is taken by other content."),
    ("413", "Too large."),
    ("415", "Another media type is needed."),
    ("422", "A field is wrong: `errors` names each with its bound."),
    ("503", "Busy, or not set up yet: try again."),
    ("507", "The disk is full: nothing was written."),
    ("default", "Anything else."),
];

/// A property that is not required may be `null`; in what is sent it is always there.
fn say_what_is_null(schema: &mut Value) {
    let required: Vec<String> = schema
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        .unwrap_or_default();
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
    for (name, property) in properties {
        if !required.contains(name)
            && property.get("default").is_none()
            && let Some(property) = property.as_object_mut()
        {
            property.insert("nullable".to_owned(), json!(true));
        }
    }
}

fn problem_schema() -> Value {
    json!({
        "type": "object",
        "description": "What went wrong (RFC 9457).",
        "required": ["type", "title", "status"],
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer", "format": "int32" },
            "detail": { "type": "string" },
            "instance": { "type": "string", "description": "The id under which the cause was logged." },
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "description": "One wrong field; its bounds stand beside it (`min`, `max`, `options`).",
                    "required": ["field", "code", "detail"],
                    "properties": {
                        "field": { "type": "string", "description": "Its path: `voices.0.words`." },
                        "code": { "type": "string" },
                        "detail": { "type": "string" },
                    },
                },
            },
        },
    })
}

#[handler]
fn openapi(Data(app): Data<&App>) -> Result<Response> {
    let document = openapi_document(app)?;
    Ok(Response::builder().content_type("application/json").body(document.to_string()))
}

/// The same for people: a page without scripts.
#[handler]
fn docs(visitor: Visitor) -> Result<Response> {
    let document = openapi_document(&visitor.app)?;
    Page::new("docs.html", "docs", plain("title-docs")).show_visitor(&visitor, json!({ "document": document }))
}

#[handler]
fn help(visitor: Visitor) -> Result<Response> {
    Page::new("help.html", "help", plain("title-help")).show_visitor(&visitor, json!({}))
}

#[handler]
fn privacy(visitor: Visitor) -> Result<Response> {
    Page::new("privacy.html", "privacy", plain("title-privacy")).show_visitor(&visitor, json!({}))
}

/// The process runs.
#[handler]
fn alive() -> Response {
    Response::builder().content_type("application/json").body(r#"{"status":"pass"}"#)
}

/// The store can be read.
#[handler]
fn ready(Data(app): Data<&App>) -> Response {
    match app.db.read(accounts::any) {
        Ok(_) => Response::builder().content_type("application/json").body(r#"{"status":"pass"}"#),
        Err(error) => {
            tracing::error!(%error, "not ready");
            let response = Response::builder().status(StatusCode::SERVICE_UNAVAILABLE);
            response.content_type("application/json").body(r#"{"status":"fail"}"#)
        }
    }
}
