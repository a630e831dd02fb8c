//! What is refused, with which exit code and which words.

use std::{ffi::OsStr, fs, net::TcpListener};

use super::super::process::{Server, answer, hec, run, seed};

#[test]
fn a_store_of_made_up_families_is_none_for_real_ones() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let serve: [&dyn AsRef<OsStr>; 5] = [&"serve", &"--listen", &"127.0.0.1:0", &"--data", &data];
    seed(&data, 1, 1);
    run(&serve).refused("is for development, and this is production");
    answer(hec(&serve).env("HEC_ENVIRONMENT", "staging")).refused("and this is staging");
    run(&[&"setup-link", &"--data", &data]).refused("is for development");
}

#[test]
fn a_second_process_on_the_same_data_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    seed(folder.path(), 1, 1);
    let server = Server::demo(&[&"--data", &folder.path()]);
    let data = folder.path();
    run(&[&"demo", &"--port", &"0", &"--data", &data]).refused("another HEC");
    run(&[&"seed", &"--families", &"1", &"--entries", &"1", &"--data", &data]).refused("another HEC");
    let mut serve = hec(&[&"serve", &"--listen", &"127.0.0.1:0", &"--data", &data]);
    answer(serve.env("HEC_ENVIRONMENT", "development")).refused("another HEC");
    // Once it has gone, they are free, also after a kill.
    server.kill();
    seed(data, 1, 1);
}

#[test]
fn an_address_that_others_reach_is_refused_without_tls() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for address in ["0.0.0.0:0", "[::]:0", "192.168.1.20:8080"] {
        let mut serve = hec(&[&"serve", &"--listen", &address, &"--data", &data]);
        answer(serve.env("HEC_ENVIRONMENT", "development")).refused("plain text");
    }
    assert!(!data.exists());
}

#[test]
fn an_address_that_is_taken_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let data = folder.path().join("data");
    let answer = run(&[&"demo", &"--port", &port, &"--data", &data]);
    assert!(answer.err.contains("--port"), "{}", answer.err);
    answer.refused(&port);
    assert!(!data.exists(), "it is told before anything is made");
}

#[test]
fn a_file_of_settings_is_read_strictly() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (folder.path().join("data"), folder.path().join("hec.toml"));
    seed(&data, 1, 1);
    let serve: [&dyn AsRef<OsStr>; 5] = [&"serve", &"--config", &file, &"--data", &data];
    for (text, named) in [
        ("listn = \"127.0.0.1:0\"", "listn"),
        ("registration = \"maybe\"", "maybe"),
        ("environment = \"testing\"", "must be production, staging or development"),
        ("listen = \"0.0.0.0:80\"\nenvironment = \"development\"", "0.0.0.0:80"),
        ("listen = 80", "listen"),
        ("cache = 3", "a number from 4 to 4096"),
        ("unlock = \"never\"", "never"),
        ("listen = ", "hec.toml"),
    ] {
        fs::write(&file, text).unwrap();
        run(&serve).refused(named);
    }
    fs::remove_file(&file).unwrap();
    run(&serve).refused("hec.toml");
    // A good one is heard, and a flag goes before it.
    fs::write(&file, "environment = \"staging\"").unwrap();
    run(&serve).refused("this is staging");
    run(&[&"serve", &"--config", &file, &"--data", &data, &"--environment", &"production"])
        .refused("this is production");
}

#[test]
fn what_is_no_command_is_a_matter_of_usage() {
    let cases: [&[&dyn AsRef<OsStr>]; 8] = [
        &[],
        &[&"launder"],
        &[&"serve", &"--colour"],
        &[&"serve", &"--listen", &"here"],
        &[&"demo", &"--port", &"70000"],
        &[&"seed", &"--families", &"some"],
        &[&"portfolio", &"rename", &"file.html"],
        &[&"completions", &"abacus"],
    ];
    for args in cases {
        let answer = run(args);
        assert_eq!((answer.code, answer.out.as_str()), (2, ""), "{}", answer.err);
        assert!(!answer.err.is_empty());
    }
    let mut serve = hec(&[&"serve"]);
    assert_eq!(answer(serve.env("HEC_ENVIRONMENT", "testing")).code, 2);
}
