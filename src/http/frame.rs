//! Pages: templates filled, in their frame.

use std::sync::LazyLock;

use fluent_bundle::FluentValue;
use minijinja::{
    Environment, ErrorKind, UndefinedBehavior, Value,
    syntax::SyntaxConfig,
    value::{Kwargs, Serde, ValueKind},
};
use poem::{Response, http::StatusCode};
use serde::Serialize;
use serde_json::json;

use crate::{
    app::{App, Described, Ending},
    error::{Error, Result},
    types::Scope,
};

use super::{
    assets::{self, WEB},
    auth::{Member, Visitor},
    form::Fields,
    messages::{plain, text},
    problem::Reader,
    words,
};

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).build() {
        environment.set_syntax(syntax);
    }
    environment.add_function("t", translate);
    environment.add_function("asset", |name: String| assets::url(&name));
    for folder in ["templates", "document"] {
        for file in WEB.get_dir(folder).into_iter().flat_map(include_dir::Dir::files) {
            let name = file.path().file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if let Some(source) = file.contents_utf8().filter(|_| name.ends_with(".html")) {
                // What does not parse is missing when it is asked for; a test renders every page.
                if let Err(error) = environment.add_template(name, source) {
                    tracing::error!(name, %error, "a template does not parse");
                }
            }
        }
    }
    environment
});

/// `t("key", count=3)` of the templates.
fn translate(key: String, kwargs: Kwargs) -> Result<String, minijinja::Error> {
    let mut args = Vec::new();
    for name in kwargs.args() {
        let value: Value = kwargs.get(name)?;
        let value = match value.kind() {
            ValueKind::Number => f64::try_from(value).map(FluentValue::from)?,
            ValueKind::String | ValueKind::Bool => FluentValue::from(value.to_string()),
            ValueKind::None | ValueKind::Undefined => FluentValue::from(String::new()),
            kind => {
                return Err(minijinja::Error::new(ErrorKind::InvalidOperation, format!("{key}: {name} is {kind}")));
            }
        };
        args.push((name, value));
    }
    Ok(text(&key, &args))
}

/// Fills a template that is no page: the portfolio's document.
///
/// # Errors
/// `Internal` where the template fails: a mistake of ours.
pub fn fill(template: &str, context: impl Serialize) -> Result<String> {
    TEMPLATES
        .get_template(template)
        .and_then(|template| template.render(Value::from(Serde(context))))
        .map_err(Error::internal)
}

/// A page that is about to be sent: its template, title and place in the navigation.
pub struct Page {
    template: &'static str,
    title: String,
    nav: &'static str,
    status: StatusCode,
    form: serde_json::Value,
}

impl Page {
    /// A page with a title from the catalogue.
    pub fn new(template: &'static str, nav: &'static str, title: impl Into<String>) -> Self {
        let form = json!({ "values": {}, "errors": [] });
        Self { template, title: title.into(), nav, status: StatusCode::OK, form }
    }

    /// A form that is shown again, with what was typed and what is wrong with it.
    #[must_use]
    pub fn refused(mut self, fields: &Fields, complaints: &[(String, String)]) -> Self {
        self.status = StatusCode::UNPROCESSABLE_ENTITY;
        self.form = form(fields, complaints);
        self
    }

    /// A form that is filled in already.
    #[must_use]
    pub fn filled(mut self, values: impl Serialize) -> Self {
        self.form = json!({ "values": values, "errors": [] });
        self
    }

    /// Answers with another status.
    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The page for a member.
    ///
    /// # Errors
    /// `Internal` where the template fails.
    pub fn show(self, member: &Member, context: impl Serialize) -> Result<Response> {
        let can_write = member.caller.scopes.has(Scope::RecordsWrite);
        let frame = self.frame(&member.app, Some(&member.described), can_write, &member.params, &member.path)?;
        self.send(frame, context)
    }

    /// The page for anybody.
    ///
    /// # Errors
    /// `Internal` where the template fails.
    pub fn show_visitor(self, visitor: &Visitor, context: impl Serialize) -> Result<Response> {
        let described = visitor.identity.as_ref().map(|(_, described)| described);
        let caller = visitor.identity.as_ref().and_then(|(identity, _)| identity.caller.as_ref());
        let can_write = caller.is_some_and(|caller| caller.scopes.has(Scope::RecordsWrite));
        let frame = self.frame(&visitor.app, described, can_write, &visitor.params, &visitor.path)?;
        self.send(frame, context)
    }

    fn frame(
        &self,
        app: &App,
        described: Option<&Described>,
        can_write: bool,
        params: &Fields,
        path: &str,
    ) -> Result<serde_json::Value> {
        // Whoever is not signed in yet may want to know whose door this is.
        let instance = if described.is_none() { app.instance_name()? } else { None };
        Ok(json!({
            "signed_in": described.is_some(),
            "operator": described.is_some_and(|described| described.operator),
            "account_name": described.map(|described| &described.account_name),
            "family_name": described.and_then(|described| described.family_name.as_ref()),
            "nav": self.nav,
            "can_write": can_write,
            "demo": app.config.demo,
            "title": self.title,
            "notice": notice(params),
            "path": path,
            "instance": instance,
            "setup": described.and_then(|described| described.unfinished),
            "learner": described.is_some_and(|described| described.is_learner),
            "door": described.and_then(|described| described.door.as_ref()),
            "families": described.map(families),
            "family": described.and_then(|described| described.family),
            "deletion": described.and_then(deletion),
            "drill_due": described.is_some_and(|described| described.drill_due) && !app.config.demo,
            "declares": described.is_some_and(|described| described.declares),
            "backups_fail": described.is_some_and(|described| described.operator)
                && app.backups_fail.load(std::sync::atomic::Ordering::Relaxed),
        }))
    }

    fn send(self, frame: serde_json::Value, context: impl Serialize) -> Result<Response> {
        let mut context = serde_json::to_value(context).map_err(Error::internal)?;
        context["frame"] = frame;
        context["form"] = self.form;
        Ok(html(self.status, fill(self.template, context)?))
    }
}

/// The families that somebody may go to.
fn families(described: &Described) -> Vec<serde_json::Value> {
    described.other_families.iter().map(|(id, name)| json!({ "id": id, "name": name })).collect()
}

/// What owners and carers of a family are told that is to be deleted.
fn deletion(described: &Described) -> Option<serde_json::Value> {
    let Ending { by, due, may_stop } = described.deletion.as_ref()?;
    Some(json!({ "by": by, "due": words::full(due.date_in(&described.zone)), "may_stop": may_stop }))
}

/// A page without anybody's data, for errors: it must not fail itself.
pub fn bare(
    status: StatusCode,
    template: &'static str,
    title: &str,
    reader: Reader,
    context: serde_json::Value,
) -> Response {
    let frame = json!({
        "signed_in": reader != Reader::Stranger, "learner": reader == Reader::Child, "account_name": null, "family_name": null, "nav": "", "can_write": false,
        "demo": false, "title": title, "notice": null, "path": "",
    });
    let page = Page { status, ..Page::new(template, "", title) };
    page.send(frame, context).unwrap_or_else(|error| {
        tracing::error!(?error, "the error page failed");
        Response::builder().status(status).content_type("text/plain; charset=utf-8").body(title.to_owned())
    })
}

/// The page that unlocks the store: the only one there is until then.
pub fn locked(complaint: Option<String>) -> Response {
    let status = if complaint.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let frame = json!({
        "signed_in": false, "account_name": null, "family_name": null, "nav": "", "can_write": false,
        "demo": false, "title": plain("title-unlock"), "notice": null, "path": "/unlock", "locked": true,
    });
    let complaints: Vec<_> = complaint.into_iter().map(|words| ("password".to_owned(), words)).collect();
    let page = Page::new("unlock.html", "", "").status(status);
    let page = Page { form: form(&Fields::default(), &complaints), ..page };
    page.send(frame, json!({})).unwrap_or_else(|error| {
        tracing::error!(?error, "the unlock page failed");
        Response::builder().status(StatusCode::INTERNAL_SERVER_ERROR).body(())
    })
}

/// What everybody reads until the instance is set up.
pub fn not_set_up() -> Response {
    bare(StatusCode::SERVICE_UNAVAILABLE, "not_set_up.html", &plain("title-not-set-up"), Reader::Stranger, json!({}))
}

fn html(status: StatusCode, body: String) -> Response {
    Response::builder()
        .status(status)
        .content_type("text/html; charset=utf-8")
        .extension(super::compress::Compressible)
        .body(body)
}

fn form(fields: &Fields, complaints: &[(String, String)]) -> serde_json::Value {
    let errors: Vec<_> = in_order(fields, complaints)
        .into_iter()
        .map(|(field, message)| json!({ "field": field, "message": message }))
        .collect();
    json!({ "values": fields.shown(), "errors": errors })
}

/// Complaints in the order of the page, which is the one in which a browser sends its fields. What was not sent, as boxes
/// that nobody ticked, stays behind what stood before it.
fn in_order<'a>(fields: &Fields, complaints: &'a [(String, String)]) -> Vec<&'a (String, String)> {
    let sent = fields.pairs();
    let mut place = 0;
    let mut placed: Vec<_> = complaints
        .iter()
        .map(|complaint| {
            place = sent.iter().position(|(name, _)| *name == complaint.0).unwrap_or(place);
            (place, complaint)
        })
        .collect();
    placed.sort_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, complaint)| complaint).collect()
}

/// What a page before this one did: `?notice=entry-deleted&undo=<entry>`. Words come from the catalogue only: nobody
/// makes HEC say something by a link, and no name of a child stands in an address. How many are left of something is a
/// small number.
fn notice(params: &Fields) -> serde_json::Value {
    let Some(key) = params.optional("notice").filter(|key| key.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
    else {
        return json!(null);
    };
    let Some(_) = super::messages::optional(&format!("notice-{key}")) else { return json!(null) };
    let undo = params.optional("undo").and_then(crate::types::EntryId::parse);
    let left = params.get("left").parse::<u8>().ok().filter(|left| *left <= 10);
    let Some(left) = left.or((key != "recovery-used").then_some(0)) else { return json!(null) };
    json!({
        "text": text(&format!("notice-{key}"), &[("left", left.into())]),
        "undo": undo.map(|id| json!({ "action": format!("/entries/{id}/restore") })),
    })
}
