//! `hec app create`: an app that everybody on this instance may let in.

use clap::{Args, Subcommand};
use serde_json::json;

use crate::{
    accounts::log::{About, Act, Operator, operated},
    config::Config,
    error::Result,
    oauth::apps::{self, Draft, Redirect},
    store::Store,
};

use super::{
    opening::Keys,
    verb::{self, Verb},
};

/// Apps that people may let in to their record
#[derive(Subcommand)]
pub enum App {
    Create(Create),
}

/// Register an app for everybody on this HEC. It prints the app's client id; there is no secret
#[derive(Args)]
pub struct Create {
    /// What people will read when it asks to come in
    #[arg(long)]
    name: String,
    /// Where its codes may go: https, this device (http://127.0.0.1, http://[::1] or http://localhost, any port), or a
    /// scheme of the app's own with a dot in it. May be given up to ten times
    #[arg(long, value_name = "URI", required = true)]
    redirect: Vec<String>,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

impl App {
    pub fn run(self, config: &Config) -> Result<()> {
        let Self::Create(Create { name, redirect: redirects, json }) = self;
        verb::run(config, &Keys::new(config), Verb::AppCreate { name, redirects, json }).map(drop)
    }
}

/// Registers an app; the words to print.
pub fn create(store: &Store, name: &str, redirects: &[String], as_json: bool) -> Result<String> {
    let draft = Draft::parse(name, redirects.iter().map(String::as_str))?;
    let app = store.db.write_blocking(move |tx| {
        let app = apps::register_for_all(tx, draft)?;
        operated(tx, Act::AppRegistered, Operator::CommandLine, About::Words(&app.name))?;
        Ok(app)
    })?;
    let redirects: Vec<&str> = app.redirects.iter().map(Redirect::as_str).collect();
    if as_json {
        let first = redirects.first();
        let app = json!({ "client_id": app.id, "name": app.name, "redirect_uri": first, "redirect_uris": redirects });
        return Ok(app.to_string());
    }
    let redirects = redirects.join("\n  ");
    Ok(format!(
        "“{}” may be let in from now on. Its client id:\n  {}\nIts codes go to\n  {redirects}",
        app.name, app.id
    ))
}
