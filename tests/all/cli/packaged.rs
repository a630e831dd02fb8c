//! The settings that packages bring.

use std::fs;

use hec::config::keys::KEYS;

use super::super::process::run;

/// A line's setting, whether it holds or is only suggested.
fn named(line: &str) -> Option<&str> {
    line.trim_start_matches('#').split_once(" = ").map(|(name, _)| name).filter(|name| !name.contains(' '))
}

fn packaged() -> String {
    fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/packaging/hec.toml")).unwrap()
}

#[test]
fn every_setting_has_its_line_in_the_packaged_file() {
    let text = packaged();
    let lines: Vec<_> = text.lines().filter_map(named).collect();
    for key in KEYS.iter().filter(|key| key.in_file) {
        assert_eq!(lines.iter().filter(|name| **name == key.name).count(), 1, "{}", key.name);
    }
    for name in lines {
        assert!(KEYS.iter().any(|key| key.name == name && key.in_file), "{name} is no setting");
    }
}

#[test]
fn the_packaged_file_is_taken_as_it_is_and_with_every_suggestion_that_fits() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hec.toml");
    let taken = |text: &str| {
        fs::write(&file, text).unwrap();
        run(&[&"config", &"explain", &"--config", &file]).done()
    };
    assert!(taken(&packaged()).contains("/var/lib/hec"));
    for (mode, others) in [
        ("local", &["certificate", "private_key", "acme_"][..]),
        ("files", &["acme_"]),
        ("acme", &["certificate", "private_key"]),
    ] {
        let all = packaged().replace("tls = \"local\"", &format!("tls = \"{mode}\""));
        let fits = |line: &&str| !named(line).is_some_and(|name| others.iter().any(|other| name.starts_with(other)));
        let said = |line: &str| if named(line).is_some() { line.trim_start_matches('#') } else { line }.to_owned();
        let all: Vec<_> = all.lines().filter(fits).map(said).collect();
        assert!(taken(&all.join("\n")).contains("hec.example.org"), "{mode}");
    }
}
