//! Variables of the environment: a slip in a setting's name is told when a server starts, by the name alone.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use hec::config::variables::strangers;

use crate::{keys::Machine, process::Server};

/// A name that begins as HEC's do; in pieces, so that the search below does not find it.
fn of(rest: &str) -> String {
    format!("HEC{}{rest}", '_')
}

#[test]
fn a_server_tells_once_of_each_variable_that_nobody_reads_and_of_no_value() {
    let machine = Machine::new();
    machine.init();
    let mut serve = machine.command(&[&"serve", &"--listen", &"127.0.0.1:0"]);
    serve.env(of("PASSWORD_MEMROY"), "marigold").env(of("QQZZX"), "foxglove").env("HEC_TEST_PHOTOS", "/nowhere");
    let server = Server::serve_by(serve.env("HEC_LOG", "info").env("HEC_CONNECTIONS", "64").env("HECTOR", "a dog"));
    let (status, _, log) = server.stop_and_tell();
    assert!(status.success(), "{log}");
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("is no setting")).collect();
    let [slip, other] = lines[..] else { panic!("two lines: {log}") };
    assert!(slip.contains("WARN") && slip.contains(&of("PASSWORD_MEMROY")), "{slip}");
    assert!(slip.ends_with(&format!("did you mean {}?", of("PASSWORD_MEMORY"))), "{slip}");
    assert!(other.contains(&of("QQZZX")) && !other.contains("did you mean"), "{other}");
    for value in ["marigold", "foxglove"] {
        assert!(!log.contains(value), "{value}");
    }
}

#[test]
fn whatever_this_repository_asks_for_is_known() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![root.join("build.rs"), root.join("README.md"), root.join("CONTRIBUTING.md")];
    for folder in ["src", "tests", "benches", "packaging", "systemd", "fuzz"] {
        gather(&root.join(folder), &mut files);
    }
    let mut names = BTreeSet::new();
    for text in files.iter().filter_map(|file| fs::read_to_string(file).ok()) {
        for (at, _) in text.match_indices("HEC_") {
            let rest = text[at..].chars().take_while(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || *c == '_');
            names.insert(rest.collect::<String>());
        }
    }
    // What stands for a name, or for the first part of several.
    names.retain(|name| !name.ends_with('_'));
    assert!(names.contains("HEC_LISTEN") && names.contains("HEC_BIN") && names.len() > 30, "{names:?}");
    assert_eq!(strangers(names), []);
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        match is_folder {
            true if path.ends_with("node_modules") || path.ends_with("target") => {}
            true => gather(&path, files),
            false => files.push(path),
        }
    }
}
