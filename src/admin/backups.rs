//! `/admin/backups`: where copies lie, when each was made and read back, and a button for one more.

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
    http::{
        auth::SignedIn,
        frame::Page,
        messages::{plain, text},
        see_other, words,
    },
    store::Progress,
};

use super::doctor::backups as check;

/// How many rounds of a destination are shown.
const SHOWN: usize = 10;

/// Every destination with its last backups.
#[handler]
pub fn list(person: SignedIn, request: &Request) -> Result<Response> {
    person.open(request)?;
    let app = &person.app;
    let found = check::backups(&app.store(), &app.config, app.clock().now());
    let zone = &person.described.zone;
    let mut listed = Vec::new();
    // What is wrong with the file stands in the check.
    for one in destinations(app).map(|read| read.all).unwrap_or_default() {
        let rounds = app.db.read(|tx| ledger::rounds(tx, &one.name))?;
        let rows: Vec<Value> = rounds.iter().take(SHOWN).map(|round| row(round, zone)).collect();
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

fn row(round: &Round, zone: &jiff::tz::TimeZone) -> Value {
    let size = |bytes: u64| text("size-megabytes", &[("size", format!("{:.1}", bytes as f64 / 1e6).into())]);
    let state = match round {
        Round { why: Some(_), .. } => "failed",
        Round { ended: None, .. } => "running",
        Round { proven: Some(_), .. } => "good",
        _ => "failed",
    };
    json!({
        "at": words::moment(round.began, zone), "state": state, "label": plain(&format!("backups-{state}")),
        "why": round.why, "size": size(round.bytes), "sent": size(round.written),
        "deep": round.deep.map(|deep| words::moment(deep, zone)),
    })
}

/// Makes a backup at every destination; the page tells how it goes.
#[handler]
pub async fn now(person: SignedIn, request: &Request) -> Result<Response> {
    person.open(request)?;
    let app = person.app.clone();
    let all = destinations(&app)?;
    let by = Operator::Account(person.account);
    app.db.write(move |tx| operated(tx, Act::BackupBegun, by, About::Words(""))).await?;
    tokio::task::spawn_blocking(move || {
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

fn destinations(app: &App) -> Result<Destinations> {
    let file = app.config.backups.as_deref().filter(|_| !app.config.demo);
    Destinations::read(file.ok_or(Error::NotFound("file of destinations"))?)
}
