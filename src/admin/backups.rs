//! `/admin/backups`: where copies lie, when each was made and read back, and a button for one more.

use std::sync::atomic::{AtomicBool, Ordering};

use poem::{Request, Response, handler};
use serde_json::{Value, json};

use crate::{
    accounts::log::{About, Act, Operator, operated},
    app::App,
    backup::{
        Destinations,
        ledger::{self, Round},
        round::Keeper,
    },
    error::{Error, Result},
    http::{auth::SignedIn, frame::Page, messages::plain, see_other, words},
    store::Progress,
};

use super::doctor::backups as check;

/// How many rounds of a destination are shown.
const SHOWN: usize = 10;

/// Every destination with its last backups.
#[handler]
pub async fn list(person: SignedIn, request: &Request) -> Result<Response> {
    person.open(request)?;
    let app = &person.app;
    // It asks folders, and one on another machine may be long in answering.
    let asked = app.clone();
    let looking = move || check::backups(&asked.store(), &asked.config, asked.clock().now());
    let found = app.documents.run(looking).await?;
    let zone = &person.described.zone;
    let mut listed = Vec::new();
    // What is wrong with the file stands in the check.
    for one in destinations(app).map(|read| read.all).unwrap_or_default() {
        let rounds = app.db.read(|tx| ledger::rounds(tx, &one.name))?;
        let rows: Vec<Value> = rounds.iter().take(SHOWN).enumerate().map(|(at, it)| row(it, at == 0, zone)).collect();
        listed.push(json!({
            "name": one.name, "kind": plain(&format!("backups-kind-{}", one.to.kind())),
            "append_only": one.append_only, "rounds": rows,
        }));
    }
    let context = json!({
        "state": found.state.as_str(), "found": found.found, "mend": found.mend, "destinations": listed,
    });
    Page::new("admin_backups.html", "admin", plain("title-admin-backups")).show_visitor(&person, context)
}

fn row(round: &Round, is_newest: bool, zone: &jiff::tz::TimeZone) -> Value {
    let state = match round {
        Round { why: Some(_), .. } => "failed",
        Round { ended: None, .. } if is_newest => "running",
        Round { ended: None, .. } => "cut-off",
        Round { proven: Some(_), .. } => "good",
        _ => "failed",
    };
    json!({
        "at": words::moment(round.began, zone), "state": state, "label": plain(&format!("backups-{state}")),
        "why": round.why, "untidy": round.untidy, "size": words::size(round.bytes), "sent": words::size(round.written),
        "deep": round.deep.map(|deep| words::moment(deep, zone)),
    })
}

/// Makes a backup at every destination; the page tells how it goes.
#[handler]
pub async fn now(person: SignedIn, request: &Request) -> Result<Response> {
    person.open(request)?;
    let app = person.app.clone();
    let all = destinations(&app)?;
    let Some(pressed) = Pressed::first() else { return Ok(see_other("/admin/backups?notice=backup-going")) };
    let by = Operator::Account(person.account);
    app.db.write(move |tx| operated(tx, Act::BackupBegun, by, About::Words(""))).await?;
    tokio::task::spawn_blocking(move || {
        let _pressed = pressed;
        let (store, runtime) = (app.store(), tokio::runtime::Handle::current());
        let keeper = Keeper { store: &store, named: app.named_blobs(), runtime };
        for one in &all.all {
            if let Err(error) = keeper.back_up(one, &all, &mut (Box::new(|_, _| {}) as Progress)) {
                tracing::error!(%error, "a backup could not be noted");
            }
        }
    });
    Ok(see_other("/admin/backups?notice=backup-begun"))
}

/// One press of the button at a time: however often it is pressed, one backup is made.
struct Pressed;

static PRESSED: AtomicBool = AtomicBool::new(false);

impl Pressed {
    fn first() -> Option<Self> {
        (!PRESSED.swap(true, Ordering::AcqRel)).then_some(Self)
    }
}

impl Drop for Pressed {
    fn drop(&mut self) {
        PRESSED.store(false, Ordering::Release);
    }
}

fn destinations(app: &App) -> Result<Destinations> {
    let file = app.config.backups.as_deref().filter(|_| !app.config.demo);
    Destinations::read(file.ok_or(Error::NotFound("file of destinations"))?)
}
