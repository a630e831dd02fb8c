//! The mail server: aiosmtpd in a process of its own.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use hec::config::mail::{Account, Mail, Security, Server};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::Value;

/// Where it runs; it is killed when this is dropped.
pub struct MailServer {
    child: Child,
    out: BufReader<ChildStdout>,
    pub port: u16,
}

impl MailServer {
    /// With these arguments of `tests/mail/server.py`; returns once it listens.
    pub fn start(args: &[&str]) -> Self {
        let python = std::env::var_os("HEC_PYTHON").map_or_else(|| PathBuf::from("python3"), PathBuf::from);
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail/server.py");
        let mut child = Command::new(python).arg(script).args(args).stdout(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let port = line.trim().parse().expect("aiosmtpd is installed where HEC_PYTHON is (tests/run does that)");
        Self { child, out, port }
    }

    /// The settings by which it is reached.
    pub fn settings(&self, security: Security) -> Mail {
        let server = Server { security, host: "127.0.0.1".to_owned(), port: self.port };
        Mail { server, from: "hec@mail.example.org".to_owned(), account: None, root: None }
    }

    pub fn plain(&self) -> Mail {
        self.settings(Security::Plain)
    }

    /// The next message that it took.
    #[track_caller]
    pub fn next(&mut self) -> Taken {
        let mut line = String::new();
        assert!(self.out.read_line(&mut line).unwrap() > 0, "it ended");
        Taken(serde_json::from_str(&line).unwrap())
    }

    /// Ends it; every message that it took and nobody looked at.
    pub fn stop(mut self) -> Vec<Taken> {
        self.child.kill().unwrap();
        let lines = (&mut self.out).lines().map(|line| Taken(serde_json::from_str(&line.unwrap()).unwrap()));
        lines.collect()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A message as it arrived.
#[derive(Debug)]
pub struct Taken(Value);

impl Taken {
    /// To whom the envelope is.
    pub fn to(&self) -> &str {
        let to = self.0["to"].as_array().unwrap();
        assert_eq!(to.len(), 1, "{to:?}");
        to[0].as_str().unwrap()
    }

    /// A header's values.
    pub fn headers(&self, name: &str) -> Vec<&str> {
        let all = self.0["headers"].as_array().unwrap().iter();
        all.filter(|pair| pair[0].as_str().unwrap().eq_ignore_ascii_case(name))
            .map(|pair| pair[1].as_str().unwrap())
            .collect()
    }

    pub fn subject(&self) -> &str {
        self.headers("subject")[0]
    }

    pub fn text(&self) -> &str {
        self.0["text"].as_str().unwrap()
    }

    pub fn raw(&self) -> &str {
        self.0["raw"].as_str().unwrap()
    }

    pub fn get(&self, name: &str) -> &Value {
        &self.0[name]
    }

    /// What follows a path in the message's link.
    #[track_caller]
    pub fn secret(&self, path: &str) -> String {
        let start = format!("{}{path}", super::ORIGIN);
        let (_, rest) = self.text().split_once(&start).unwrap_or_else(|| panic!("{start} is not in {}", self.text()));
        let secret: String = rest.chars().take_while(|c| !c.is_whitespace()).collect();
        assert_eq!(secret.len(), 43);
        secret
    }
}

/// An authority of the tests' own, and a certificate of its making.
pub struct Authority {
    folder: tempfile::TempDir,
}

impl Authority {
    /// That vouches for a server of these names and addresses.
    pub fn over(names: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = params.self_signed(&key).unwrap();
        let issuer = Issuer::new(params, key);
        let leaf_key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let leaf = CertificateParams::new(names).unwrap().signed_by(&leaf_key, &issuer).unwrap();
        for (file, text) in [("root.pem", root.pem()), ("leaf.pem", leaf.pem()), ("leaf.key", leaf_key.serialize_pem())]
        {
            std::fs::write(folder.path().join(file), text).unwrap();
        }
        Self { folder }
    }

    pub fn root(&self) -> PathBuf {
        self.folder.path().join("root.pem")
    }

    /// A server with its certificate.
    pub fn serves(&self, mode: &str, more: &[&str]) -> MailServer {
        let path = |file: &str| self.folder.path().join(file).to_str().unwrap().to_owned();
        let (leaf, key) = (path("leaf.pem"), path("leaf.key"));
        MailServer::start(&[&[mode, "--certificate", &leaf, "--key", &key], more].concat())
    }

    /// Somebody who signs in, with the password in a file.
    pub fn account(&self, user: &str, password: &str) -> Account {
        let password_file = self.folder.path().join("password");
        std::fs::write(&password_file, format!("{password}\n")).unwrap();
        Account { user: user.to_owned(), password_file }
    }
}
