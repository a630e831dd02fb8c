//! The sheet for the drawer: what somebody needs who brings the record back when everything else is lost. On it stand
//! places and commands, never a credential; and no recovery code but on the page that shows one.

use std::path::Path;

use poem::{Request, Response, handler};
use serde::Serialize;
use serde_json::json;

use crate::{
    admin::instance,
    backup::{Destination, Destinations, destinations::To},
    config::Config,
    error::Result,
    http::{
        auth::SignedIn,
        frame::Page,
        messages::{plain, text},
        words,
    },
    types::Date,
};

/// What stands on it, in words.
#[derive(Debug, Clone, Serialize)]
pub struct Sheet {
    /// What the instance is called.
    pub name: String,
    /// Where people find it.
    pub url: String,
    /// The version of HEC.
    pub version: &'static str,
    /// The day on which it was printed.
    pub date: String,
    /// Where the record lies on its machine.
    pub data: String,
    /// Where copies lie.
    pub places: Vec<Kept>,
    /// The file that says so, where there is one.
    pub file: Option<String>,
}

/// A place of copies.
#[derive(Debug, Clone, Serialize)]
pub struct Kept {
    /// What people call it.
    pub name: String,
    /// Its kind, and where it is.
    pub at: String,
    /// What is needed beside the code.
    pub needs: String,
    /// What brings the record back from it.
    pub command: String,
}

/// The sheet of an instance.
pub fn of(config: &Config, url: &str, name: Option<&str>, today: Date) -> Sheet {
    let file = config.backups.as_deref().filter(|_| !config.demo);
    let destinations = file.and_then(|file| Destinations::read(file).ok()).unwrap_or_default();
    Sheet {
        name: name.unwrap_or("HEC").to_owned(),
        url: url.to_owned(),
        version: env!("CARGO_PKG_VERSION"),
        date: words::short(today),
        data: config.data.display().to_string(),
        places: destinations.all.iter().map(kept).collect(),
        file: file.map(|file| file.display().to_string()),
    }
}

fn kept(one: &Destination) -> Kept {
    let (at, needs, from) = match &one.to {
        To::Disk(path) => (path.display().to_string(), plain("sheet-needs-disk"), path.display().to_string()),
        To::S3 { bucket, prefix, endpoint, region, root, .. } => {
            let bucket = format!("{bucket}/{prefix}");
            let args = [("bucket", bucket), ("endpoint", endpoint.clone()), ("region", region.clone())];
            let at = text("sheet-at-s3", &args.map(|(name, value)| (name, value.into())));
            (at, with_root(plain("sheet-needs-s3"), root.as_deref()), one.name.clone())
        }
        To::WebDav { url, user, root, .. } => {
            let needs = text("sheet-needs-webdav", &[("user", user.clone().into())]);
            (url.clone(), with_root(needs, root.as_deref()), one.name.clone())
        }
    };
    let kind = plain(&format!("backups-kind-{}", one.to.kind()));
    Kept {
        name: one.name.clone(),
        at: format!("{kind}: {at}"),
        needs,
        command: format!("sudo hec restore --from {}", quoted(&from)),
    }
}

/// What is needed, with the certificate of an authority of one's own.
fn with_root(needs: String, root: Option<&Path>) -> String {
    let root = root.map(|path| text("sheet-needs-root", &[("path", path.display().to_string().into())]));
    [Some(needs), root].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// As a shell takes it.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

/// The same for a terminal, or a printer that takes text. The code is written in by hand.
impl Sheet {
    /// Its lines.
    pub fn lines(&self) -> String {
        let mut lines = vec![
            text("sheet-title", &[("name", self.name.clone().into())]),
            text("sheet-made", &[("date", self.date.clone().into()), ("version", self.version.into())]),
            String::new(),
            format!("{}: {}", plain("sheet-address"), self.url),
            format!("{}: {}", plain("sheet-data"), self.data),
            String::new(),
            plain("sheet-code"),
            String::new(),
            format!("   {}", ["_ _ _ _ _"; 4].join("  -  ")),
            String::new(),
            format!("   {}", ["_ _ _ _ _"; 4].join("  -  ")),
            String::new(),
            plain("sheet-code-hint"),
            String::new(),
            plain("sheet-places"),
        ];
        if self.places.is_empty() {
            lines.push(format!("   {}", plain("sheet-no-places")));
        }
        for place in &self.places {
            lines.push(format!("   {}: {}", place.name, place.at));
            lines.push(format!("      {}", place.needs));
        }
        lines.push(String::new());
        lines.push(plain("sheet-do"));
        let steps = ["sheet-do-1", "sheet-do-2", "sheet-do-3", "sheet-do-4"];
        for (number, step) in (1..).zip(steps) {
            lines.push(format!("   {number}. {}", plain(step)));
            lines.extend((step == "sheet-do-2").then(|| "         sudo hec restore".to_owned()));
        }
        if !self.places.is_empty() {
            lines.extend([String::new(), plain("sheet-by-hand")]);
            lines.extend(self.places.iter().map(|place| format!("      {}", place.command)));
        }
        lines.extend([String::new(), plain("sheet-ask"), String::new(), format!("   {}", "_".repeat(60))]);
        lines.join("\n")
    }
}

/// The sheet as a page to print.
#[handler]
pub fn show(person: SignedIn, request: &Request) -> Result<Response> {
    person.open(request)?;
    let app = &person.app;
    let name = app.db.read(instance::get)?.name;
    let today = app.clock().now().date_in(&person.described.zone);
    let sheet = of(&app.config, &app.edge.url, name.as_deref(), today);
    let groups = vec![""; crate::store::slots::GROUPS];
    let context = json!({ "sheet": sheet, "groups": groups });
    Page::new("admin_sheet.html", "admin", plain("title-admin-sheet")).show_visitor(&person, context)
}
