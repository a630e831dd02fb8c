//! What is logged on a test's own thread, on which its server runs.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use tracing::subscriber::DefaultGuard;

/// Listens until it is dropped.
pub struct Log {
    heard: Arc<Mutex<Vec<u8>>>,
    _listening: DefaultGuard,
}

impl Log {
    pub fn listen() -> Self {
        let heard = Arc::<Mutex<Vec<u8>>>::default();
        let writer = heard.clone();
        let log = tracing_subscriber::fmt().with_ansi(false).with_writer(move || Writer(writer.clone()));
        Self { heard, _listening: tracing::subscriber::set_default(log.finish()) }
    }

    /// The lines with this word.
    pub fn about(&self, word: &str) -> Vec<String> {
        let heard = String::from_utf8(self.heard.lock().unwrap().clone()).unwrap();
        heard.lines().filter(|line| line.contains(word)).map(str::to_owned).collect()
    }
}

struct Writer(Arc<Mutex<Vec<u8>>>);

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
