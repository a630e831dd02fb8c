//! Hands each room's parts to the floor: `identify`, migrations, jobs.

use std::{sync::atomic::Ordering, time::Duration};

use crate::{
    accounts,
    admin::{self, doctor},
    app::{App, Described, Doors, Ending},
    backup::{Destinations, before, round::Keeper},
    entries,
    error::Result,
    families,
    jobs::Job,
    learners, oauth,
    store::{Migration, Progress, Read},
    types::{Identity, Role, Timestamp},
};

/// What the floor asks the rooms.
pub const DOORS: Doors = Doors {
    identify: oauth::identify::identify,
    note_use: oauth::identify::note_use,
    describe,
    is_set_up: accounts::any,
    named_blobs: entries::named_blobs,
    instance_name: |tx| Ok(admin::instance::get(tx)?.name),
};

/// Every migration, in order. Append only.
pub const MIGRATIONS: &[Migration] = &[
    Migration { name: "the first tables", run: |_| Ok(()) },
    Migration { name: "sessions are filed by account", run: accounts::session::file },
    Migration { name: "members are found by their family", run: families::index_members },
    Migration { name: "what a family's pictures take is counted", run: |tx| entries::space::recount(tx).map(drop) },
];

/// What is done again and again while the server runs.
pub const JOBS: &[Job] = &[
    Job {
        name: "end sessions and invitations, forget old log lines",
        after: Duration::ZERO,
        every: Duration::from_hours(6),
        run: end_sessions,
    },
    Job {
        name: "forget codes, tokens and apps",
        after: Duration::ZERO,
        every: Duration::from_hours(1),
        run: forget_apps,
    },
    Job {
        name: "delete families whose time has come",
        after: Duration::ZERO,
        every: Duration::from_hours(1),
        run: delete_families,
    },
    Job {
        name: "compare settings",
        after: Duration::ZERO,
        every: Duration::from_hours(24),
        run: admin::settings::look,
    },
    Job { name: "back up", after: Duration::from_mins(1), every: Duration::from_mins(10), run: back_up },
    Job { name: "tell of backups", after: HALF_A_DAY, every: Duration::from_hours(1), run: admin::alarm::look },
    Job {
        name: "forget copies from before upgrades",
        after: LATER,
        every: Duration::from_hours(24),
        run: forget_copies,
    },
    Job { name: "purge deleted entries", after: Duration::ZERO, every: Duration::from_hours(6), run: purge },
    Job { name: "keep the store compact", after: LATER, every: Duration::from_hours(7 * 24), run: tidy },
    Job { name: "look at the whole", after: SOON, every: Duration::from_hours(6), run: look },
    Job { name: "sweep files without rows", after: LATER, every: Duration::from_hours(24), run: sweep },
];

/// The same where mail is set up.
pub const MAIL: &[Job] = &[Job {
    name: "send messages",
    after: Duration::from_secs(5),
    every: Duration::from_secs(5),
    run: accounts::letters::send_due,
}];

/// What goes through the whole store waits until the start is long over; and until whoever put an older store back
/// from a backup has had time to put its pictures back.
const LATER: Duration = Duration::from_hours(12);
/// What is late at a start is made first, and told of where that takes for ever.
const HALF_A_DAY: Duration = Duration::from_hours(12);
/// Who has just started it looks by themselves.
const SOON: Duration = Duration::from_mins(10);
/// A file may wait so long for its row before it counts as left behind.
const UNNAMED: Duration = Duration::from_hours(24);

fn describe(tx: &Read, identity: &Identity) -> Result<Described> {
    let family = identity.caller.as_ref().map(|caller| families::get(tx, caller.family)).transpose()?;
    let zone = family.as_ref().map_or(jiff::tz::TimeZone::UTC, families::Family::zone);
    if let Some(caller) = identity.caller.as_ref().filter(|caller| caller.role == Role::Learner) {
        return Ok(Described {
            account_name: learners::sign_in::myself(tx, caller)?.nickname,
            operator: false,
            family: Some(caller.family),
            family_name: family.map(|family| family.name),
            zone,
            unfinished: None,
            drill_due: false,
            declares: false,
            other_families: Vec::new(),
            deletion: None,
            is_learner: true,
            door: learners::sign_in::door_of(tx, caller.family)?.map(|code| format!("/learner/{code}")),
        });
    }
    let account = accounts::get(tx, identity.account)?;
    let mut other_families = Vec::new();
    for member in families::memberships(tx, identity.account)? {
        if family.as_ref().is_none_or(|family| family.id != member.family) {
            other_families.push((member.family, families::get(tx, member.family)?.name));
        }
    }
    let role = identity.caller.as_ref().map(|caller| caller.role);
    let keeps = matches!(role, Some(Role::Owner | Role::Carer));
    let deletion = family.as_ref().filter(|_| keeps).and_then(|family| family.deletion.clone());
    // Only operators are told, so that nobody else's page pays for asking.
    let next = if account.operator { admin::instance::get(tx)?.next() } else { None };
    Ok(Described {
        account_name: account.name,
        family: family.as_ref().map(|family| family.id),
        family_name: family.map(|family| family.name),
        zone,
        operator: account.operator,
        drill_due: account.operator && admin::drill::is_due(tx)?,
        declares: keeps && accounts::must_declare(tx, identity.account)?,
        unfinished: next.map(admin::instance::Step::path),
        other_families,
        deletion: deletion.map(|asked| Ending { by: asked.by, due: asked.due, may_stop: role == Some(Role::Owner) }),
        is_learner: false,
        door: None,
    })
}

fn end_sessions(app: &App) -> Result<()> {
    app.db.write_blocking(|tx| {
        accounts::session::sweep(tx)?;
        admin::invitation::sweep(tx)?;
        accounts::waiting::sweep(tx)?;
        accounts::change::sweep(tx)?;
        accounts::post::sweep(tx)?;
        families::invitations::sweep(tx)?;
        accounts::log::sweep(tx).map(drop)
    })
}

fn forget_apps(app: &App) -> Result<()> {
    app.db.write_blocking(oauth::sweep)
}

fn delete_families(app: &App) -> Result<()> {
    app.db.write_blocking(families::deletion::shut_due)?;
    // A few rows at a time, so that nobody waits for them.
    while app.db.write_blocking(admin::deletion::step)? {}
    Ok(())
}

/// Makes the backups that are due; the file of destinations is read anew each time, so that a change counts at once.
fn back_up(app: &App) -> Result<()> {
    let Some(file) = app.config.backups.as_deref().filter(|_| !app.config.demo) else { return Ok(()) };
    let store = app.store();
    let told = || {
        let check = doctor::backups::backups(&store, &app.config, app.clock().now());
        app.backups_fail.store(check.state == doctor::State::Fail, Ordering::Relaxed);
    };
    told();
    let destinations = match Destinations::read(file) {
        Ok(destinations) => destinations,
        Err(error) => return admin::alarm::look(app).and(Err(error)),
    };
    let keeper = Keeper { store: &store, named: app.named_blobs(), runtime: tokio::runtime::Handle::current() };
    let made = keeper.due(&destinations).map(drop);
    told();
    if made.is_err() {
        // Not even noted, as where the disk is full: nothing else would tell before the last good one is old.
        app.backups_fail.store(true, Ordering::Relaxed);
    }
    made.and(admin::alarm::look(app))
}

fn forget_copies(app: &App) -> Result<()> {
    let file = app.config.backups.as_deref().filter(|_| !app.config.demo);
    let removed = before::sweep(&app.store(), file.and_then(|file| Destinations::read(file).ok()).as_ref())?;
    if removed > 0 {
        tracing::info!(removed, "copies from before an upgrade were removed: they have lain long enough");
    }
    Ok(())
}

fn purge(app: &App) -> Result<()> {
    for blob in app.db.write_blocking(entries::purge)? {
        app.blobs.remove(blob)?;
    }
    Ok(())
}

fn tidy(app: &App) -> Result<()> {
    if let Some((before, after)) = app.vault.tidy()? {
        tracing::info!(before, after, "the store was written anew; sizes in bytes");
    }
    Ok(())
}

fn sweep(app: &App) -> Result<()> {
    let now = app.clock().now();
    let before = Timestamp::from_millis(now.millis() - i64::try_from(UNNAMED.as_millis()).unwrap_or_default());
    let named = || Ok(app.db.read(entries::named_blobs)?.iter().map(|blob| blob.id).collect());
    let removed = app.blobs.sweep(named, before)?;
    if removed > 0 {
        tracing::info!(removed, "files that no row names were removed");
    }
    Ok(())
}

/// Tells the log and the figures what `hec doctor` would say: names of checks only, since words hold paths and names.
fn look(app: &App) -> Result<()> {
    let found = doctor::examine(&doctor::Patient::served(app), false, &mut (Box::new(|_, _| {}) as Progress));
    for check in &found.checks {
        let state = match check.state {
            doctor::State::Ok => 0.0,
            doctor::State::Warn => 1.0,
            doctor::State::Fail => 2.0,
        };
        metrics::gauge!("hec_check_state", "check" => check.name).set(state);
        if check.state == doctor::State::Fail {
            tracing::error!(check = check.name, "something needs looking after: `hec doctor` says what");
        }
    }
    Ok(())
}
