//! `hec init` as somebody at a terminal meets it: `script` gives it one.

use std::{
    fs,
    io::{Read as _, Write as _},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use super::super::process::{answer, hec};

/// A verb on a terminal of its own.
pub(super) struct Terminal {
    child: Child,
    keys: ChildStdin,
    screen: ChildStdout,
    seen: String,
    read: usize,
}

impl Terminal {
    pub(super) fn run(home: &Path, args: &str) -> Self {
        // What never comes is not waited for.
        let mut command = Command::new("timeout");
        command.args([
            "--foreground",
            "120",
            "script",
            "-qefc",
            &format!("exec {} {args}", env!("CARGO_BIN_EXE_hec")),
            "/dev/null",
        ]);
        command.env_clear().env("PATH", "/usr/bin:/bin").env("XDG_CONFIG_HOME", home.join("settings"));
        command.env("HEC_DATA", home.join("data")).current_dir(home);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (keys, screen) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, keys, screen, seen: String::new(), read: 0 }
    }

    /// Waits for words that were not waited for before; gives what stood before them.
    #[track_caller]
    pub(super) fn reads(&mut self, words: &str) -> String {
        loop {
            if let Some(at) = self.seen[self.read..].find(words) {
                let before = self.seen[self.read..self.read + at].to_owned();
                self.read += at + words.len();
                return before;
            }
            let mut more = [0; 1024];
            let length = self.screen.read(&mut more).unwrap();
            assert!(length > 0, "it ended without {words:?}: {}", self.seen);
            self.seen += &String::from_utf8_lossy(&more[..length]);
        }
    }

    pub(super) fn types(&mut self, words: &str) {
        self.keys.write_all(format!("{words}\n").as_bytes()).unwrap();
    }

    /// Copies the code from the screen and types it back.
    fn types_the_code(&mut self) {
        let shown = self.reads("Type it from the paper");
        let code = shown.lines().map(str::trim).find(|line| line.len() == 47 && line.matches('-').count() == 7);
        let code = code.unwrap_or_else(|| panic!("no code in {shown}")).to_owned();
        self.types(&code);
    }

    /// Ctrl-C; as [`Terminal::fails`].
    pub(super) fn interrupts(mut self) -> String {
        self.keys.write_all(b"\x03").unwrap();
        self.fails()
    }

    /// Gives what is seen until it has ended, which is not well.
    pub(super) fn fails(self) -> String {
        let (rest, well) = self.end();
        assert!(!well, "{rest}");
        rest
    }

    pub(super) fn ends(self) -> String {
        let (rest, well) = self.end();
        assert!(well, "{rest}");
        rest
    }

    fn end(mut self) -> (String, bool) {
        let mut rest = Vec::new();
        self.screen.read_to_end(&mut rest).unwrap();
        drop(self.keys);
        let well = self.child.wait().unwrap().success();
        (self.seen[self.read..].to_owned() + &String::from_utf8_lossy(&rest), well)
    }
}

fn settings(home: &Path) -> PathBuf {
    home.join("settings/hec/hec.toml")
}

/// Goes through `hec init` with this choice of address, and gives the file of settings.
fn init(home: &Path, answers: &[(&str, &str)]) -> String {
    let mut terminal = Terminal::run(home, "init --unlock file --limits=false --log-format 'json'");
    for (question, typed) in answers {
        terminal.reads(question);
        terminal.types(typed);
    }
    terminal.types_the_code();
    let end = terminal.ends();
    assert!(end.contains(&settings(home).display().to_string()) && end.contains("hec serve --"), "{end}");
    for said in ["--unlock file", "--limits=false", "--log-format json"] {
        assert!(end.contains(said), "what was said is to be said again: {end}");
    }
    fs::read_to_string(settings(home)).unwrap()
}

/// What holds then, as `hec config explain` tells it.
fn holds(home: &Path, name: &str) -> String {
    let explained = answer(&mut hec(&[&"config", &"explain", &"--json", &"--config", &settings(home)])).done();
    let explained: serde_json::Value = serde_json::from_str(&explained).unwrap();
    let line = explained.as_array().unwrap().iter().find(|line| line["name"] == name).unwrap();
    line["value"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn each_of_four_answers_makes_a_file_of_settings_that_says_so() {
    let home = tempfile::tempdir().unwrap();
    let text = init(home.path(), &[("1, 2, 3 or 4: ", "5"), ("1, 2, 3 or 4: ", "1")]);
    assert!(text.contains("tls = \"off\"") && text.contains("listen = [\"127.0.0.1:8080\"]"), "{text}");
    assert_eq!(holds(home.path(), "tls"), "off");
    let mode = fs::metadata(settings(home.path())).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644);

    let home = tempfile::tempdir().unwrap();
    init(home.path(), &[("1, 2, 3 or 4: ", "2"), ("home network", "no name"), ("It must be", "den.local")]);
    assert_eq!((holds(home.path(), "tls"), holds(home.path(), "names")), ("local".to_owned(), "den.local".to_owned()));
    assert!(holds(home.path(), "plain_listen").starts_with("[::]:80"));

    let home = tempfile::tempdir().unwrap();
    let certificate = home.path().join("fullchain.pem");
    fs::write(&certificate, "a certificate").unwrap();
    let certificate = certificate.to_str().unwrap();
    let answers = [
        ("1, 2, 3 or 4: ", "3"),
        ("public name", "hec.example.org"),
        ("fullchain.pem", "/nowhere/at/all"),
        ("No such file", certificate),
        ("private key", certificate),
    ];
    init(home.path(), &answers);
    assert_eq!(holds(home.path(), "certificate"), certificate);

    let home = tempfile::tempdir().unwrap();
    let answers = [
        ("1, 2, 3 or 4: ", "4"),
        ("public name", "hec.local"),
        ("No public authority", "hec.example.org"),
        ("email", "nobody"),
        ("It must be", "\"quoted\\\"@example.org"),
    ];
    init(home.path(), &answers);
    assert_eq!(holds(home.path(), "tls"), "acme");
    assert_eq!(holds(home.path(), "acme_contact"), "\"quoted\\\"@example.org");
}

#[test]
fn a_file_that_was_named_is_the_one_that_is_written() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("elsewhere/own.toml");
    let mut terminal = Terminal::run(home.path(), &format!("init --unlock file --config {}", file.display()));
    terminal.reads("1, 2, 3 or 4: ");
    terminal.types("1");
    terminal.types_the_code();
    assert!(terminal.ends().contains(&format!("hec serve --config {}", file.display())));
    assert!(file.exists() && !settings(home.path()).exists());
}

#[test]
fn nothing_is_asked_again_and_no_file_is_written_over() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir_all(home.path().join("settings/hec")).unwrap();
    fs::write(settings(home.path()), "registration = \"open\"\n").unwrap();
    let mut terminal = Terminal::run(home.path(), "init --unlock file");
    terminal.types_the_code();
    assert!(!terminal.seen.contains("Where will you use"), "{}", terminal.seen);
    terminal.ends();
    assert_eq!(fs::read_to_string(settings(home.path())).unwrap(), "registration = \"open\"\n");

    // What was said on the command line is not asked either, and writes nothing.
    let home = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::run(home.path(), "init --unlock file --listen 127.0.0.1:0");
    terminal.types_the_code();
    assert!(!terminal.seen.contains("Where will you use"), "{}", terminal.seen);
    terminal.ends();
    assert!(!settings(home.path()).exists());
}

#[test]
fn yes_asks_nothing_and_writes_no_settings() {
    let home = tempfile::tempdir().unwrap();
    let terminal = Terminal::run(home.path(), "init --yes");
    let end = terminal.ends();
    assert!(!end.contains("Where will you use") && end.contains("The store is in"), "{end}");
    assert!(!settings(home.path()).exists());
    let mut named = hec(&[&"init", &"--yes", &"--config", &"/nowhere/hec.toml"]);
    answer(named.env("HEC_DATA", home.path().join("other"))).refused("/nowhere/hec.toml");
}

#[test]
fn a_first_start_on_a_terminal_asks_and_goes_on_with_what_was_said() {
    let home = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::run(home.path(), "serve --listen 127.0.0.1:0");
    terminal.reads("1 or 2: ");
    terminal.types("1");
    terminal.types_the_code();
    terminal.reads("/setup?token=");
    // Ctrl-C, as a person ends it.
    terminal.keys.write_all(b"\x03").unwrap();
    terminal.ends();
}
