//! Takes out of words what tells whose instance it is.

use std::{cell::RefCell, collections::BTreeMap, net::IpAddr};

use serde_json::Value;

/// Hexadecimal pairs in a row that make a fingerprint: with it a certificate is found, and its names.
const FINGERPRINT: usize = 8;

/// Replaces names, emails, addresses and fingerprints; the same thing by the same word, so that it can be followed.
pub struct Redactor {
    names: Vec<String>,
    seen: RefCell<BTreeMap<String, String>>,
}

impl Redactor {
    /// Knows these host names; whatever looks like an email, an address or a fingerprint it knows by itself.
    pub fn new(names: impl Iterator<Item = String>) -> Self {
        let bare = |name: String| name.trim_start_matches("*.").trim_end_matches('.').to_lowercase();
        let mut names: Vec<String> =
            names.map(bare).filter(|name| !name.is_empty() && name != "localhost" && !is_address(name)).collect();
        names.sort();
        names.dedup();
        Self { names, seen: RefCell::default() }
    }

    /// Every text of a value.
    pub fn redact(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(text),
            Value::Array(values) => values.iter_mut().for_each(|value| self.redact(value)),
            Value::Object(map) => map.values_mut().for_each(|value| self.redact(value)),
            _ => {}
        }
    }

    /// A text without what is the instance's own.
    pub fn text(&self, text: &str) -> String {
        let is_word = |c: char| c.is_alphanumeric() || ".:@_%+-*".contains(c);
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            let (word, tail) = rest.split_at(end);
            out.push_str(&self.word(word));
            let next = tail.find(is_word).unwrap_or(tail.len());
            out.push_str(&tail[..next]);
            rest = &tail[next..];
        }
        out
    }

    fn word(&self, word: &str) -> String {
        // What ends a sentence belongs to no name.
        let core = word.trim_end_matches(['.', ':', ',']);
        let end = &word[core.len()..];
        if is_fingerprint(core) {
            return self.replaced("fingerprint", core) + end;
        }
        if core.contains('@') {
            return self.replaced("email", core) + end;
        }
        if is_address(core) {
            return self.address(core) + end;
        }
        match core.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !host.is_empty() => {
                format!("{}:{port}{end}", self.word(host))
            }
            Some((head, tail)) => format!("{}:{}{end}", self.word(head), self.word(tail)),
            None if self.is_known(core) => self.replaced("name", core) + end,
            None => word.to_owned(),
        }
    }

    fn address(&self, word: &str) -> String {
        match word.parse::<IpAddr>() {
            // What every machine has tells nothing.
            Ok(address) if address.is_loopback() || address.is_unspecified() => word.to_owned(),
            _ => self.replaced("address", word),
        }
    }

    /// Whether a word is a known name, or one below it.
    fn is_known(&self, word: &str) -> bool {
        let word = word.trim_start_matches("*.").trim_start_matches('.').to_lowercase();
        self.names.iter().any(|name| word == *name || word.ends_with(&format!(".{name}")))
    }

    fn replaced(&self, kind: &str, word: &str) -> String {
        let mut seen = self.seen.borrow_mut();
        if let Some(known) = seen.get(&word.to_lowercase()) {
            return known.clone();
        }
        let number = seen.values().filter(|known| known.starts_with(kind)).count() + 1;
        let made = format!("{kind}-{number}");
        seen.insert(word.to_lowercase(), made.clone());
        made
    }
}

fn is_address(word: &str) -> bool {
    word.parse::<IpAddr>().is_ok()
}

fn is_fingerprint(word: &str) -> bool {
    let mut pairs = word.split(':');
    let count = word.split(':').count();
    count >= FINGERPRINT && pairs.all(|pair| pair.len() == 2 && pair.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_instances_own_is_replaced() {
        let redactor = Redactor::new(["hec.example.org", "*.home.example", "pi"].into_iter().map(str::to_owned));
        for (text, expected) in [
            ("https://hec.example.org:8443/trust.", "https://name-1:8443/trust."),
            ("for HEC.example.org, www.hec.example.org", "for name-1, name-2"),
            ("*.home.example and x.home.example: no", "name-3 and name-4: no"),
            ("mail ana@example.org!", "mail email-1!"),
            ("from 192.0.2.7 to [2001:db8::1]:443, 10.0.0.0/8", "from address-1 to [address-2]:443, address-3/8"),
            ("again 192.0.2.7:80.", "again address-1:80."),
            ("127.0.0.1:8080, [::]:443, ::1 and localhost", "127.0.0.1:8080, [::]:443, ::1 and localhost"),
            ("AA:BB:CC:DD:EE:FF:00:11:22", "fingerprint-1"),
            ("on pi, in /home/pi/data", "on name-5, in /home/name-5/data"),
            ("pie, spi, hec, 0.1.0 at 2026-11-25T10:15:00Z", "pie, spi, hec, 0.1.0 at 2026-11-25T10:15:00Z"),
        ] {
            assert_eq!(redactor.text(text), expected);
        }
    }
}
