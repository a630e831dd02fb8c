//! Lines on standard error: what is told, in which form, and never what a record holds.

use std::{backtrace::Backtrace, io::IsTerminal, panic};

use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, Settings, Values, usual_file};

/// Where nothing else is said.
/// What checks passkeys repeats what was sent when it refuses it.
const USUAL: &str = "hec=info,webauthn_rs=off,webauthn_rs_core=off,warn";

/// Logs from now on. `HEC_LOG` chooses what (`hec=debug`), the setting `log_format` how it looks.
pub fn log(settings: &Settings) {
    let filter = EnvFilter::try_from_env("HEC_LOG").unwrap_or_else(|_| EnvFilter::new(USUAL));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    match format(settings) {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).init(),
    }
    panic::set_hook(Box::new(tell));
}

/// What the settings say. Where they can't be read, the verb says so in a moment; here text will do.
fn format(settings: &Settings) -> LogFormat {
    let said = Values::gather(settings, usual_file()).and_then(|values| values.one::<String>("log_format"));
    if said.is_ok_and(|said| said.as_deref() == Some("json")) { LogFormat::Json } else { LogFormat::Text }
}

/// A panic's line. Words that were put together while it ran may hold anything, so only fixed ones are told.
fn tell(panic: &panic::PanicHookInfo<'_>) {
    let at = panic.location().map(ToString::to_string).unwrap_or_default();
    let why = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("(not told: it may hold data)");
    let thread = std::thread::current();
    tracing::error!(at, why, thread = thread.name().unwrap_or_default(), "a panic: please report this line");
    // Only where RUST_BACKTRACE asks for it: it names functions, and no value.
    tracing::debug!(backtrace = %Backtrace::capture(), "the way there");
}

#[cfg(test)]
#[allow(clippy::panic)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex, PoisonError},
    };

    use super::*;

    #[derive(Clone, Default)]
    struct Heard(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Heard {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_panic_tells_its_place_and_nothing_that_was_put_together() {
        let heard = Heard::default();
        let writer = heard.clone();
        let lines = tracing_subscriber::fmt().with_ansi(false).with_max_level(tracing::Level::TRACE);
        let _listening = tracing::subscriber::set_default(lines.with_writer(move || writer.clone()).finish());
        let before = panic::take_hook();
        panic::set_hook(Box::new(tell));
        let (word, fixed) = ("marigold", panic::catch_unwind(|| panic!("fixed words")));
        let made = panic::catch_unwind(|| panic!("put together of {word}"));
        let unwrapped = panic::catch_unwind(|| Err::<(), _>(word).map_err(|why| panic!("{why:?}")));
        panic::set_hook(before);
        assert!(fixed.is_err() && made.is_err() && unwrapped.is_err());
        let told = String::from_utf8_lossy(&heard.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned();
        assert_eq!(told.matches("at=\"src/cli/log.rs:").count(), 3, "{told}");
        assert!(told.contains("fixed words") && !told.contains("marigold") && !told.contains("put together"), "{told}");
    }
}
