//! The certificate: where it comes from, whom it is for, how long it holds.

use std::time::Duration;

use jiff::tz::TimeZone;

use crate::{
    config::{Config, Tls},
    error::Result,
    http::{
        edge::Edge,
        tls::{
            Certificates, Facts,
            acme::{Acme, Told},
            files::Files,
            local,
        },
    },
    store::Store,
    types::Timestamp,
};

use super::{Check, days};

/// Makes a check of a name and what was found.
type Verdict = fn(&'static str, String) -> Check;

const DAY: Duration = Duration::from_hours(24);
/// One that ends sooner needs somebody today.
const SHORT: u64 = 14;
/// One from files that ends sooner should have been renewed.
const SOON: u64 = 30;

/// What is known of the certificate.
pub struct Seen<'a> {
    mode: &'a Tls,
    /// Where a proxy encrypts.
    behind: bool,
    names: &'a [String],
    facts: Option<Facts>,
    /// Why there are no facts.
    trouble: Option<String>,
    /// The tries with an authority.
    told: Option<Told>,
    /// The fingerprint of the own authority.
    root: Option<String>,
    /// Whether a server was asked.
    served: bool,
}

impl<'a> Seen<'a> {
    /// What the server offers now; without one, what lies in files and in the store.
    pub fn of(store: &Store, config: &'a Config, edge: Option<&Edge>) -> Self {
        let (facts, trouble) = match facts(config, edge) {
            Ok(facts) => (facts, None),
            Err(error) => (None, Some(error.to_string())),
        };
        let told = if matches!(config.tls, Tls::Acme(_)) { Acme::told(&store.db).unwrap_or_default() } else { None };
        let root = if config.tls == Tls::Local { local::root(&store.db).ok().flatten() } else { None };
        Self {
            mode: &config.tls,
            behind: !config.proxies.is_empty(),
            names: &config.names,
            facts,
            trouble,
            told,
            root: root.map(|root| root.fingerprint),
            served: edge.is_some(),
        }
    }

    /// Those of the names that people use which the certificate is not for.
    fn missing(&self, facts: &Facts) -> Vec<&'a str> {
        self.names.iter().map(String::as_str).filter(|name| !covers(facts, name)).collect()
    }
}

/// What the certificate that is offered says of itself; without a server, the one in the files.
///
/// # Errors
/// `Refused` where the files can't be used.
pub fn facts(config: &Config, edge: Option<&Edge>) -> Result<Option<Facts>> {
    match (&config.tls, edge.and_then(|edge| edge.tls.as_ref())) {
        (_, Some(offered)) => Ok(offered.facts()),
        (Tls::Files { certificate, private_key }, None) => Ok(Files::open(certificate, private_key)?.facts()),
        _ => Ok(None),
    }
}

/// Whether a certificate is for a name. A star stands for one part (RFC 9525, section 6.3).
pub fn covers(facts: &Facts, name: &str) -> bool {
    let star = name.split_once('.').map(|(_, rest)| format!("*.{rest}"));
    facts.names.iter().any(|one| one.eq_ignore_ascii_case(name) || star.as_ref().is_some_and(|star| one == star))
}

/// Whether people's browsers will take the certificate.
pub fn certificate(seen: &Seen<'_>, now: Timestamp) -> Check {
    let check = |state: Verdict, found: String| state("certificate", found);
    let (ok, warn, fail): (Verdict, Verdict, Verdict) = (Check::ok, Check::warn, Check::fail);
    match seen.mode {
        Tls::Off if seen.behind => return check(ok, "none here: the reverse proxy has it".to_owned()),
        Tls::Off => return check(ok, "none: only this machine may connect, in plain http".to_owned()),
        Tls::Local if !seen.served => {
            let root = root(seen).unwrap_or_else(|| ", which the first start makes".to_owned());
            return check(ok, format!("of an own authority{root}"));
        }
        Tls::Acme(_) if !seen.served && seen.told.is_none() => {
            return check(ok, "asked of an authority once the server runs".to_owned());
        }
        Tls::Acme(_) if !seen.served && seen.facts.is_none() => {
            let tries = tries(seen);
            return check(
                if tries.is_some() { warn } else { ok },
                format!("of an authority{}", tries.unwrap_or_default()),
            )
            .mend("ask again while the server runs");
        }
        _ => {}
    }
    let Some(facts) = &seen.facts else {
        let why = seen.trouble.clone().or_else(|| tries(seen)).unwrap_or_default();
        let found =
            format!("there is none, so nobody can connect{}{why}", if seen.trouble.is_some() { ": " } else { "" });
        return check(fail, found).mend(advice(seen.mode));
    };
    let left = facts.until.since(now).as_secs() / DAY.as_secs();
    let until = facts.until.date_in(&TimeZone::UTC);
    let missing = seen.missing(facts);
    let found = format!("{} for {}, until {until}", seen.mode.as_str(), facts.names.join(", "));
    if now > facts.until {
        return check(fail, format!("{found}: it has ended{}", tries(seen).unwrap_or_default()))
            .mend(advice(seen.mode));
    }
    if now < facts.from {
        return check(fail, format!("{found}: it begins only on {}", facts.from.date_in(&TimeZone::UTC)))
            .mend("look at this machine's clock");
    }
    if !missing.is_empty() {
        return check(fail, format!("{found}: not for {}, under which people reach it", missing.join(", ")))
            .mend("get one for every name, or take the name out of `names`");
    }
    let found = format!("{found} ({}){}", days(left), root(seen).unwrap_or_default());
    let failed = tries(seen).filter(|_| seen.told.as_ref().is_some_and(|told| told.problem.is_some()));
    match (&seen.mode, failed) {
        (_, failed) if left < SHORT => {
            check(fail, format!("{found}{}", failed.unwrap_or_default())).mend(advice(seen.mode))
        }
        (_, Some(failed)) => check(warn, format!("{found}{failed}")).mend(advice(seen.mode)),
        (Tls::Files { .. }, None) if left < SOON => check(warn, found).mend(advice(seen.mode)),
        _ => check(ok, found),
    }
}

/// The fingerprint to compare with the one on the page.
fn root(seen: &Seen<'_>) -> Option<String> {
    seen.root.as_ref().map(|root| format!(", whose fingerprint at /trust must be {root}"))
}

/// What came of asking the authority.
fn tries(seen: &Seen<'_>) -> Option<String> {
    let told = seen.told.as_ref()?;
    Some(match &told.problem {
        Some(problem) => {
            format!(
                "; last tried at {} ({} failed): {problem}; the next try is not before {}",
                told.tried_at, told.failures, told.next
            )
        }
        None if told.failures > 0 => format!("; being tried since {}", told.tried_at),
        None => format!("; last renewed at {}", told.tried_at),
    })
}

fn advice(mode: &Tls) -> &'static str {
    match mode {
        Tls::Files { .. } => "look at whatever renews the files; HEC reads them again by itself",
        Tls::Acme(_) => {
            "the authority must reach this machine at every one of its names on port 443: look at the name's DNS entry, \
             at the router's forwarding and at the firewall"
        }
        _ => "restart HEC",
    }
}

#[cfg(test)]
mod tests {
    use super::{super::State, *};

    const FROM: Timestamp = Timestamp::from_millis(1_790_000_000_000);

    fn seen<'a>(mode: &'a Tls, names: &'a [String], certified: &[&str]) -> Seen<'a> {
        let facts = Facts {
            names: certified.iter().map(|name| (*name).to_owned()).collect(),
            issuer: "CN=Somebody".to_owned(),
            from: FROM,
            until: FROM.plus(DAY * 90),
            fingerprint: "00".to_owned(),
        };
        Seen { mode, behind: false, names, facts: Some(facts), trouble: None, told: None, root: None, served: true }
    }

    fn files() -> Tls {
        Tls::Files { certificate: "chain.pem".into(), private_key: "key.pem".into() }
    }

    #[test]
    fn a_certificate_is_looked_at_before_it_ends() {
        let (mode, names) = (files(), ["hec.example.org".to_owned()]);
        let state = |days: u32| certificate(&seen(&mode, &names, &["hec.example.org"]), FROM.plus(DAY * days)).state;
        assert_eq!([state(0), state(60), state(61), state(76)], [State::Ok, State::Ok, State::Warn, State::Warn]);
        assert_eq!([state(77), state(91)], [State::Fail, State::Fail]);
        let before = certificate(&seen(&mode, &names, &["hec.example.org"]), Timestamp::from_millis(0));
        assert_eq!(before.state, State::Fail, "one that has not begun");
    }

    #[test]
    fn it_must_be_for_every_name() {
        let (mode, names) = (files(), ["hec.example.org".to_owned(), "home.example.org".to_owned()]);
        let of = |certified: &[&str]| certificate(&seen(&mode, &names, certified), FROM);
        assert_eq!(of(&["hec.example.org", "home.example.org"]).state, State::Ok);
        assert_eq!(of(&["*.example.org"]).state, State::Ok);
        for less in [&["hec.example.org"][..], &["*.org"], &["example.org"], &["*.hec.example.org", "hec.example.org"]]
        {
            let check = of(less);
            assert_eq!(check.state, State::Fail, "{less:?}");
            assert!(check.found.contains("not for") && check.found.contains("home.example.org"), "{}", check.found);
        }
    }

    #[test]
    fn an_authority_that_refuses_is_quoted() {
        let acme =
            Tls::Acme(crate::config::Acme { directory: String::new(), preflight: None, contact: None, root: None });
        let names = ["hec.example.org".to_owned()];
        let problem = Some("no answer on port 443".to_owned());
        let told = Told { tried_at: FROM, failures: 2, problem, next: FROM.plus(DAY) };
        let refused = |facts: bool| {
            let mut seen = seen(&acme, &names, &["hec.example.org"]);
            seen.facts = seen.facts.filter(|_| facts);
            certificate(&Seen { told: Some(told.clone()), ..seen }, FROM)
        };
        for (facts, state) in [(false, State::Fail), (true, State::Warn)] {
            let check = refused(facts);
            assert_eq!(check.state, state);
            assert!(check.found.contains("no answer on port 443") && check.mend.is_some(), "{}", check.found);
        }
    }
}
