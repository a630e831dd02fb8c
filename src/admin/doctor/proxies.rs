//! Whether the reverse proxies that people come through are known.

use crate::{app::Sighting, config::Config};

use super::Check;

/// Whether headers of a proxy came that nobody configured, and the line that would configure it.
pub fn proxies(config: &Config, seen: Option<&Sighting>) -> Check {
    let count = config.proxies.len();
    let Some(seen) = seen else {
        let found = if count == 0 { "none".to_owned() } else { format!("{count} configured") };
        return Check::ok("proxies", found);
    };
    let (peer, headers) = (seen.peer, seen.headers.join(", "));
    let found =
        format!("{headers} came from {peer}, which no setting names: it was not believed (last at {})", seen.at);
    let line = seen.line(&config.proxies);
    Check::warn("proxies", found)
        .mend(format!("if {peer} is your own reverse proxy, add this line to the settings: {line}"))
}
