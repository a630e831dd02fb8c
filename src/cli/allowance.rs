//! `hec allowance`: how much room the photos of families take, and how much they may.

use clap::Subcommand;
use serde_json::json;

use crate::{
    accounts::log::Operator,
    admin::families::{parse, seen},
    config::{Amount, Config},
    entries::space,
    error::{Error, Result},
    families::allowance,
    store::Db,
    types::reference,
};

use super::{
    opening::Keys,
    verb::{self, Verb},
};

/// How much room the photos of each family take, and how much they may
#[derive(Subcommand)]
pub enum Allowance {
    /// List the families by their references, the largest first; no name and nothing of a record
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Allow one family so much
    ///
    /// The family's own log tells of it, and so does the log of the instance
    Set {
        /// The family's reference, which its adults find on their page "Room for photos"
        reference: String,
        /// As in "5 GB"; "none" for no bound, "usual" for what the settings say
        size: String,
    },
    /// Count what the photos of every family take anew, where `hec doctor` says that a count is wrong
    Recount,
}

impl Allowance {
    pub fn run(self, config: &Config) -> Result<()> {
        let asked = match self {
            Self::List { json } => Verb::AllowanceList { json },
            Self::Set { reference, size } => Verb::AllowanceSet { reference, size },
            Self::Recount => Verb::AllowanceRecount,
        };
        verb::run(config, &Keys::new(config), asked).map(drop)
    }
}

/// The families, as lines or as JSON.
pub fn list(db: &Db, usual: Option<Amount>, as_json: bool) -> Result<String> {
    let all = db.read(|tx| seen(tx, usual))?;
    if as_json {
        let all = all.iter().map(|one| {
            json!({
                "reference": reference(&one.family), "used": one.space.used.0,
                "allowance": one.space.allowance.map(|size| size.0), "own": one.own.is_some(),
            })
        });
        return Ok(serde_json::Value::Array(all.collect()).to_string());
    }
    if all.is_empty() {
        return Ok("There are no families yet.".to_owned());
    }
    let lines = all.iter().map(|one| {
        let of = one.space.allowance.map(|size| format!(" of {size}")).unwrap_or_default();
        let own = if one.own.is_some() { ", said for this family" } else { "" };
        format!("{}  {}{of}{own}", reference(&one.family), one.space.used)
    });
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

/// Allows a family so much, in words.
pub fn set(db: &Db, usual: Option<Amount>, typed: &str, size: &str) -> Result<String> {
    let nobody =
        |_| Error::Refused(format!("no family has the reference {typed}: `hec allowance list` shows them all"));
    let family = db.read(|tx| allowance::find(tx, typed)).map_err(nobody)?;
    let own = if size.trim() == "usual" { None } else { parse(size)? };
    let space = db.write_blocking(move |tx| {
        allowance::set(tx, Operator::CommandLine, family, own)?;
        space::of(tx, family, usual)
    })?;
    let may = space.allowance.map_or_else(|| "as much as the disk has".to_owned(), |size| size.to_string());
    Ok(format!(
        "The photos of {} take {}, and may take {may}. The family's log tells of it.",
        reference(&family),
        space.used
    ))
}

/// Counts anew, in words.
pub fn recount(db: &Db) -> Result<String> {
    Ok(match db.write_blocking(space::recount)? {
        0 => "Every count was right.".to_owned(),
        wrong => format!("{wrong} counted wrongly before; they are right now."),
    })
}
