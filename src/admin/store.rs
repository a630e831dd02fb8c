//! Rows of the instance itself, and of invitations to it.

use minicbor::{Decode, Encode, bytes::ByteArray};

use crate::{
    error::Result,
    row,
    store::{Read, Table, Write},
    types::{InvitationId, Timestamp},
};

use super::{
    instance::{Instance, Step},
    invitation::Invitation,
};

const INSTANCE: Table<(u8,), InstanceRow> = Table::new("instance");
/// When a recovery code was last typed.
const DRILL: Table<(u8,), DrillRow> = Table::new("recovery_drill");
/// By the hash of the link's secret.
const INVITATIONS: Table<([u8; 32],), InvitationRow> = Table::new("instance_invitations");

/// When operators were last told that something is wrong with the backups.
const TOLD: Table<(u8,), ToldRow> = Table::new("backups_told");

/// What the settings were at the last start: names, and hashes of what was said.
const SETTINGS: Table<(u8,), SettingsRow> = Table::new("settings_seen");

#[derive(Encode, Decode)]
struct SettingsRow {
    #[n(0)]
    said: Vec<(String, ByteArray<32>)>,
}
row!(SettingsRow, version 1);

#[derive(Encode, Decode)]
struct ToldRow {
    #[n(0)]
    at: Timestamp,
}
row!(ToldRow, version 1);

#[derive(Encode, Decode)]
struct InstanceRow {
    #[n(0)]
    name: Option<String>,
    #[n(1)]
    open: Vec<Step>,
}
row!(InstanceRow, version 1);

#[derive(Encode, Decode)]
struct DrillRow {
    #[n(0)]
    at: Timestamp,
}
row!(DrillRow, version 1);

#[derive(Encode, Decode)]
struct InvitationRow {
    #[n(0)]
    id: InvitationId,
    #[n(1)]
    whom: String,
    #[n(2)]
    made_at: Timestamp,
    #[n(3)]
    ends_at: Timestamp,
}
row!(InvitationRow, version 1);

impl InvitationRow {
    fn into_invitation(self) -> Invitation {
        Invitation { id: self.id, whom: self.whom, made_at: self.made_at, ends_at: self.ends_at }
    }
}

/// The instance; one that nobody has said anything of has no name and nothing left to set up.
pub(super) fn instance(tx: &Read) -> Result<Instance> {
    let row = tx.get(&INSTANCE, &(0,))?;
    Ok(row.map_or_else(Instance::default, |row| Instance { name: row.name, open: row.open }))
}

pub(super) fn put_instance(tx: &mut Write, instance: &Instance) {
    tx.put(&INSTANCE, &(0,), &InstanceRow { name: instance.name.clone(), open: instance.open.clone() });
}

/// Names of settings, and hashes of what was said.
pub(super) type Said = Vec<(String, [u8; 32])>;

pub(super) fn settings(tx: &Read) -> Result<Option<Said>> {
    let row = tx.get(&SETTINGS, &(0,))?;
    Ok(row.map(|row| row.said.into_iter().map(|(name, hash)| (name, hash.into())).collect()))
}

pub(super) fn put_settings(tx: &mut Write, said: Said) {
    let said = said.into_iter().map(|(name, hash)| (name, hash.into())).collect();
    tx.put(&SETTINGS, &(0,), &SettingsRow { said });
}

pub(super) fn told(tx: &Read) -> Result<Option<Timestamp>> {
    Ok(tx.get(&TOLD, &(0,))?.map(|row| row.at))
}

pub(super) fn set_told(tx: &mut Write, at: Option<Timestamp>) {
    match at {
        Some(at) => tx.put(&TOLD, &(0,), &ToldRow { at }),
        None => tx.remove(&TOLD, &(0,)),
    }
}

pub(super) fn drill(tx: &Read) -> Result<Option<Timestamp>> {
    Ok(tx.get(&DRILL, &(0,))?.map(|row| row.at))
}

pub(super) fn put_drill(tx: &mut Write, at: Timestamp) {
    tx.put(&DRILL, &(0,), &DrillRow { at });
}

pub(super) fn put_invitation(tx: &mut Write, hash: [u8; 32], invitation: &Invitation) {
    let Invitation { id, whom, made_at, ends_at } = invitation.clone();
    tx.put(&INVITATIONS, &(hash,), &InvitationRow { id, whom, made_at, ends_at });
}

pub(super) fn invitation(tx: &Read, hash: [u8; 32]) -> Result<Option<Invitation>> {
    Ok(tx.get(&INVITATIONS, &(hash,))?.map(InvitationRow::into_invitation))
}

pub(super) fn invitations(tx: &Read) -> Result<Vec<([u8; 32], Invitation)>> {
    tx.under(&INVITATIONS, &()).map(|row| row.map(|((hash,), row)| (hash, row.into_invitation()))).collect()
}

pub(super) fn remove_invitation(tx: &mut Write, hash: [u8; 32]) {
    tx.remove(&INVITATIONS, &(hash,));
}
