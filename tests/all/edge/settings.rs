//! Settings: where they come from, which goes first, and what is refused.

use std::{fs, path::Path};

use serde_json::Value;

use super::super::process::{answer, hec, run};

fn explained(file: Option<&Path>, flags: &[&str], variables: &[(&str, &str)]) -> Vec<Value> {
    let mut command = hec(&[]);
    if let Some(file) = file {
        command.arg("--config").arg(file);
    }
    command.args(flags).args(["config", "explain", "--json"]).envs(variables.iter().copied());
    let printed = super::super::process::Answer::from(command.output().unwrap()).done();
    serde_json::from_str::<Vec<Value>>(&printed).unwrap()
}

fn of<'a>(all: &'a [Value], name: &str) -> (&'a str, &'a str) {
    let one = all.iter().find(|one| one["name"] == name).unwrap();
    (one["value"].as_str().unwrap_or(""), one["origin"].as_str().unwrap())
}

#[test]
fn a_flag_goes_before_the_environment_and_that_before_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hec.toml");
    fs::write(
        &file,
        "cache = 8\nconnections = 100\nregistration = \"open\"\nlisten = [\"127.0.0.1:1\", \"[::1]:2\"]\n",
    )
    .unwrap();
    let all = explained(Some(&file), &["--cache", "16"], &[("HEC_CACHE", "12"), ("HEC_CONNECTIONS", "200")]);
    assert_eq!(of(&all, "cache"), ("16", "flag"));
    assert_eq!(of(&all, "connections"), ("200", "environment"));
    assert_eq!(of(&all, "registration"), ("open", file.to_str().unwrap()));
    assert_eq!(of(&all, "listen"), ("127.0.0.1:1, [::1]:2", file.to_str().unwrap()));
    assert_eq!(of(&all, "tls"), ("off", "default"));
    // A list is replaced, not added to; an empty variable says nothing.
    let all = explained(Some(&file), &[], &[("HEC_LISTEN", "127.0.0.1:3"), ("HEC_CACHE", "")]);
    assert_eq!(of(&all, "listen"), ("127.0.0.1:3", "environment"));
    assert_eq!(of(&all, "cache"), ("8", file.to_str().unwrap()));
}

#[test]
fn every_setting_is_explained_with_what_it_means() {
    let all = explained(None, &["--tls", "local"], &[]);
    assert_eq!(all.len(), hec::config::keys::KEYS.len());
    for one in &all {
        assert!(one["meaning"].as_str().unwrap().len() > 10 && !one["default"].as_str().unwrap().is_empty(), "{one}");
    }
    assert_eq!(of(&all, "listen"), ("[::]:443", "default"));
    assert!(of(&all, "names").0.ends_with(".local"));
    let text = run(&[&"config", &"explain"]).done();
    assert!(text.contains("tls = off\n    from: default"), "{text}");
}

#[test]
fn an_unknown_setting_fails_with_the_nearest_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hec.toml");
    for (text, says) in [
        ("listn = \"127.0.0.1:0\"", "there is no setting listn; did you mean listen?"),
        ("private-key = \"x\"", "did you mean private_key?"),
        ("acme_email = \"a@b.c\"", "did you mean acme_"),
        ("zzz = 1", "there is no setting zzz"),
        ("passphrase_fd = 3", "there is no setting passphrase_fd"),
        ("proxies = [\"10.0.0.0/33\"]", "proxies: must be an address or a network"),
        ("names = [\"a b\"]", "names: must be a host name"),
        ("names = \"10.0.0.1\"", "names: must be a host name"),
        ("connections = 1", "a number from 16 to 65536, and this is 1"),
        ("mdns = \"yes\"", "true or false"),
        ("tls = [\"local\"]", "array is not expected here"),
        ("[server]\nlisten = \"127.0.0.1:0\"", "there is no setting server"),
    ] {
        fs::write(&file, text).unwrap();
        run(&[&"config", &"explain", &"--config", &file]).refused(says);
    }
}

#[test]
fn settings_that_do_not_go_together_are_refused_with_what_to_do() {
    for (flags, says) in [
        (&["--listen", "0.0.0.0:443"][..], "plain text"),
        (&["--tls", "acme"], "needs the public name"),
        (&["--tls", "acme", "--names", "hec.local"], "no public authority certifies hec.local"),
        (&["--tls", "files"], "certificate: tls = \"files\" needs it"),
        (&["--certificate", "x.pem"], "certificate belongs to tls = \"files\", and tls is off"),
        (&["--tls", "local", "--acme-contact", "a@example.org"], "acme_contact belongs to tls = \"acme\""),
        (&["--metrics", "192.168.1.2:9100"], "this machine's own addresses"),
        (&["--proxies", "0.0.0.0/0"], "is no network of proxies"),
        (&["--proxies", "10.0.0.1,::/0"], "is no network of proxies"),
    ] {
        let mut command = hec(&[&"config", &"explain"]);
        answer(command.args(flags)).refused(says);
    }
    // Plain text to a proxy elsewhere is what an operator may want, if they name it.
    let mut behind = hec(&[&"config", &"explain", &"--listen", &"192.168.1.2:8080", &"--proxies", &"192.168.1.1"]);
    answer(&mut behind).done();
}

#[test]
fn the_usual_file_is_found_by_itself_and_the_demo_takes_no_notice_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hec/hec.toml");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "data = \"/nonexistent/record\"\ncache = 9\n").unwrap();
    let printed = answer(hec(&[&"config", &"explain", &"--json"]).env("XDG_CONFIG_HOME", folder.path())).done();
    let all: Vec<Value> = serde_json::from_str(&printed).unwrap();
    assert_eq!(of(&all, "cache"), ("9", file.to_str().unwrap()));
    let data = folder.path().join("made-up");
    let mut seed = hec(&[&"seed", &"--families", &"1", &"--entries", &"1", &"--data", &data]);
    answer(seed.env("XDG_CONFIG_HOME", folder.path())).done();
    assert!(data.join("hec.store").exists());
}
