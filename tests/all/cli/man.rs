//! `hec man`.

use std::fs;

use super::super::process::run;

#[test]
fn the_manual_tells_every_verb_and_the_folder_has_a_page_for_each() {
    let folder = tempfile::tempdir().unwrap();
    let page = run(&[&"man"]).done();
    assert!(page.contains(".TH hec 1"), "{page}");
    assert_eq!(run(&[&"man", &"--out", &folder.path()]).done(), "");
    for verb in ["serve", "init", "setup-link", "doctor", "healthcheck", "man"] {
        let name = format!("hec-{}.1", verb);
        assert!(page.contains(&name.replace('-', "\\-").replace(".1", "(1)")), "{verb} is not told: {page}");
        let own = fs::read_to_string(folder.path().join(&name)).unwrap();
        assert!(own.contains(".SH SYNOPSIS"), "{name}: {own}");
    }
    assert!(folder.path().join("hec-key-rotate.1").exists(), "verbs of verbs have pages, too");
}
