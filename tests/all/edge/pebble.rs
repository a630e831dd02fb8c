//! Pebble, an ACME authority that runs here (Debian's package `pebble`), and the DNS that it asks.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::{SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use rustls_pki_types::{CertificateDer, pem::PemObject};

/// The name that it never certifies.
pub const BLOCKED: &str = "blocked.example.test";

/// An authority; it ends when this is dropped.
pub struct Pebble {
    authority: Child,
    dns: Child,
    folder: tempfile::TempDir,
    management: u16,
    pub directory: String,
}

/// A port that is free now.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Waits until a program listens at a port.
#[track_caller]
fn wait_for(program: &mut Child, port: u16) {
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(program.try_wait().unwrap().is_none(), "it ended");
        std::thread::yield_now();
    }
}

impl Pebble {
    /// One that looks for TLS-ALPN-01 answers at this port, whatever the name. Its certificates hold for 90 days.
    pub fn start(tls: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = super::certificate_for(&["localhost"]);
        let (at, key_at) = (folder.path().join("root.pem"), folder.path().join("key.pem"));
        fs::write(&at, certificate).unwrap();
        fs::write(&key_at, key).unwrap();
        let [port, management, dns_port, dns_management] = [(); 4].map(|()| free_port());
        let settings = serde_json::json!({ "pebble": {
            "listenAddress": format!("127.0.0.1:{port}"),
            "managementListenAddress": format!("127.0.0.1:{management}"),
            "certificate": at, "privateKey": key_at,
            "httpPort": 1, "tlsPort": tls.port(), "ocspResponderURL": "",
            "externalAccountBindingRequired": false, "certificateValidityPeriod": 7_776_000,
            "domainBlocklist": [BLOCKED],
        }});
        let file = folder.path().join("pebble.json");
        fs::write(&file, settings.to_string()).unwrap();
        let mut dns = Command::new("pebble-challtestsrv")
            .args(["-dns01", &format!("127.0.0.1:{dns_port}"), "-http01", "", "-https01", "", "-tlsalpn01", ""])
            .args(["-management", &format!("127.0.0.1:{dns_management}"), "-defaultIPv6", ""])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("pebble-challtestsrv: install Debian's package pebble, as tests/run does");
        // It answers once its port is taken; the management's is the last that it takes.
        wait_for(&mut dns, dns_management);
        let mut authority = Command::new("pebble")
            .args(["-config".as_ref(), file.as_os_str()])
            .args(["-dnsserver", &format!("127.0.0.1:{dns_port}")])
            .env("PEBBLE_VA_NOSLEEP", "1")
            .env("PEBBLE_WFE_NONCEREJECT", "0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("pebble: install Debian's package pebble, as tests/run does");
        let mut said = BufReader::new(authority.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains("ACME directory available") {
            line.clear();
            assert!(said.read_line(&mut line).unwrap() > 0, "pebble ended");
        }
        // It says so before it listens.
        [port, management].into_iter().for_each(|port| wait_for(&mut authority, port));
        // What it still says must go somewhere.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Self { authority, dns, folder, management, directory: format!("https://localhost:{port}/dir") }
    }

    /// Whom to trust as the directory.
    pub fn root_file(&self) -> PathBuf {
        self.folder.path().join("root.pem")
    }

    /// Whom to trust as the authority.
    pub async fn issuing_root(&self) -> CertificateDer<'static> {
        let own = CertificateDer::from_pem_file(self.root_file()).unwrap();
        let tls = super::trusting(&[own], &[]);
        let client = crate::support::client().tls_backend_preconfigured((*tls).clone()).build().unwrap();
        let reply = client.get(format!("https://localhost:{}/roots/0", self.management)).send().await.unwrap();
        CertificateDer::from_pem_slice(&reply.bytes().await.unwrap()).unwrap()
    }
}

impl Drop for Pebble {
    fn drop(&mut self) {
        for child in [&mut self.authority, &mut self.dns] {
            drop(child.kill());
            drop(child.wait());
        }
    }
}
