//! The row of the instance itself.

use minicbor::{Decode, Encode};

use crate::{
    error::Result,
    row,
    store::{Read, Table, Write},
};

use super::instance::{Instance, Step};

const INSTANCE: Table<(u8,), InstanceRow> = Table::new("instance");

#[derive(Encode, Decode)]
struct InstanceRow {
    #[n(0)]
    name: Option<String>,
    #[n(1)]
    open: Vec<Step>,
}
row!(InstanceRow, version 1);

/// The instance; one that nobody has said anything of has no name and nothing left to set up.
pub(super) fn instance(tx: &Read) -> Result<Instance> {
    let row = tx.get(&INSTANCE, &(0,))?;
    Ok(row.map_or_else(Instance::default, |row| Instance { name: row.name, open: row.open }))
}

pub(super) fn put_instance(tx: &mut Write, instance: &Instance) {
    tx.put(&INSTANCE, &(0,), &InstanceRow { name: instance.name.clone(), open: instance.open.clone() });
}
