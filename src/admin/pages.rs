//! The operator's pages: how the instance is, and the support bundle. Nothing of anybody's record is on them.

pub mod open;

use poem::{
    Request, Response, handler,
    http::{HeaderValue, header},
};
use serde_json::{Value, json};

use crate::{
    accounts::log::{About, Act, Operator, operated},
    app::{App, Described},
    error::Result,
    http::{
        auth::SignedIn,
        frame::Page,
        messages::{plain, text},
        tls, words,
    },
};

use super::{
    doctor::{Examination, Patient, State, clock, examine},
    figures::{self, Figures},
    support::bundle,
};

/// How the instance is.
#[handler]
pub async fn overview(person: SignedIn, request: &Request) -> Result<Response> {
    person.open(request)?;
    let app = person.app.clone();
    let (found, figures) = look(&app, |patient| {
        let found = examine(&patient, false, &mut quiet());
        Ok((found, figures::of(patient.store())?))
    })
    .await?;
    let context = json!({
        "summary": summary(&found),
        "overdue": clock::overdue(app.clock().now(), tls::built()),
        "checks": checks(&found),
        "facts": facts(&app, &person.described, &figures),
    });
    Page::new("admin.html", "admin", plain("title-admin")).show_visitor(&person, context)
}

/// The support bundle, as a file.
#[handler]
pub async fn support(person: SignedIn, request: &Request) -> Result<Response> {
    person.open(request)?;
    let bundle = look(&person.app, |patient| bundle(&patient, &mut quiet())).await?;
    let by = Operator::Account(person.account);
    let noted = person.app.db.write(move |tx| operated(tx, Act::SupportFetched, by, About::Words("")));
    // Whoever asks for help may do so because the disk is full.
    if let Err(error) = noted.await {
        tracing::warn!(%error, "that the support file was fetched could not be noted");
    }
    let mut response = Response::builder().content_type("application/json").body(bundle);
    let name = HeaderValue::from_static("attachment; filename=\"hec-support.json\"");
    response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

/// Looks on a thread that may block; one or two at a time.
async fn look<T: Send + 'static>(app: &App, work: impl FnOnce(Patient) -> Result<T> + Send + 'static) -> Result<T> {
    let patient = Patient::served(app).at_a_glance();
    app.documents.run(move || work(patient)).await?
}

fn quiet() -> crate::store::Progress {
    Box::new(|_, _| {})
}

fn summary(found: &Examination) -> String {
    let count = |state| found.checks.iter().filter(|check| check.state == state).count() as i64;
    match (count(State::Fail), count(State::Warn)) {
        (0, 0) => plain("admin-summary-ok"),
        (0, looks) => text("admin-summary-warn", &[("count", looks.into())]),
        (fails, _) => text("admin-summary-fail", &[("count", fails.into())]),
    }
}

/// The worst first.
fn checks(found: &Examination) -> Vec<Value> {
    let of = |state| found.checks.iter().filter(move |check| check.state == state);
    let sorted = of(State::Fail).chain(of(State::Warn)).chain(of(State::Ok));
    let shown = sorted.map(
        |check| json!({ "name": check.name, "state": check.state.as_str(), "found": check.found, "mend": check.mend }),
    );
    shown.collect()
}

fn facts(app: &App, described: &Described, figures: &Figures) -> Value {
    let certificate = app.edge.tls.as_ref().and_then(|tls| tls.facts());
    let addresses: Vec<String> = app.edge.addresses.iter().map(ToString::to_string).collect();
    let mut facts = vec![
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
        ("built", words::short(tls::built().date_in(&described.zone))),
        ("since", words::moment(app.started, &described.zone)),
    ];
    if !addresses.is_empty() {
        facts.extend([("url", app.edge.url.clone()), ("addresses", addresses.join(", "))]);
    }
    facts.push(("tls", plain(&format!("admin-tls-{}", app.config.tls.as_str()))));
    facts.extend(certificate.map(|facts| ("until", words::short(facts.until.date_in(&described.zone)))));
    facts.extend([
        ("families", figures.families.to_string()),
        ("accounts", figures.accounts.to_string()),
        ("size", words::size(figures.bytes)),
    ]);
    facts.extend(figures.free.map(|free| ("free", words::size(free))));
    facts.into_iter().map(|(name, value)| json!({ "name": name, "value": value })).collect()
}
