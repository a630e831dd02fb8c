//! The real binary, started and stopped.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Read as _},
    path::Path,
    process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio},
    thread::JoinHandle,
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// `hec` with these arguments, and nothing of this machine's environment.
pub fn hec(args: &[&dyn AsRef<OsStr>]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hec"));
    // A place for keys that is none: what needs one says where.
    command
        .env_clear()
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .stdin(Stdio::null())
        .args(args.iter().map(AsRef::as_ref));
    command
}

/// What a verb that ends by itself answered.
pub struct Answer {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl From<Output> for Answer {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Runs a verb to its end.
pub fn run(args: &[&dyn AsRef<OsStr>]) -> Answer {
    answer(&mut hec(args))
}

pub fn answer(command: &mut Command) -> Answer {
    command.output().unwrap().into()
}

impl Answer {
    #[track_caller]
    pub fn done(self) -> String {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        self.out
    }

    /// Exit code 3, the reason on standard error, nothing on standard output.
    #[track_caller]
    pub fn refused(self, reason: &str) {
        assert_eq!((self.code, self.out.as_str()), (3, ""), "{}", self.err);
        assert!(self.err.contains(reason), "{:?} does not say {reason:?}", self.err);
    }
}

/// A server of its own process; it is killed when this is dropped.
pub struct Server {
    child: Child,
    out: BufReader<ChildStdout>,
    /// What it logs, where somebody wants to know.
    log: Option<JoinHandle<String>>,
    /// What `--json` printed.
    pub json: Value,
    pub url: String,
}

impl Server {
    /// `hec demo` on a free port; returns once it has told where it is.
    pub fn demo(args: &[&dyn AsRef<OsStr>]) -> Self {
        let mut command = hec(args);
        Self::demo_by(command.args(["demo", "--port", "0", "--json"]))
    }

    pub fn demo_by(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let json: Value = serde_json::from_str(&line).unwrap();
        let url = json["url"].as_str().unwrap().to_owned();
        Self { child, out, log: None, json, url }
    }

    /// `hec demo`, with its log kept.
    pub fn demo_logged(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = child.stderr.take().unwrap();
        let log = std::thread::spawn(move || {
            let mut text = String::new();
            log.read_to_string(&mut text).unwrap();
            text
        });
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let json: Value = serde_json::from_str(&line).unwrap();
        let url = json["url"].as_str().unwrap().to_owned();
        Self { child, out, log: Some(log), json, url }
    }

    /// `hec serve` in development on a free port; returns once it has logged where it is.
    pub fn serve(data: &Path) -> Self {
        let mut command = hec(&[&"serve", &"--listen", &"127.0.0.1:0", &"--data", &data]);
        Self::serve_by(command.env("HEC_ENVIRONMENT", "development"))
    }

    pub fn serve_by(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        let at = loop {
            let more = log.read_line(&mut line).unwrap();
            match line.find("127.0.0.1:") {
                Some(at) => break at,
                None => assert!(more > 0, "it ended: {line}"),
            }
        };
        let address: String = line[at..].chars().take_while(|c| c.is_ascii_digit() || ".:".contains(*c)).collect();
        // Read on, so that the server never waits for room to log.
        let log = std::thread::spawn(move || {
            log.read_to_string(&mut line).unwrap();
            line
        });
        Self { child, out, log: Some(log), json: Value::Null, url: format!("http://{address}") }
    }

    /// The first account of a role.
    #[track_caller]
    pub fn account(&self, role: &str) -> &Value {
        self.json["accounts"].as_array().unwrap().iter().find(|account| account["role"] == role).unwrap()
    }

    pub fn token(&self) -> String {
        self.account("owner")["token"].as_str().unwrap().to_owned()
    }

    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Ends it at once, as a power cut does.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end; returns how it ended and what it still printed.
    pub fn stop(self) -> (ExitStatus, String) {
        let (status, rest, _) = self.stop_and_tell();
        (status, rest)
    }

    /// The same, and everything that it logged.
    pub fn stop_and_tell(mut self) -> (ExitStatus, String, String) {
        kill_process(self.pid(), Signal::TERM).unwrap();
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        let log = self.log.take().map(|log| log.join().unwrap());
        (self.child.wait().unwrap(), rest, log.unwrap_or_default())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A development store with made-up families.
pub fn seed(data: &Path, families: u32, entries: u32) -> Value {
    let (families, entries) = (families.to_string(), entries.to_string());
    let args: [&dyn AsRef<OsStr>; 8] =
        [&"seed", &"--families", &families, &"--entries", &entries, &"--json", &"--data", &data];
    serde_json::from_str(&run(&args).done()).unwrap()
}

/// Somebody who asks the API, over connections of their own.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    token: String,
}

/// Status and JSON of a reply; no JSON is `null`.
pub type Reply = (u16, Value);

impl Client {
    pub fn new(server: &Server) -> Self {
        Self { http: http(), url: server.url.clone(), token: server.token() }
    }

    pub fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}/api/v1/{path}", self.url)).bearer_auth(&self.token)
    }

    pub async fn get(&self, path: impl AsRef<str>) -> Reply {
        send(self.request(reqwest::Method::GET, path.as_ref())).await.unwrap()
    }

    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        send(self.request(reqwest::Method::POST, path).json(body)).await.unwrap()
    }

    /// None where the server ended before it answered.
    pub async fn put(&self, path: impl AsRef<str>, body: Value) -> Option<Reply> {
        send(self.request(reqwest::Method::PUT, path.as_ref()).json(&body)).await.ok()
    }

    pub async fn put_picture(&self, path: impl AsRef<str>, picture: Vec<u8>) -> Option<Reply> {
        send(self.request(reqwest::Method::PUT, path.as_ref()).header("content-type", "image/jpeg").body(picture))
            .await
            .ok()
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Reply {
        send(self.request(reqwest::Method::PATCH, path).json(body)).await.unwrap()
    }

    /// Uploads a JPEG.
    pub async fn upload(&self, path: &str, picture: Vec<u8>) -> Reply {
        let request = self.request(reqwest::Method::POST, path).header("content-type", "image/jpeg").body(picture);
        send(request).await.unwrap()
    }

    /// A file's status and bytes.
    pub async fn file(&self, path: impl AsRef<str>) -> (u16, Vec<u8>) {
        let reply = self.request(reqwest::Method::GET, path.as_ref()).send().await.unwrap();
        (reply.status().as_u16(), reply.bytes().await.unwrap().to_vec())
    }

    /// Every item of a list, page after page.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut next = String::new();
        loop {
            let join = if path.contains('?') { '&' } else { '?' };
            let (status, page) = self.get(&format!("{path}{join}limit=100&after={next}")).await;
            assert_eq!(status, 200, "{page}");
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(more) => more.clone_into(&mut next),
                None => return items,
            }
        }
    }
}

async fn send(request: reqwest::RequestBuilder) -> reqwest::Result<Reply> {
    let reply = request.send().await?;
    let status = reply.status().as_u16();
    let bytes = reply.bytes().await?;
    Ok((status, serde_json::from_slice(&bytes).unwrap_or_default()))
}

/// A browser without a memory: it follows no redirect and keeps no cookie.
pub fn http() -> reqwest::Client {
    crate::support::client().build().unwrap()
}
