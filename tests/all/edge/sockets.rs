//! What a server listens on: what its settings say, or what it is handed.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::{Condvar, Mutex},
};

use std::sync::Arc;

use rustix::process::{Pid, Signal, kill_process};

use super::super::{keys::Machine, process::http};

/// A server of its own process whose log is read line by line.
pub struct Logged {
    child: Child,
    heard: Arc<(Mutex<(String, bool)>, Condvar)>,
}

impl Logged {
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let heard = Arc::new((Mutex::new((String::new(), false)), Condvar::new()));
        let telling = heard.clone();
        std::thread::spawn(move || {
            let mut line = String::new();
            while log.read_line(&mut line).unwrap_or(0) > 0 {
                telling.0.lock().unwrap().0.push_str(&line);
                telling.1.notify_all();
                line.clear();
            }
            telling.0.lock().unwrap().1 = true;
            telling.1.notify_all();
        });
        Self { child, heard }
    }

    /// Waits for a line with these words; gives the log so far.
    #[track_caller]
    pub fn wait_for(&self, words: &str) -> String {
        let mut heard = self.heard.0.lock().unwrap();
        while !heard.0.contains(words) {
            assert!(!heard.1, "it ended without {words:?}: {}", heard.0);
            heard = self.heard.1.wait(heard).unwrap();
        }
        heard.0.clone()
    }

    /// Asks it to end, waits for that; gives its whole log.
    pub fn stop(mut self) -> String {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        self.child.wait().unwrap();
        let mut heard = self.heard.0.lock().unwrap();
        while !heard.1 {
            heard = self.heard.1.wait(heard).unwrap();
        }
        heard.0.clone()
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Logged {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The TCP ports on which a process listens.
fn listening(process: u32) -> Vec<u16> {
    let inodes: Vec<String> = std::fs::read_dir(format!("/proc/{process}/fd"))
        .unwrap()
        .filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok())
        .filter_map(|link| Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    let mut ports = Vec::new();
    for table in ["tcp", "tcp6", "udp", "udp6"] {
        let text = std::fs::read_to_string(format!("/proc/{process}/net/{table}")).unwrap();
        for line in text.lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            // 0A is LISTEN; a UDP socket that is bound is 07.
            let open = fields[3] == if table.starts_with("tcp") { "0A" } else { "07" };
            if open && inodes.iter().any(|inode| inode == fields[9]) {
                ports.push(u16::from_str_radix(fields[1].rsplit_once(':').unwrap().1, 16).unwrap());
            }
        }
    }
    ports.sort_unstable();
    ports
}

#[test]
fn it_listens_where_it_was_told_to_and_nowhere_else() {
    let machine = Machine::new();
    machine.init();
    let mut ports = [(); 3].map(|()| super::pebble::free_port());
    let [first, second, plain] = ports;
    let listen = format!("127.0.0.1:{first},[::1]:{second}");
    let mut serve = machine.command(&[&"serve", &"--tls", &"local", &"--listen", &listen, &"--mdns=false"]);
    let server = Logged::start(serve.args(["--plain-listen", &format!("127.0.0.1:{plain}")]));
    server.wait_for("listening");
    ports.sort_unstable();
    assert_eq!(listening(server.id()), ports);
    server.stop();
}

/// Hands a socket over as systemd does: as descriptors from 3 on, with a count, names and the process in the environment.
const HAND_OVER: &str = "
import fcntl, os, socket, sys
names, program = sys.argv[1], sys.argv[2:]
sockets = []
for name in names.split(':'):
    s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); print(name, s.getsockname()[1], flush=True)
    # Out of the way of the numbers that are handed over.
    sockets.append(fcntl.fcntl(s, fcntl.F_DUPFD, 10))
for place, s in enumerate(sockets):
    os.dup2(s, 3 + place); os.set_inheritable(3 + place, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(place + 1), LISTEN_FDNAMES=names)
os.execv(program[0], program)
";

#[tokio::test]
async fn sockets_that_are_handed_over_take_the_place_of_its_own() {
    let machine = Machine::new();
    machine.init();
    let hec = machine.command(&[&"serve", &"--tls", &"local", &"--mdns=false"]);
    let mut python = Command::new("python3");
    python.args(["-c", HAND_OVER, "https:plain"]).arg(hec.get_program()).args(hec.get_args());
    for (name, value) in hec.get_envs() {
        if let Some(value) = value {
            python.env(name, value);
        }
    }
    let mut child = python.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    let mut port = || {
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        line.trim().rsplit_once(' ').unwrap().1.parse::<u16>().unwrap()
    };
    let (site, plain) = (port(), port());
    // Whoever connects waits until the server is there: that is what handing over is for.
    let reply = http().get(format!("http://127.0.0.1:{plain}/journal?day=1")).send().await.unwrap();
    assert_eq!(reply.status(), 308);
    assert_eq!(reply.headers()["location"], format!("https://127.0.0.1:{site}/journal?day=1"));
    let foreign = http().get(format!("http://127.0.0.1:{plain}/")).header("host", "evil.example").send().await.unwrap();
    assert_eq!(foreign.status(), 421, "nobody is sent elsewhere");
    let trust = http().get(format!("http://127.0.0.1:{plain}/trust")).send().await.unwrap();
    assert!(trust.text().await.unwrap().contains("Fingerprint"));
    let mut ports = [site, plain];
    ports.sort_unstable();
    assert_eq!(listening(child.id()), ports);
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert!(child.wait().unwrap().success());
}
