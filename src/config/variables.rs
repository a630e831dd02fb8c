//! Variables of the environment that look like settings of HEC and are none: a slip in a name would go unnoticed.

use super::keys::KEYS;

/// What the log shows, and in which detail: the one variable beside the settings'.
const LOG: &str = "HEC_LOG";

/// What the tests, benchmarks and tools of this repository ask for: they may stand in the environment of whoever works
/// on it. What ends with an underscore begins others.
const TOOLS: &[&str] = &[
    "HEC_ADVISORY_DB",
    "HEC_BACKUP_",
    "HEC_BENCH_",
    "HEC_BIN",
    "HEC_BUILT",
    "HEC_CADDY",
    "HEC_CHROMIUM",
    "HEC_CLIENT_MODULES",
    "HEC_COMMON_PASSWORDS",
    "HEC_CRASH_",
    "HEC_EXIFTOOL",
    "HEC_FAULTS_EVERY",
    "HEC_FUZZ_",
    "HEC_GOLDEN",
    "HEC_KILLS",
    "HEC_NODE_MODULES",
    "HEC_PYTHON",
    "HEC_RCLONE",
    "HEC_RELEASE_KEY",
    "HEC_SSLYZE",
    "HEC_SUPPLY_STRICT",
    "HEC_TAMPER_",
    "HEC_TEST_",
];

/// A variable that nobody reads.
#[derive(Debug, PartialEq, Eq)]
pub struct Stranger {
    /// Its name; never its value, which may be secret.
    pub name: String,
    /// The one that may be meant.
    pub nearest: Option<String>,
}

/// The variables among these that begin as HEC's do and that nobody reads.
pub fn strangers(names: impl IntoIterator<Item = String>) -> Vec<Stranger> {
    let known: Vec<String> = KEYS.iter().map(|key| key.variable()).chain([LOG.to_owned()]).collect();
    let of_tools =
        |name: &str| TOOLS.iter().any(|tool| if tool.ends_with('_') { name.starts_with(tool) } else { name == *tool });
    let mut found: Vec<String> = names.into_iter().filter(|name| name.starts_with("HEC_")).collect();
    found.retain(|name| !known.contains(name) && !of_tools(name));
    found.sort();
    let told = |name: String| Stranger { nearest: nearest(&name, known.iter().map(String::as_str)), name };
    found.into_iter().map(told).collect()
}

/// The name that may be meant by one that there is not.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let bare = |name: &'a str| name.strip_prefix("HEC_").unwrap_or(name);
    let own = name.strip_prefix("HEC_").unwrap_or(name);
    let near = known.map(|known| (strsim::jaro_winkler(own, bare(known)), known));
    let nearest = near.filter(|(near, _)| *near > 0.7).max_by(|a, b| a.0.total_cmp(&b.0));
    nearest.map(|(_, known)| known.to_owned())
}
