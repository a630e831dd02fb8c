//! Clients that we did not write, over TLS with the house's own authority: they are in `tests/clients`, and `tests/run`
//! installs what they use.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{
    edge::{pebble::free_port, sockets::Logged},
    process::{answer, hec, seed},
};

/// A server over TLS whose authority is trusted, and an app that it knows.
struct House {
    folder: tempfile::TempDir,
    server: Option<Logged>,
    issuer: String,
    client: String,
    email: String,
    password: String,
}

const REDIRECT: &str = "http://127.0.0.1:49152/signed-in";

impl House {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let seeded = seed(&data, 1, 5);
        let owner = &seeded["accounts"][0];
        let word = |name: &str| owner[name].as_str().unwrap().to_owned();
        let (port, plain) = (free_port(), free_port());
        let mut serve = hec(&[&"serve", &"--data", &data, &"--tls", &"local", &"--mdns=false"]);
        serve.args(["--listen", &format!("127.0.0.1:{port}"), "--plain-listen", &format!("127.0.0.1:{plain}")]);
        let server = Logged::start(serve.env("HEC_ENVIRONMENT", "development"));
        server.wait_for("listening");
        let root = folder.path().join("root.pem");
        let fetched = Command::new("curl")
            .args(["-fsS", "--noproxy", "*", "-o"])
            .arg(&root)
            .arg(format!("http://127.0.0.1:{plain}/trust/hec-home.crt"))
            .status();
        assert!(fetched.unwrap().success());
        // While the server runs, it is the server that registers the app.
        let mut create = hec(&[&"app", &"create", &"--name", &"Leaf", &"--redirect", &"http://127.0.0.1/signed-in"]);
        create.args(["--redirect", "org.example.leaf:/signed-in", "--json", "--data"]).arg(&data);
        let app: Value = serde_json::from_str(&answer(create.env("HEC_ENVIRONMENT", "development")).done()).unwrap();
        assert_eq!(
            app["redirect_uris"],
            serde_json::json!(["http://127.0.0.1/signed-in", "org.example.leaf:/signed-in"])
        );
        Self {
            issuer: format!("https://127.0.0.1:{port}"),
            client: app["client_id"].as_str().unwrap().to_owned(),
            email: word("email"),
            password: word("password"),
            server: Some(server),
            folder,
        }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("root.pem")
    }

    /// Runs a client to its end.
    #[track_caller]
    fn lets_in(&self, program: &Path, script: &Path) {
        let output = Command::new(program)
            .arg(script)
            .env("ISSUER", &self.issuer)
            .env("CLIENT_ID", &self.client)
            .env("REDIRECT", REDIRECT)
            .env("EMAIL", &self.email)
            .env("PASSWORD", &self.password)
            .env("ROOT", self.root())
            .env("NODE_EXTRA_CA_CERTS", self.root())
            .env("REQUESTS_CA_BUNDLE", self.root())
            .env("NO_PROXY", "*")
            .stdin(Stdio::null())
            .output()
            .expect("the clients' programs: tests/run installs them");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(said.trim(), "done");
    }

    /// The same with a script for Node, which finds its packages beside itself only.
    #[track_caller]
    fn lets_in_by_node(&self, name: &str) {
        let folder = self.folder.path().join("node");
        fs::create_dir(&folder).unwrap();
        for script in [name, "consent.mjs"] {
            fs::copy(scripts().join(script), folder.join(script)).unwrap();
        }
        let modules = std::env::var_os("HEC_CLIENT_MODULES").map_or_else(scripts, PathBuf::from);
        std::os::unix::fs::symlink(modules.join("node_modules"), folder.join("node_modules")).unwrap();
        self.lets_in(Path::new("node"), &folder.join(name));
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.server.take().map(Logged::stop);
    }
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients")
}

#[test]
fn oauth4webapi_comes_in() {
    House::open().lets_in_by_node("oauth4webapi.mjs");
}

#[test]
fn openid_client_comes_in() {
    House::open().lets_in_by_node("openid-client.mjs");
}

#[test]
fn authlib_comes_in() {
    let python = std::env::var_os("HEC_PYTHON").map_or_else(|| PathBuf::from("python3"), PathBuf::from);
    House::open().lets_in(&python, &scripts().join("with_authlib.py"));
}

#[test]
fn an_app_that_is_created_wrongly_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    seed(&data, 1, 1);
    for (redirect, reason) in [("http://app.example.org/", "redirect: "), ("", "redirect: ")] {
        let mut create = hec(&[&"app", &"create", &"--name", &"Leaf", &"--redirect", &redirect, &"--data", &data]);
        let said = answer(create.env("HEC_ENVIRONMENT", "development"));
        assert_eq!((said.code, said.out.as_str()), (1, ""), "{}", said.err);
        assert!(said.err.contains(reason), "{}", said.err);
    }
}
