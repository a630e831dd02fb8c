//! `hec openapi`: the API's description.

use clap::Args;

use crate::{
    app::App,
    config::{Config, Settings},
    error::{Error, Result},
    routes, store,
    types::Clock,
    wiring,
};

/// Print the OpenAPI document of this version (JSON)
#[derive(Args)]
pub struct Openapi {}

impl Openapi {
    pub fn run(self) -> Result<()> {
        let document = document()?;
        println!("{}", serde_json::to_string_pretty(&document).map_err(Error::internal)?);
        Ok(())
    }
}

/// The document, made with a store that vanishes again.
fn document() -> Result<serde_json::Value> {
    let folder = tempfile::tempdir()?;
    let store = store::create_development(folder.path(), Clock::System, wiring::MIGRATIONS)?;
    let app = App::new(store, Config::load_alone(&Settings::default())?, wiring::DOORS)?;
    routes::openapi_document(&app)
}
