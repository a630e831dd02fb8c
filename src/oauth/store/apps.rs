//! Rows of apps: one each, and where they are looked for.

use minicbor::{Decode, Encode, bytes::ByteArray};

use crate::{
    error::Result,
    oauth::apps::{App, By, Redirect},
    row,
    store::{Mark, Read, Table, Write},
    types::{AccountId, AppId, Timestamp},
};

const APPS: Table<(AppId,), AppRow> = Table::new("oauth_apps");
/// Those that an account registered.
const OWN: Table<(AccountId, AppId), Mark> = Table::new("oauth_apps_own");
/// Those that registered themselves and that nobody has approved yet.
const WAITING: Table<(AppId,), WaitingRow> = Table::new("oauth_apps_waiting");
/// Those that registered themselves, by what they say of themselves.
const SAME: Table<([u8; 32],), SameRow> = Table::new("oauth_apps_same");

#[derive(Encode, Decode)]
struct AppRow {
    #[n(0)]
    name: String,
    #[n(1)]
    redirects: Vec<String>,
    #[n(2)]
    by: ByRow,
    #[n(3)]
    account: Option<AccountId>,
    #[n(4)]
    created_at: Timestamp,
    #[n(5)]
    approved_at: Option<Timestamp>,
    #[n(6)]
    same: Option<ByteArray<32>>,
}
row!(AppRow, version 1);

#[derive(Encode, Decode)]
#[cbor(index_only)]
enum ByRow {
    #[n(0)]
    Account,
    #[n(1)]
    Operator,
    #[n(2)]
    Itself,
}

#[derive(Encode, Decode)]
struct WaitingRow {
    #[n(0)]
    network: ByteArray<32>,
}
row!(WaitingRow, version 1);

#[derive(Encode, Decode)]
struct SameRow {
    #[n(0)]
    app: AppId,
}
row!(SameRow, version 1);

impl AppRow {
    fn into_app(self, id: AppId) -> App {
        let by = match (self.by, self.account) {
            (ByRow::Account, Some(account)) => By::Account(account),
            (ByRow::Operator, _) => By::Operator,
            (ByRow::Itself | ByRow::Account, _) => By::Itself,
        };
        let redirects = self.redirects.into_iter().map(Redirect::stored).collect();
        App { id, name: self.name, redirects, by, created_at: self.created_at, approved_at: self.approved_at }
    }
}

fn put(tx: &mut Write, app: &App, same: Option<ByteArray<32>>) {
    let (by, account) = match app.by {
        By::Account(account) => (ByRow::Account, Some(account)),
        By::Operator => (ByRow::Operator, None),
        By::Itself => (ByRow::Itself, None),
    };
    let row = AppRow {
        name: app.name.clone(),
        redirects: app.redirects.iter().map(|redirect| redirect.as_str().to_owned()).collect(),
        by,
        account,
        created_at: app.created_at,
        approved_at: app.approved_at,
        same,
    };
    tx.put(&APPS, &(app.id,), &row);
}

pub(in crate::oauth) fn insert(tx: &mut Write, app: &App) {
    put(tx, app, None);
    if let By::Account(account) = app.by {
        tx.put(&OWN, &(account, app.id), &Mark);
    }
}

/// One that registered itself, with what it says of itself and the network it came from, each as a hash.
pub(in crate::oauth) fn insert_waiting(tx: &mut Write, app: &App, same: [u8; 32], network: [u8; 32]) {
    put(tx, app, Some(same.into()));
    tx.put(&WAITING, &(app.id,), &WaitingRow { network: network.into() });
    tx.put(&SAME, &(same,), &SameRow { app: app.id });
}

pub(in crate::oauth) fn get(tx: &Read, id: AppId) -> Result<Option<App>> {
    Ok(tx.get(&APPS, &(id,))?.map(|row| row.into_app(id)))
}

pub(in crate::oauth) fn has(tx: &Read, id: AppId) -> Result<bool> {
    tx.has(&APPS, &(id,))
}

pub(in crate::oauth) fn same(tx: &Read, same: [u8; 32]) -> Result<Option<App>> {
    match tx.get(&SAME, &(same,))? {
        Some(row) => get(tx, row.app),
        None => Ok(None),
    }
}

pub(in crate::oauth) fn all(tx: &Read) -> Result<Vec<App>> {
    tx.under(&APPS, &()).map(|row| row.map(|((id,), row)| row.into_app(id))).collect()
}

pub(in crate::oauth) fn own(tx: &Read, account: AccountId) -> Result<Vec<App>> {
    let mut apps = Vec::new();
    for row in tx.under(&OWN, &(account,)) {
        let ((_, id), _) = row?;
        apps.extend(get(tx, id)?);
    }
    Ok(apps)
}

/// Those that wait for an operator, and the networks they came from.
pub(in crate::oauth) fn waiting(tx: &Read) -> Result<Vec<(AppId, [u8; 32])>> {
    tx.under(&WAITING, &()).map(|row| row.map(|((id,), row)| (id, row.network.into()))).collect()
}

pub(in crate::oauth) fn approve(tx: &mut Write, app: &App) -> Result<()> {
    let same = tx.get(&APPS, &(app.id,))?.and_then(|row| row.same);
    put(tx, app, same);
    tx.remove(&WAITING, &(app.id,));
    Ok(())
}

pub(in crate::oauth) fn remove(tx: &mut Write, app: &App) -> Result<()> {
    if let Some(same) = tx.get(&APPS, &(app.id,))?.and_then(|row| row.same) {
        tx.remove(&SAME, &(same.into(),));
    }
    if let By::Account(account) = app.by {
        tx.remove(&OWN, &(account, app.id));
    }
    tx.remove(&WAITING, &(app.id,));
    tx.remove(&APPS, &(app.id,));
    Ok(())
}
