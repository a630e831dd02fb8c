//! Every page route, asked by everybody who might. A route without a row fails.

use std::collections::BTreeMap;

use hec::types::Role;
use reqwest::{Method, multipart::Form};

use crate::support::{Ids, Person, Reply, SendExt, TODAY, TestApp, UNKNOWN};

/// What comes of a request.
///
/// `y` it is answered: a page, a step further, or a form that says what is wrong with it, or to wait; `s` signing in is asked for;
/// `n` it is refused (403); `-` there is no such thing (404).
type Outcome = char;

/// Who asks, in the order of the columns: nobody, a viewer, a carer, an owner, a child who signed in, an owner of
/// another family, and an operator who belongs to another family.
const ASKERS: [&str; 7] = ["nobody", "viewer", "carer", "owner", "learner", "other family", "operator"];

#[rustfmt::skip]
const ROWS: &[(&str, &str)] = &[
    ("GET /",                                   "s y y y y y y"),
    ("GET /setup",                              "- - - - - - y"),
    ("POST /setup",                             "- - - - - - -"),
    ("GET /setup/name",                         "s - - - - - y"),
    ("POST /setup/name",                        "s - - - - - y"),
    ("GET /setup/address",                      "s - - - - - y"),
    ("POST /setup/address",                     "s - - - - - y"),
    ("GET /setup/keys",                         "s - - - - - y"),
    ("POST /setup/keys",                        "s - - - - - y"),
    ("POST /setup/keys/new",                    "s - - - - - y"),
    ("GET /setup/keys/check",                   "s - - - - - y"),
    ("POST /setup/keys/check",                  "s - - - - - y"),
    ("GET /setup/learner",                      "s - - - - - y"),
    ("POST /setup/learner",                     "s - - - - - y"),
    ("GET /setup/done",                         "s - - - - - y"),
    ("POST /setup/done",                        "s - - - - - y"),
    ("GET /register",                           "y y y y n y y"),
    ("POST /register",                          "y y y y y y y"),
    ("POST /password-check",                     "y y y y y y y"),
    ("GET /sign-in",                            "y y y y y y y"),
    ("POST /sign-in",                           "y y y y y y y"),
    ("POST /passkeys/challenge",                 "- - - - - - -"),
    ("GET /sign-in/code",                        "y y y y y y y"),
    ("POST /sign-in/code",                       "y y y y y y y"),
    ("GET /sign-in/forgotten",                   "y y y y y y y"),
    ("POST /sign-in/forgotten",                  "y y y y y y y"),
    ("GET /sign-in/again",                       "s y y y - y y"),
    ("POST /sign-in/again",                      "s y y y - y y"),
    ("GET /reset",                               "- - - - - - -"),
    ("POST /reset",                              "- - - - - - -"),
    ("POST /sign-out",                          "y y y y y y y"),
    ("GET /entries/new",                        "s n y y y y y"),
    ("POST /entries/new",                       "s n y y y y y"),
    ("GET /entries/deleted",                    "s n y y y y y"),
    ("GET /entries/:id",                        "s y y y y - -"),
    ("GET /entries/:id/edit",                   "s n y y n - -"),
    ("POST /entries/:id/edit",                  "s n y y n - -"),
    ("POST /entries/:id/voice",                 "s - - - y - -"),
    ("POST /entries/:id/star",                  "s n y y n - -"),
    ("POST /entries/:id/again",                 "s y y y y - -"),
    ("POST /entries/:id/delete",                "s n y - n - -"), // The carer was faster than the owner.
    ("POST /entries/:id/restore",               "s n y y - - -"),
    ("GET /media/:id/:size",                    "s y y y y - -"),
    ("GET /search",                             "s y y y y y y"),
    ("GET /learners",                           "s y y y n y y"),
    ("POST /learners",                          "s n y y n y y"),
    ("GET /learners/:id",                       "s y y y n - -"),
    ("POST /learners/:id",                      "s n y y n - -"),
    ("POST /learners/:id/archive",              "s n y y n - -"),
    ("POST /learners/:id/unarchive",            "s n y y n - -"),
    ("GET /learners/:id/sign-in",               "s n y y n - -"),
    ("POST /learners/:id/sign-in",              "s n y y n - -"),
    ("POST /learners/:id/sign-in/end",          "s n y y n - -"),
    ("POST /learners/:id/sign-in/address",      "s n y y n - -"),
    ("GET /learner/:id",                        "- - - - - - -"),
    ("POST /learner/:id",                       "- - - - - - -"),
    ("GET /subjects",                           "s y y y n y y"),
    ("POST /subjects",                          "s n y y n y y"),
    ("POST /subjects/:id",                      "s n y y n - -"),
    ("POST /subjects/:id/archive",              "s n y y n - -"),
    ("POST /subjects/:id/unarchive",            "s n y y n - -"),
    ("GET /portfolio",                          "s y y y n y y"),
    ("POST /portfolio",                         "s n y y n y y"),
    ("GET /portfolio/:id",                      "s y y y n - -"),
    ("GET /portfolio/:id/document",             "s y y y n - -"),
    ("GET /portfolio/:id/download",             "s y y y n - -"),
    ("POST /portfolio/:id/delete",              "s n y - n - -"), // The carer was faster than the owner.
    ("GET /family",                             "s y y y n y y"),
    ("POST /family",                            "s n n y n y y"),
    ("POST /family/found",                      "s y y y n y y"),
    ("GET /family/join",                        "- - - - n - -"),
    ("POST /family/join",                       "- - - - n - -"),
    ("POST /family/invitations",                "s n n y n y y"),
    ("POST /family/invitations/:id/withdraw",   "s n n y n - -"),
    ("POST /family/members/:id",                "s n n y n - -"),
    ("GET /family/members/:id/remove",          "s n n y n - -"),
    ("POST /family/members/:id/remove",         "s n n y n - -"),
    ("GET /family/leave",                       "s y y y n y y"),
    ("POST /family/leave",                      "s y y y n y y"),
    ("GET /family/delete",                      "s n n y n y y"),
    ("POST /family/delete",                     "s n n y n y y"),
    ("POST /family/delete/withdraw",            "s n n y n y y"),
    ("GET /family/log",                         "s n n y n y y"),
    ("GET /family/room",                        "s y y y n y y"),
    ("POST /family/switch",                     "s - - - - - -"),
    ("GET /account",                            "s y y y n y y"),
    ("POST /account/tokens",                    "s y y y n y y"),
    ("POST /account/tokens/:id/revoke",         "s - - - n - -"),
    ("GET /account/declaration",                 "s y y y - y y"),
    ("POST /account/declaration",                "s y y y - y y"),
    ("GET /account/details",                     "s y y y - y y"),
    ("POST /account/details",                    "s y y y - y y"),
    ("GET /account/email",                       "s y y y - y y"),
    ("POST /account/email",                      "s y y y - y y"),
    ("GET /account/email/confirm",               "s - - - - - -"),
    ("POST /account/email/confirm",              "s - - - - - -"),
    ("POST /account/email/check",                "s y y y - y y"),
    ("POST /account/email/again",                "s y y y - y y"),
    ("POST /account/email/cancel",               "s y y y - y y"),
    ("GET /account/apps",                        "s y y y - y y"),
    ("POST /account/apps",                       "s y y y - y y"),
    ("POST /account/apps/grants/:id/revoke",     "s - - - - - -"),
    ("POST /account/apps/:id/delete",            "s - - - - - -"),
    ("GET /account/security",                    "s y y y - y y"),
    ("POST /account/security/devices/:id/end",   "s - - - - - -"),
    ("POST /account/security/devices/end",       "s y y y - y y"),
    ("GET /account/security/password",           "s y y y - y y"),
    ("POST /account/security/password",          "s y y y - y y"),
    ("GET /account/security/factor",             "s y y y - y y"),
    ("POST /account/security/factor",            "s y y y - y y"),
    ("GET /account/security/factor/code.svg",    "s y y y - y y"),
    ("POST /account/security/codes",             "s - - - - - y"),
    ("GET /account/security/factor/off",         "s y y y - y y"),
    ("POST /account/security/factor/off",        "s y y y - y y"),
    ("GET /account/security/passkeys/new",       "s y y y - y y"),
    ("POST /account/security/passkeys/new",      "s y y y - y y"),
    ("POST /account/security/passkeys/:id/name", "s - - - - - -"),
    ("POST /account/security/passkeys/:id/remove", "s - - - - - -"),
    ("GET /admin",                              "s - - - - - y"),
    ("GET /admin/mail",                          "s - - - - - y"),
    ("POST /admin/mail/test",                    "s - - - - - y"),
    ("GET /admin/families",                      "s - - - - - y"),
    ("GET /admin/families/:id",                  "s - - - - - -"),
    ("POST /admin/families/:id",                 "s - - - - - -"),
    ("GET /admin/log",                           "s - - - - - y"),
    ("GET /admin/support",                      "s - - - - - y"),
    ("GET /admin/open",                          "s - - - - - y"),
    ("POST /admin/open",                         "s - - - - - y"),
    ("GET /admin/invitations",                   "s - - - - - y"),
    ("POST /admin/invitations",                  "s - - - - - y"),
    ("POST /admin/invitations/:id/withdraw",     "s - - - - - -"),
    ("GET /admin/backups",                       "s - - - - - y"),
    ("POST /admin/backups/now",                  "s - - - - - -"),
    ("GET /admin/recovery",                      "s - - - - - y"),
    ("POST /admin/recovery",                     "s - - - - - y"),
    ("GET /admin/sheet",                         "s - - - - - y"),
    ("GET /admin/apps",                          "s - - - - - y"),
    ("POST /admin/apps/:id/approve",             "s - - - - - -"),
    ("POST /admin/apps/:id/remove",              "s - - - - - -"),
    ("GET /help",                               "y y y y y y y"),
    ("GET /help/dpia",                          "y y y y y y y"),
    ("GET /help/dpia.md",                       "y y y y y y y"),
    ("GET /help/privacy-notice",                "y y y y y y y"),
    ("GET /help/privacy-notice.md",             "y y y y y y y"),
    ("GET /help/leaving",                       "y y y y y y y"),
    ("GET /privacy",                            "y y y y y y y"),
    ("GET /docs",                               "y y y y y y y"),
    ("GET /openapi.json",                       "y y y y y y y"),
    ("GET /.well-known/oauth-authorization-server", "y y y y y y y"),
    ("GET /oauth/authorize",                     "y y y y y y y"),
    ("POST /oauth/authorize",                    "y y y y y y y"),
    ("GET /health/live",                        "y y y y y y y"),
    ("GET /health/ready",                       "y y y y y y y"),
    ("GET /assets/:name",                       "y y y y y y y"),
];

/// Answered by the port alone, the same for everybody: tested with it.
const TRUST: [&str; 3] = ["trust::PAGE", "trust::ROOT", "trust::CODE"];

/// Every route of `routes.rs`: `GET /entries/:id`.
fn routes() -> Vec<String> {
    let source = include_str!("../../../src/routes.rs");
    let mut routes = Vec::new();
    for route in source.split(".at(").skip(1).map(|route| route.split(".finish()").next().unwrap()) {
        let (path, methods) = route.split_once(", ").unwrap();
        if TRUST.contains(&path) {
            continue;
        }
        let path = path.trim_matches('"');
        if methods.starts_with("get(") {
            routes.push(format!("GET {path}"));
        }
        if methods.contains("post(") || methods.contains("post_files(") {
            routes.push(format!("POST {path}"));
        }
    }
    assert!(routes.len() > 60);
    routes
}

#[test]
fn every_page_route_has_its_row_and_every_row_its_route() {
    let rows: BTreeMap<&str, &str> = ROWS.iter().copied().collect();
    assert_eq!(rows.len(), ROWS.len(), "a row stands twice");
    let routes = routes();
    let missing: Vec<&String> = routes.iter().filter(|route| !rows.contains_key(route.as_str())).collect();
    assert!(missing.is_empty(), "give these routes a row in {}: {missing:?}", file!());
    let gone: Vec<&&str> = rows.keys().filter(|row| !routes.iter().any(|route| route == **row)).collect();
    assert!(gone.is_empty(), "these rows have no route any more: {gone:?}");
    assert!(rows.values().all(|row| row.split(' ').count() == ASKERS.len()));
}

/// One family with somebody in every role, and two who belong elsewhere.
struct Cast {
    askers: Vec<Option<Person>>,
    ids: Ids,
    viewer: String,
    invitation: String,
}

impl Cast {
    async fn of(app: &TestApp, number: usize) -> Self {
        let owner = app.parent(&format!("ana{number}")).await;
        let ids = Ids::of(&owner).await;
        let viewer = app.viewer_of(&owner, &format!("vera{number}")).await;
        let carer = app.member_of(&owner, &format!("carl{number}"), Role::Carer).await;
        let child = owner.child().await;
        let other = app.parent(&format!("ben{number}")).await;
        let operator = app.operator(&format!("otto{number}")).await;
        let page = owner.submit("/family/invitations", &[("role", "viewer")]).await.assert(200);
        let withdraw = page.attributes("form", "action").into_iter().find(|to| to.ends_with("/withdraw")).unwrap();
        let mut askers = vec![None];
        let account = viewer.caller.account.to_string();
        askers.extend([viewer, carer, owner, child, other, operator].map(Some));
        let invitation = withdraw.split('/').nth(3).unwrap().to_owned();
        Self { askers, ids, viewer: account, invitation }
    }

    /// The route's path, about something of the family.
    fn path(&self, route: &str) -> (String, String) {
        let id = match route {
            _ if route.starts_with("/entries/:id/restore") => &self.ids.deleted,
            _ if route.starts_with("/entries") => &self.ids.entry,
            _ if route.starts_with("/media") => &self.ids.attachment,
            _ if route.starts_with("/learners") => &self.ids.learner,
            _ if route.starts_with("/subjects") => &self.ids.subject,
            _ if route.starts_with("/portfolio") => &self.ids.portfolio,
            _ if route.starts_with("/family/members") => &self.viewer,
            _ if route.starts_with("/family/invitations") => &self.invitation,
            _ => UNKNOWN,
        };
        (route.replace(":id", id).replace(":size", "thumb").replace(":name", "hec.css"), id.to_owned())
    }
}

async fn ask(app: &TestApp, person: Option<&Person>, method: &str, route: &str, path: &str) -> Reply {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let request = match person {
        Some(person) => person.browse(method.clone(), path),
        None => app.client.request(method.clone(), format!("{}{path}", app.url)),
    };
    let request = request.header("sec-fetch-site", "same-origin");
    if method == Method::GET {
        return request.reply().await;
    }
    let fields = [
        ("date", TODAY),
        ("title", "Robin's day"),
        ("version", "2"),
        ("nickname", "Robin"),
        ("name", "Knots"),
        ("area", "arts"),
        ("role", "viewer"),
        ("words", "quite other words here"),
    ];
    if route == "/entries/new" || route.ends_with("/edit") {
        let form = fields.into_iter().fold(Form::new(), |form, (name, value)| form.text(name, value));
        return request.multipart(form).reply().await;
    }
    request.form(&fields).reply().await
}

fn outcome(reply: &Reply, signed_in: bool) -> Outcome {
    match reply.status {
        303 if !signed_in && reply.header("location").starts_with("/sign-in?next=") => 's',
        303 if !signed_in && reply.header("location") == "/sign-in" => 's',
        401 => 's',
        403 => 'n',
        404 => '-',
        200 | 303 | 400 | 412 | 422 | 429 => 'y',
        other => panic!("{other}: {}", reply.text()),
    }
}

#[tokio::test]
async fn every_page_route_answers_everybody_as_its_row_says() {
    let app = TestApp::start().await;
    app.parent("first").await;
    let rows: BTreeMap<&str, &str> = ROWS.iter().copied().collect();
    let mut wrong = Vec::new();
    // Reading changes nothing, so one family is enough for it.
    let read = Cast::of(&app, 0).await;
    for (number, route) in routes().into_iter().enumerate() {
        let expected: Vec<&str> = rows[route.as_str()].split(' ').collect();
        let (method, pattern) = route.split_once(' ').unwrap();
        let written = if method == "GET" { None } else { Some(Cast::of(&app, number + 1).await) };
        let cast = written.as_ref().unwrap_or(&read);
        let (path, id) = cast.path(pattern);
        let mut found = vec![' '; ASKERS.len()];
        // Whoever can do least comes first, so that nobody undoes what the next one asks for.
        for at in [0, 5, 6, 4, 1, 2, 3] {
            let person = cast.askers[at].as_ref();
            let reply = ask(&app, person, method, pattern, &path).await;
            found[at] = outcome(&reply, person.is_some());
            let names = pattern.contains(":id") && person.is_some();
            if names && found[at] == '-' {
                // Not yours and not there: the same to the byte, but for the id.
                let unknown = pattern.replace(":id", UNKNOWN).replace(":size", "thumb");
                let unknown = ask(&app, person, method, pattern, &unknown).await;
                assert_eq!(reply.shape(&[&id]), unknown.shape(&[UNKNOWN]), "{route} by {}", ASKERS[at]);
            }
        }
        let found: String = found.iter().map(char::to_string).collect::<Vec<_>>().join(" ");
        if found != expected.join(" ") {
            wrong.push(format!("{route}: {found}, not {}", expected.join(" ")));
        }
    }
    assert!(wrong.is_empty(), "the columns are {ASKERS:?}:\n{}", wrong.join("\n"));
}
