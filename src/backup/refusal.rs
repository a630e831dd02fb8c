//! What a destination answered instead of doing what was asked, in words that somebody can act on.

use std::io;

use object_store::Error;

/// The longest answer that is kept, in bytes.
const LONGEST: usize = 400;
/// What an answer means that leads to no address.
const ELSEWHERE: &str = "the bucket is elsewhere: mend region or endpoint";
/// How the library begins the answer of a server.
const ANSWERED: &str = "Server returned non-2xx status code: ";

/// What is wrong, and what to do about it where that is known; then what was answered. `host` is who was asked.
pub(super) fn words(kind: &str, host: &str, error: &Error) -> String {
    let said = cause(error);
    if said.contains("redirect without LOCATION") {
        return format!("{ELSEWHERE} ({})", short(&said));
    }
    let Some(answer) = said.split_once(ANSWERED).map(|(_, answer)| answer) else {
        let unknown = said.contains("UnknownIssuer").then_some(
            "its certificate is of no authority that HEC knows: name the file with the certificate of that authority, in the file of destinations as root",
        );
        let what = unknown.map(str::to_owned).or_else(|| (kind != "disk").then(|| unanswered(host, error)).flatten());
        return what.map_or_else(|| short(&said), |what| format!("{what} ({})", short(&said)));
    };
    let status = answer.split(' ').next().unwrap_or_default();
    let answer = answered(answer);
    match advice(kind, status, &answer) {
        Some(what) => format!("{what} ({answer})"),
        None => format!("it answered {answer}"),
    }
}

/// Why nothing was answered at all, where that can be told.
fn unanswered(host: &str, error: &Error) -> Option<String> {
    let causes = || std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    let says =
        |words: &[&str]| causes().map(|cause| cause.to_string()).any(|said| words.iter().any(|w| said.contains(w)));
    let kind = causes().filter_map(|cause| cause.downcast_ref::<io::Error>()).last().map(io::Error::kind);
    if says(&["dns error"]) {
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        // As the two libraries of C say it.
        let is_offline = says(&["Temporary failure in name resolution", "Try again"]);
        return Some(if name.ends_with(".local") {
            format!(
                "names that end in .local are not looked up: give the number in place of {name}, as in 192.168.1.10"
            )
        } else if is_offline {
            format!("the name {name} can't be looked up: is this machine in its network?")
        } else {
            format!("no machine is called {name}: mend the address, or see whether this machine is in the same network")
        });
    }
    let is_late = says(&["timed out", "deadline has elapsed"]) || kind == Some(io::ErrorKind::TimedOut);
    let is_connecting = says(&["tcp connect error", "error trying to connect", "client error (Connect)"]);
    Some(match kind {
        _ if is_late && !is_connecting => format!("{host} took too long to answer: is it busy, or the network slow?"),
        Some(
            io::ErrorKind::ConnectionRefused
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::NetworkDown,
        ) => nobody(host),
        _ if is_late || says(&["tcp connect error"]) => nobody(host),
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted) => {
            format!("{host} broke the connection off")
        }
        _ => return None,
    })
}

fn nobody(host: &str) -> String {
    format!("nobody answers at {host}: is it switched on, and is this machine in the same network?")
}

/// What to do about an answer.
fn advice(kind: &str, status: &str, answer: &str) -> Option<&'static str> {
    let says = |code: &str| answer.contains(code);
    Some(match (kind, status) {
        ("s3", _) if says("RequestTimeTooSkewed") => {
            "the clock of this machine is wrong: timedatectl tells and sets it"
        }
        ("s3", _) if says("InvalidAccessKeyId") => "the access_key_id is unknown there",
        ("s3", _) if says("SignatureDoesNotMatch") => "the secret_access_key is not the one of the access_key_id",
        ("s3", _) if says("NoSuchBucket") => "there is no such bucket: make it, or mend its name",
        ("s3", _) if says("AuthorizationHeaderMalformed") => "the region is another one",
        ("s3", "401" | "403") => "this key may not do that in this bucket",
        ("s3", "301" | "307") => ELSEWHERE,
        ("s3", _) => return None,
        (_, "401") => "user or password is refused",
        (_, "403") => "this user may not do that there",
        (_, "404" | "409") => "the folder that its address names is not there: make it, or mend the address",
        (_, "405" | "501") => "what answers at its address does not speak WebDAV: mend the address",
        (_, "301" | "302" | "307" | "308") => "it has moved to another address (with https, perhaps): mend the address",
        (_, "413") => "it takes no object of 8 MB: raise the bound of that server",
        (_, "507") => "it is full",
        _ => return None,
    })
}

/// The last causes of an error say most: the library's own words and addresses stand before them.
fn cause(error: &Error) -> String {
    let causes = std::iter::successors(std::error::Error::source(error), |error| error.source());
    let words: Vec<String> = causes.map(ToString::to_string).collect();
    match words.as_slice() {
        [] => error.to_string(),
        [only] => only.clone(),
        [.., before, last] if before.contains(last) => before.clone(),
        [.., before, last] => format!("{before}: {last}"),
    }
}

/// The status, and what a person can read of the rest: a server may answer with a page, and S3 does in XML.
fn answered(answer: &str) -> String {
    let inside = |tag: &str| {
        let (_, rest) = answer.split_once(&format!("<{tag}>"))?;
        rest.split_once(&format!("</{tag}>")).map(|(text, _)| text.trim()).filter(|text| !text.is_empty())
    };
    let (status, _) = answer.split_once(": ").unwrap_or((answer, ""));
    let status = status.trim_end_matches(": ").trim_end_matches(':');
    // A server may say its status once more, with the number or without.
    let again = answer.strip_prefix(status).unwrap_or_default().trim_start_matches(':').trim();
    let reason = status.split_once(' ').map_or(status, |(_, reason)| reason);
    if again.eq_ignore_ascii_case(status) || again.eq_ignore_ascii_case(reason) {
        return short(status);
    }
    match (inside("Code"), inside("Message")) {
        (None, None) if answer.contains('<') => short(status),
        (None, None) => short(answer.trim().trim_end_matches(':')),
        (code, message) => {
            let parts: Vec<_> = [Some(status), code, message].into_iter().flatten().collect();
            short(&parts.join(": "))
        }
    }
}

/// One line that is not long.
fn short(said: &str) -> String {
    // What else a terminal would act on is shown as a sign: whoever answers may be anybody.
    let said: String =
        said.chars().map(|c| if c.is_control() && !c.is_whitespace() { '\u{fffd}' } else { c }).collect();
    let line = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let (first, rest) = line.split_at(line.floor_char_boundary(LONGEST));
    if rest.is_empty() { first.to_owned() } else { format!("{first}…") }
}

#[cfg(test)]
mod tests {
    use super::{ANSWERED, ELSEWHERE, Error, io, words};

    fn said(kind: &str, answer: &str) -> String {
        let source = format!("Error performing PUT http://nas/hec/x in 2ms - {ANSWERED}{answer}").into();
        words(kind, "nas:80", &Error::Generic { store: "HTTP", source })
    }

    /// An error with what caused it.
    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Caused(&'static str, #[source] io::Error);

    fn lost(over: &'static str, error: io::Error) -> String {
        words("webdav", "nas.example:443", &Error::Generic { store: "HTTP", source: Caused(over, error).into() })
    }

    #[test]
    fn an_answer_is_told_with_what_to_do() {
        for (kind, answer, words) in [
            ("webdav", "401 Unauthorized: ", "user or password is refused (401 Unauthorized)"),
            ("webdav", "401 Unauthorized: <html>\n<h1>No</h1>", "user or password is refused (401 Unauthorized)"),
            ("webdav", "401 Unauthorized: 401 Unauthorized\n", "user or password is refused (401 Unauthorized)"),
            ("webdav", "500 Internal Server Error: internal server error", "it answered 500 Internal Server Error"),
            ("webdav", "507 Insufficient Storage: over quota", "it is full (507 Insufficient Storage: over quota)"),
            (
                "webdav",
                "409 Conflict: no such parent",
                "the folder that its address names is not there: make it, or mend the address (409 Conflict: no such parent)",
            ),
            ("webdav", "500 Internal Server Error: ", "it answered 500 Internal Server Error"),
            (
                "s3",
                "403 Forbidden: <?xml version=\"1.0\"?><Error><Code>InvalidAccessKeyId</Code><Message>The key does not \
                 exist in our records.</Message></Error>",
                "the access_key_id is unknown there (403 Forbidden: InvalidAccessKeyId: The key does not exist in our \
                 records.)",
            ),
            (
                "s3",
                "403 Forbidden: <Error><Code>AccessDenied</Code><Message></Message></Error>",
                "this key may not do that in this bucket (403 Forbidden: AccessDenied)",
            ),
        ] {
            assert_eq!(said(kind, answer), words);
        }
    }

    #[test]
    fn a_bucket_that_answers_otherwise_is_no_folder() {
        for answer in ["409 Conflict: <Error><Code>OperationAborted</Code></Error>", "501 Not Implemented: "] {
            let words = said("s3", answer);
            assert!(words.starts_with("it answered ") && !words.contains('<'), "{words}");
        }
        let skewed = said("s3", "403 Forbidden: <Error><Code>RequestTimeTooSkewed</Code></Error>");
        assert!(skewed.starts_with("the clock of this machine is wrong"), "{skewed}");
        let why = |source: &str| words("s3", "nas:80", &Error::Generic { store: "S3", source: source.into() });
        assert!(why("Received redirect without LOCATION, this normally …").starts_with(ELSEWHERE));
        assert!(why("invalid peer certificate: UnknownIssuer").starts_with("its certificate is of no authority"));
    }

    #[test]
    fn whoever_does_not_answer_is_named_with_what_to_look_at() {
        let nobody = "nobody answers at nas.example:443: is it switched on, and is this machine in the same network?";
        for (over, error, words) in [
            ("tcp connect error", io::ErrorKind::ConnectionRefused.into(), nobody),
            ("tcp connect error", io::ErrorKind::HostUnreachable.into(), nobody),
            ("tcp connect error", io::Error::new(io::ErrorKind::TimedOut, "connection timed out"), nobody),
            (
                "dns error",
                io::Error::other("failed to lookup address information: Name or service not known"),
                "no machine is called nas.example: mend the address, or",
            ),
            (
                "dns error",
                io::Error::other("failed to lookup address information: Temporary failure in name resolution"),
                "the name nas.example can't be looked up: is this machine in its network?",
            ),
            (
                "error sending request",
                io::Error::new(io::ErrorKind::TimedOut, "operation timed out"),
                "nas.example:443 took too long to answer",
            ),
            (
                "error sending request",
                io::ErrorKind::ConnectionReset.into(),
                "nas.example:443 broke the connection off",
            ),
        ] {
            let cause = error.to_string();
            let said = lost(over, error);
            assert!(said.starts_with(words) && said.contains(&cause), "{said}");
        }
        // A disk of this machine has no network.
        let source = Caused("reading", io::ErrorKind::TimedOut.into()).into();
        assert_eq!(words("disk", "", &Error::Generic { store: "disk", source }), "reading: timed out");
    }

    #[test]
    fn what_is_no_answer_stays_and_is_short() {
        let escaped = said("webdav", "500 Internal Server Error: \u{1b}[2J");
        assert!(!escaped.contains('\u{1b}') && escaped.contains("[2J"), "{escaped}");
        let lost = Error::Generic { store: "HTTP", source: "connection\n refused".into() };
        assert_eq!(words("webdav", "nas:80", &lost), "connection refused");
        let long = said("webdav", &format!("500 Internal Server Error: {}", "é".repeat(1000)));
        assert!(long.ends_with('…') && long.len() < 450, "{long}");
    }
}
