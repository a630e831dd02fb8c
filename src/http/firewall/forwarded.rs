//! The addresses that proxies wrote down: `X-Forwarded-For`, and `Forwarded` (RFC 7239).

use std::net::IpAddr;

use poem::http::HeaderMap;

/// So many hops are looked at.
const HOPS: usize = 16;

const X_FORWARDED_FOR: &str = "x-forwarded-for";
const FORWARDED: &str = "forwarded";

/// The names of those forwarded headers that came with a request.
pub fn names(headers: &HeaderMap) -> Vec<&'static str> {
    [X_FORWARDED_FOR, FORWARDED, "x-real-ip"].into_iter().filter(|name| headers.contains_key(*name)).collect()
}

/// The addresses, nearest hop first; it ends before what is no address (`unknown`, `_hidden`, nonsense).
///
/// Proxies write one of the two headers and hand the other on as the client made it. Where both came and the nearest
/// hops differ there is no telling which is which, and neither counts.
pub fn hops(headers: &HeaderMap) -> Vec<IpAddr> {
    let list = |name, read: fn(&str) -> Option<IpAddr>| -> Option<Vec<IpAddr>> {
        let lines: Vec<&str> =
            headers.get_all(name).into_iter().map(|line| line.to_str().unwrap_or_default()).collect();
        let elements = lines.iter().rev().flat_map(|line| line.rsplit(','));
        (!lines.is_empty()).then(|| elements.take(HOPS).map_while(|one| read(one.trim())).collect())
    };
    match (list(X_FORWARDED_FOR, address), list(FORWARDED, element)) {
        (Some(hops), None) | (None, Some(hops)) => hops,
        (Some(one), Some(other)) if one.first() == other.first() => one,
        _ => Vec::new(),
    }
}

/// The address in an element of `Forwarded`: `for="[2001:db8::1]:4711";proto=https`.
fn element(text: &str) -> Option<IpAddr> {
    let mut pairs = text.split(';').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    address(value.trim().trim_matches('"'))
}

/// An address, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = match text.strip_prefix('[') {
        Some(bracketed) => bracketed.split_once(']')?.0,
        None if text.matches(':').count() == 1 => text.split_once(':')?.0,
        None => text,
    };
    bare.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hops_of(headers: &[(&'static str, &str)]) -> Vec<String> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap_or(poem::http::HeaderValue::from_static("?")));
        }
        hops(&map).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_nearest_hop_comes_first() {
        let one = [(X_FORWARDED_FOR, "192.0.2.1, 192.0.2.2,192.0.2.3")];
        assert_eq!(hops_of(&one), ["192.0.2.3", "192.0.2.2", "192.0.2.1"]);
        let lines = [(X_FORWARDED_FOR, "192.0.2.1"), (X_FORWARDED_FOR, "192.0.2.2")];
        assert_eq!(hops_of(&lines), ["192.0.2.2", "192.0.2.1"]);
    }

    #[test]
    fn addresses_are_read_in_every_form_that_proxies_write() {
        for (text, expected) in [
            ("192.0.2.1:4711", "192.0.2.1"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
        ] {
            assert_eq!(hops_of(&[(X_FORWARDED_FOR, text)]), [expected], "{text}");
        }
        let forwarded = "for=192.0.2.43, For=\"[2001:db8:cafe::17]:4711\";proto=https;by=203.0.113.43";
        assert_eq!(hops_of(&[(FORWARDED, forwarded)]), ["2001:db8:cafe::17", "192.0.2.43"]);
    }

    #[test]
    fn what_is_no_address_ends_the_list() {
        assert_eq!(hops_of(&[(X_FORWARDED_FOR, "192.0.2.1, unknown, 192.0.2.3")]), ["192.0.2.3"]);
        for text in ["unknown", "", "127.1", "0x7f000001", "192.0.2.1 192.0.2.2", "[::1", "192.0.2.1;", "localhost"] {
            assert!(hops_of(&[(X_FORWARDED_FOR, text)]).is_empty(), "{text}");
        }
        for text in ["for=_hidden", "for=unknown", "proto=https", "192.0.2.1", "for"] {
            assert!(hops_of(&[(FORWARDED, text)]).is_empty(), "{text}");
        }
        let long = vec!["192.0.2.1"; 500].join(",");
        assert_eq!(hops_of(&[(X_FORWARDED_FOR, &long)]).len(), HOPS);
    }

    #[test]
    fn two_headers_that_differ_count_for_nothing() {
        let same = [(X_FORWARDED_FOR, "192.0.2.9, 192.0.2.1"), (FORWARDED, "for=192.0.2.1")];
        assert_eq!(hops_of(&same), ["192.0.2.1", "192.0.2.9"]);
        assert!(hops_of(&[(X_FORWARDED_FOR, "192.0.2.1"), (FORWARDED, "for=192.0.2.2")]).is_empty());
        assert!(hops_of(&[(X_FORWARDED_FOR, "192.0.2.1"), (FORWARDED, "for=unknown")]).is_empty());
    }
}
