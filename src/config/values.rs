//! What was said, and where: flag, then environment, then file.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use clap::{Arg, ArgAction, ArgMatches, Command, builder::PossibleValue, error::ErrorKind, parser::ValueSource};
use ipnet::IpNet;

use crate::error::{Error, Result};

use super::{
    keys::{KEYS, Key, Kind},
    variables::nearest,
};

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The command line.
    Flag,
    /// An environment variable.
    Environment,
    /// A file of settings.
    File(PathBuf),
    /// Nothing was said.
    Otherwise,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Environment => f.write_str("environment"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Otherwise => f.write_str("default"),
        }
    }
}

#[derive(Debug, Clone)]
struct Said {
    values: Vec<String>,
    origin: Origin,
}

/// What the command line and the environment say. Nothing is required.
#[derive(Debug, Clone, Default)]
pub struct Settings(BTreeMap<&'static str, Said>);

impl Settings {
    /// Whether anything was said of a setting.
    pub fn says(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The file of settings that was named.
    pub fn named_file(&self) -> Option<PathBuf> {
        self.0.get("config").and_then(|said| said.values.first()).map(PathBuf::from)
    }

    /// What was said on the command line, as it can be typed again.
    pub fn typed(&self) -> String {
        let plain = |c: char| c.is_ascii_alphanumeric() || "/._-:+@%,=".contains(c);
        let quoted = |value: &String| match value.chars().all(plain) {
            true => value.clone(),
            false => format!("'{}'", value.replace('\'', "'\\''")),
        };
        let by_flag = KEYS.iter().filter_map(|key| Some((key, self.0.get(key.name)?)));
        let by_flag = by_flag.filter(|(_, said)| said.origin == Origin::Flag);
        let words = by_flag.flat_map(|(key, said)| {
            let sign = if matches!(key.kind, Kind::Switch) { '=' } else { ' ' };
            said.values.iter().map(move |value| format!(" --{}{sign}{}", key.flag(), quoted(value))).collect::<Vec<_>>()
        });
        words.collect()
    }

    /// The same, as if nothing had been said of a setting.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.0.remove(name);
        self
    }

    /// The same, with a value said on the command line.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        if let Some(key) = Key::find(name) {
            self.0.insert(key.name, Said { values: vec![value.into()], origin: Origin::Flag });
        }
        self
    }
}

/// One setting's value on the command line or in the environment. An empty variable says nothing.
#[derive(Clone)]
struct Checked(&'static Key);

impl clap::builder::TypedValueParser for Checked {
    type Value = String;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &std::ffi::OsStr) -> Result<String, clap::Error> {
        let refused = |why: &str| {
            let name = arg.map_or_else(|| self.0.flag(), ToString::to_string);
            let words = format!("invalid value {} for '{name}': {why}\n", value.to_string_lossy());
            clap::Error::raw(ErrorKind::ValueValidation, words).with_cmd(command)
        };
        let text = value.to_str().ok_or_else(|| refused("not UTF-8"))?;
        if !text.is_empty() {
            self.0.kind.check(text).map_err(|why| refused(&why))?;
        }
        Ok(text.to_owned())
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        match self.0.kind {
            Kind::Choice(words) => Some(Box::new(words.iter().map(PossibleValue::new))),
            _ => None,
        }
    }
}

impl clap::Args for Settings {
    fn augment_args(command: Command) -> Command {
        KEYS.iter().fold(command, |command, key| {
            let arg = Arg::new(key.name)
                .long(key.flag())
                .env(key.variable())
                .value_name(key.value)
                .value_parser(Checked(key))
                .help(format!("{} [otherwise: {}]", key.meaning, key.otherwise))
                .global(true)
                .hide_possible_values(true)
                .hide_env_values(true);
            command.arg(match (key.kind, key.many) {
                // `--limits` alone says yes; `--limits=false` is said with its sign.
                (Kind::Switch, _) => arg.num_args(0..=1).require_equals(true).default_missing_value("true"),
                (_, true) => arg.action(ArgAction::Append).value_delimiter(','),
                (_, false) => arg,
            })
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for Settings {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut said = BTreeMap::new();
        for key in KEYS {
            let values = matches.get_many::<String>(key.name).into_iter().flatten();
            let values: Vec<String> = values.filter(|value| !value.is_empty()).cloned().collect();
            let origin = match matches.value_source(key.name) {
                Some(ValueSource::EnvVariable) => Origin::Environment,
                _ => Origin::Flag,
            };
            if !values.is_empty() {
                said.insert(key.name, Said { values, origin });
            }
        }
        Ok(Self(said))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// What all sources say together.
#[derive(Debug, Clone, Default)]
pub struct Values(BTreeMap<&'static str, Said>);

impl Values {
    /// Puts the sources together. The usual file is read where no other is named, and where there is one.
    ///
    /// # Errors
    /// `Refused`, naming the file, the setting and what it must be.
    pub fn gather(settings: &Settings, usual: Option<PathBuf>) -> Result<Self> {
        let mut said = match settings.named_file().or_else(|| usual.filter(|path| path.exists())) {
            Some(path) => read(&path)?,
            None => BTreeMap::new(),
        };
        said.extend(settings.0.clone());
        Ok(Self(said))
    }

    /// Whether anything was said.
    pub fn says(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Where a value comes from.
    pub fn origin(&self, name: &str) -> Origin {
        self.0.get(name).map_or(Origin::Otherwise, |said| said.origin.clone())
    }

    /// A setting's values.
    ///
    /// # Errors
    /// `Refused` where one can't be read; every source was checked before.
    pub fn all<T: FromStr>(&self, name: &str) -> Result<Vec<T>> {
        let values = self.0.get(name).map(|said| said.values.as_slice()).unwrap_or_default();
        let parse =
            |value: &String| value.parse().map_err(|_| Error::Refused(format!("{name}: {value} can't be read")));
        values.iter().map(parse).collect()
    }

    /// A setting's only value.
    ///
    /// # Errors
    /// As [`all`](Self::all).
    pub fn one<T: FromStr>(&self, name: &str) -> Result<Option<T>> {
        Ok(self.all(name)?.pop())
    }
}

fn read(path: &Path) -> Result<BTreeMap<&'static str, Said>> {
    let refused = |why: String| Error::Refused(format!("{}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|why| refused(why.to_string()))?;
    let table: toml::Table = toml::from_str(&text).map_err(|why| refused(why.to_string()))?;
    let mut said = BTreeMap::new();
    for (name, value) in table {
        let key = Key::find(&name).filter(|key| key.in_file).ok_or_else(|| refused(unknown(&name)))?;
        let values = strings(key, &value).map_err(|why| refused(format!("{name}: {why}")))?;
        said.insert(key.name, Said { values, origin: Origin::File(path.to_owned()) });
    }
    Ok(said)
}

fn unknown(name: &str) -> String {
    let nearest = nearest(name, KEYS.iter().filter(|key| key.in_file).map(|key| key.name));
    let or = nearest.map(|known| format!("; did you mean {known}?")).unwrap_or_default();
    format!("there is no setting {name}{or}")
}

/// A value of the file, checked, as text.
fn strings(key: &Key, value: &toml::Value) -> Result<Vec<String>, String> {
    let values = match value {
        toml::Value::Array(values) if key.many => values.as_slice(),
        one => std::slice::from_ref(one),
    };
    let text = |value: &toml::Value| {
        let text = match value {
            toml::Value::String(text) => text.clone(),
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Boolean(truth) => truth.to_string(),
            other => return Err(format!("{} is not expected here", other.type_str())),
        };
        key.kind.check(&text).map(|()| text.clone()).map_err(|why| format!("{why}, and this is {text}"))
    };
    values.iter().map(text).collect()
}

/// A network, or a single address as one.
pub fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<std::net::IpAddr>().ok().map(IpNet::from))
}

/// Letters, digits and dashes between dots (RFC 1123, section 2.1), at most 253 characters; no address.
pub fn is_host_name(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253 && text.split('.').all(label) && text.parse::<std::net::IpAddr>().is_err()
}
