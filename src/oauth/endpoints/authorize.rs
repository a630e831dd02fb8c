//! `/oauth/authorize`: a person decides whether an app comes in, to which family, to what and to whose record.
//!
//! Nothing is sent to an app before somebody has signed in, and never to an address that the app has not registered, nor
//! on behalf of an app that nobody approved (RFC 9700, section 4.11).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use poem::{
    Request, Response, handler,
    http::{HeaderValue, Method, StatusCode, header},
};
use serde_json::{Value, json};

use crate::{
    accounts::log::Noted,
    error::{Error, Result},
    families,
    http::{
        auth::{UNSENT, Visitor},
        form::Fields,
        frame::Page,
        messages::{complaint, plain, text},
        programs, query_value, see_other,
    },
    learners::{self, Learner},
    oauth::{
        codes::{self, Decision},
        identify,
        pages::label_key,
        redirect::{self, Target, target},
        refusal::Refusal,
        request::{self, Asked, Asker, Stop},
    },
    types::{AccountId, Caller, FamilyId, LearnerId, Role, Scope, Scopes, Secret},
};

use super::{metadata::AUTHORIZE, network};

/// Asks.
#[handler]
pub fn ask(visitor: Visitor, request: &Request) -> Result<Response> {
    let visit = match visit(&visitor, request)? {
        Step::Decide(visit) => visit,
        Step::Answer(response) => return Ok(response),
    };
    visitor.confirm(request)?;
    visit.show(&visitor, None)
}

/// Decides. Only who proved lately who they are lets an app in; keeping it out is everybody's.
#[handler]
pub async fn decide(visitor: Visitor, request: &Request, fields: Fields) -> Result<Response> {
    let visit = match visit(&visitor, request)? {
        Step::Decide(visit) => visit,
        Step::Answer(response) => return Ok(response),
    };
    let back = |extra: &[(&str, &str)]| answer(request, &visit.asker, extra);
    if fields.get("decision") != "allow" {
        let Refusal { error, why } = Refusal::DENIED;
        return Ok(back(&[("error", error), ("error_description", why)]));
    }
    // What was asked stands in the address: with it the page comes back.
    visitor.confirm_for(format!("{AUTHORIZE}?{}&{UNSENT}", visit.query(&visitor)))?;
    let decision = match visit.decision(&fields) {
        Ok(decision) => decision,
        Err(Error::Invalid(invalid)) => {
            let complaints: Vec<_> = invalid.iter().map(|one| (one.field.clone(), complaint(one))).collect();
            return visit.show(&visitor, Some((&fields, &complaints)));
        }
        Err(other) => return Err(other),
    };
    let secret = Secret::random().map_err(Error::internal)?;
    let (hash, network) = (secret.hash(), network(request));
    let name = visitor.identity.as_ref().map(|(_, described)| described.account_name.clone()).unwrap_or_default();
    let (caller, asker, asked) = (visit.caller.clone(), visit.asker.clone(), visit.asked.clone());
    let issued = visitor.app.db.write(move |tx| {
        let noted = Noted { by: &name, network: &network, ..Noted::default() };
        codes::issue(tx, &caller, &asker, &asked, decision, hash, &noted)
    });
    issued.await?;
    Ok(back(&[("code", secret.expose())]))
}

/// What comes next.
enum Step {
    /// Somebody decides.
    Decide(Box<Visit>),
    /// There is nothing to decide.
    Answer(Response),
}

/// A request that can be decided, of somebody in one family.
struct Visit {
    asker: Asker,
    asked: Asked,
    caller: Caller,
    family: String,
    /// Whether there are others to choose from.
    one_of_many: bool,
    learners: Vec<Learner>,
}

fn visit(visitor: &Visitor, request: &Request) -> Result<Step> {
    let pairs = visitor.params.pairs();
    let asker = match visitor.app.db.read(|tx| request::asker(tx, &pairs))? {
        Ok(asker) => asker,
        Err(Stop::App) => return stop(visitor, "app", None).map(Step::Answer),
        Err(Stop::Redirect) => return stop(visitor, "redirect", None).map(Step::Answer),
    };
    let (identity, _) = visitor.identity.as_ref().ok_or(Error::NotSignedIn)?;
    let account = identity.account;
    // A learner has no account, and lets nobody in.
    if identity.caller.as_ref().is_some_and(|caller| caller.role == Role::Learner) {
        return stop(visitor, "family", Some(&asker)).map(Step::Answer);
    }
    if !asker.app.is_open_to(account) {
        return stop(visitor, "approval", Some(&asker)).map(Step::Answer);
    }
    let asked = match request::asked(&pairs) {
        Ok(asked) => asked,
        Err(Refusal { error, why }) => {
            let back = answer(request, &asker, &[("error", error), ("error_description", why)]);
            let answer = if came_by_form(request) { lead_back(visitor, &asker, why, back)? } else { back };
            return Ok(Step::Answer(answer));
        }
    };
    let families = families_of(visitor, account)?;
    let chosen = visitor.params.optional("family").and_then(FamilyId::parse);
    let chosen = match (chosen, &families[..]) {
        (_, []) => return stop(visitor, "family", Some(&asker)).map(Step::Answer),
        (_, [only]) => Some(only),
        (Some(chosen), _) => families.iter().find(|(caller, _)| caller.family == chosen),
        (None, _) => None,
    };
    let Some((caller, family)) = chosen else { return choose(visitor, &asker, &families).map(Step::Answer) };
    if asked.scopes.and(caller.scopes).is_empty() {
        return stop(visitor, "rights", Some(&asker)).map(Step::Answer);
    }
    let mut learners = visitor.app.db.read(|tx| learners::all(tx, caller))?;
    learners.sort_by_key(|learner| learner.archived);
    let (caller, family) = (caller.clone(), family.clone());
    let one_of_many = families.len() > 1;
    Ok(Step::Decide(Box::new(Visit { asker, asked, caller, family, one_of_many, learners })))
}

/// The families that the account belongs to, with what it may do there.
fn families_of(visitor: &Visitor, account: AccountId) -> Result<Vec<(Caller, String)>> {
    visitor.app.db.read(|tx| {
        let mut all = Vec::new();
        for member in families::memberships(tx, account)? {
            if let Some(caller) = identify::member(tx, account, member.family)? {
                all.push((caller, families::get(tx, member.family)?.name));
            }
        }
        Ok(all)
    })
}

impl Visit {
    /// What may be decided about: no more than was asked for, and than the person may do themselves.
    fn offered(&self) -> Scopes {
        self.asked.scopes.and(self.caller.scopes)
    }

    /// What was decided.
    ///
    /// # Errors
    /// `Invalid` on `allow` and `learner`; `Malformed` for what the page did not offer.
    fn decision(&self, fields: &Fields) -> Result<Decision> {
        use crate::error::{Complaints, Invalid};
        let strange = || Error::Malformed("the form names what the page did not offer".to_owned());
        let allowed = fields.all("allow").map(Scope::parse).collect::<Option<Vec<_>>>().ok_or_else(strange)?;
        let scopes = Scopes::of(&allowed);
        if scopes != scopes.and(self.offered()) {
            return Err(strange());
        }
        let mut complaints = Complaints::new();
        if scopes.is_empty() {
            complaints.add(Invalid::new("allow", "error-app-nothing"));
        }
        let learners = match fields.get("learners") {
            "all" => None,
            "some" => {
                let known = |id: &LearnerId| self.learners.iter().any(|learner| learner.id == *id);
                let chosen = fields.all("learner").map(|id| LearnerId::parse(id).filter(known));
                let chosen = chosen.collect::<Option<Vec<_>>>().ok_or_else(strange)?;
                if chosen.is_empty() {
                    complaints.add(Invalid::new("learner", "error-app-nobody"));
                }
                Some(chosen)
            }
            _ => {
                complaints.add(Invalid::new("learners", "error-required"));
                None
            }
        };
        complaints.finish()?;
        Ok(Decision { scopes, learners })
    }

    fn show(&self, visitor: &Visitor, refused: Option<(&Fields, &[(String, String)])>) -> Result<Response> {
        let mut page =
            Page::new("consent.html", "", text("title-consent", &[("app", self.asker.app.name.as_str().into())]));
        let ticked: Option<Vec<&str>> = refused.map(|(fields, _)| fields.all("allow").collect());
        let chosen: Vec<&str> = refused.map(|(fields, _)| fields.all("learner").collect()).unwrap_or_default();
        if let Some((fields, complaints)) = refused {
            page = page.refused(fields, complaints);
        }
        let scope = |scope: Scope| {
            let (value, key) = (scope.as_str(), label_key(scope));
            let selected = ticked.as_ref().is_none_or(|ticked| ticked.contains(&value));
            json!({ "value": value, "label": plain(&key), "hint": plain(&format!("{key}-hint")), "selected": selected })
        };
        let learner = |learner: &Learner| {
            let id = learner.id.to_string();
            json!({
                "id": id, "nickname": learner.nickname, "colour": learner.colour.as_str(),
                "initial": learner.nickname.chars().next(), "selected": chosen.contains(&id.as_str()),
            })
        };
        let action = format!("{AUTHORIZE}?{}", self.query(visitor));
        let context = json!({
            "app": told(&self.asker),
            "family": self.family,
            "others": self.one_of_many.then(|| format!("{AUTHORIZE}?{}", query(visitor, None))),
            "action": action,
            "scopes": self.offered().iter().map(scope).collect::<Vec<_>>(),
            "withheld": self.offered() != self.asked.scopes,
            "learners": self.learners.iter().map(learner).collect::<Vec<_>>(),
        });
        let mut response = page.show_visitor(visitor, context)?;
        allow_redirect(&mut response, &self.asker)?;
        Ok(response)
    }

    fn query(&self, visitor: &Visitor) -> String {
        query(visitor, Some(self.caller.family))
    }
}

/// Which family first: what the next page says depends on it.
fn choose(visitor: &Visitor, asker: &Asker, families: &[(Caller, String)]) -> Result<Response> {
    let page = Page::new("consent_family.html", "", text("title-consent", &[("app", asker.app.name.as_str().into())]));
    let listed = families.iter().map(|(caller, name)| {
        let role = plain(&format!("role-{}", caller.role.as_str()));
        json!({ "name": name, "role": role, "url": format!("{AUTHORIZE}?{}", query(visitor, Some(caller.family))) })
    });
    page.show_visitor(visitor, json!({ "app": told(asker), "families": listed.collect::<Vec<_>>() }))
}

/// Tells the person, and nobody else.
fn stop(visitor: &Visitor, why: &str, asker: Option<&Asker>) -> Result<Response> {
    let operator = visitor.identity.as_ref().is_some_and(|(_, described)| described.operator);
    let (heading, words) = (plain(&format!("consent-stop-{why}")), plain(&format!("consent-stop-{why}-text")));
    let context = json!({
        "heading": heading, "text": words, "app": asker.map(told), "approve": operator && why == "approval",
    });
    let status = if asker.is_some() { StatusCode::FORBIDDEN } else { StatusCode::BAD_REQUEST };
    Page::new("consent_stop.html", "", heading.clone()).status(status).show_visitor(visitor, context)
}

/// Whether a form of ours led here, as that of signing in does. Browsers hold where it leads in the end to the policy of
/// the page that it stood on (`form-action`, Content Security Policy level 3), which knows no app.
fn came_by_form(request: &Request) -> bool {
    *request.method() == Method::GET && request.header("sec-fetch-site") == Some("same-origin")
}

/// What is wrong with an app's request, on a page from where the browser goes on by itself, or by a link.
fn lead_back(visitor: &Visitor, asker: &Asker, why: &str, back: Response) -> Result<Response> {
    let to = back.header(header::LOCATION).unwrap_or_default().to_owned();
    let context = json!({ "app": told(asker), "why": why, "back": to });
    let page = Page::new("consent_back.html", "", plain("consent-back")).status(StatusCode::BAD_REQUEST);
    let mut response = page.show_visitor(visitor, context)?;
    let refresh = HeaderValue::from_str(&format!("0; url={to}")).map_err(Error::internal)?;
    response.headers_mut().insert(header::REFRESH, refresh);
    Ok(response)
}

/// The app, and where its code goes, as a person reads it.
fn told(asker: &Asker) -> Value {
    let (key, place) = match target(&asker.redirect) {
        Target::Site(host) => ("consent-to-site", host),
        Target::Device(origin) => ("consent-to-device", origin),
        Target::App(scheme) => ("consent-to-app", scheme),
    };
    json!({
        "name": asker.app.name, "verified": asker.app.is_verified(),
        "to": text(key, &[("place", place.into())]), "address": asker.redirect,
    })
}

/// The request's own parameters again, with this family.
fn query(visitor: &Visitor, family: Option<FamilyId>) -> String {
    let pairs = visitor.params.pairs();
    let kept = pairs.iter().filter(|(name, _)| !matches!(*name, "family" | "notice" | "name" | "left" | "undo"));
    let family = family.map(|family| family.to_string());
    let kept = kept.copied().chain(family.as_deref().map(|family| ("family", family)));
    kept.map(|(name, value)| format!("{}={}", query_value(name), query_value(value))).collect::<Vec<_>>().join("&")
}

/// All but the letters that mean themselves everywhere (RFC 3986, section 2.3), so that a code reads as it is.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Sends the person back to the app, with `state` and `iss` (RFC 9207), by GET whatever came (RFC 9700, section 4.12).
fn answer(request: &Request, asker: &Asker, extra: &[(&str, &str)]) -> Response {
    let issuer = programs::origin(request);
    let state = asker.state.as_deref().map(|state| ("state", state));
    let pairs = extra.iter().copied().chain(state).chain([("iss", &*issuer)]);
    let query: Vec<String> =
        pairs.map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, KEPT))).collect();
    let join = match asker.redirect.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some((_, before)) if before.ends_with('&') => "",
        Some(_) => "&",
    };
    see_other(&format!("{}{join}{}", asker.redirect, query.join("&")))
}

/// Browsers hold a form's answer to the page's own policy too, so it names where the answer goes.
fn allow_redirect(response: &mut Response, asker: &Asker) -> Result<()> {
    let source = redirect::source(&asker.redirect);
    let policy = crate::http::guard::PAGE_POLICY.replace("form-action 'self'", &format!("form-action 'self' {source}"));
    let policy = HeaderValue::from_str(&policy).map_err(Error::internal)?;
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(())
}
