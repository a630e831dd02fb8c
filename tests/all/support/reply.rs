//! What came back.

use bytes::Bytes;
use reqwest::{RequestBuilder, header::HeaderMap};
use serde_json::Value;

/// A whole reply.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Bytes,
}

/// Sends a request and reads the reply to its end.
pub trait SendExt {
    fn reply(self) -> impl Future<Output = Reply>;
}

impl SendExt for RequestBuilder {
    async fn reply(self) -> Reply {
        let response = self.send().await.expect("the server answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Reply { status, headers, bytes: response.bytes().await.expect("the reply is whole") }
    }
}

impl Reply {
    #[track_caller]
    pub fn assert(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.start());
        self
    }

    /// An error as every client can read it (RFC 9457).
    #[track_caller]
    pub fn assert_problem(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.start());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["type"], "about:blank");
        assert_eq!(problem["status"], status);
        assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()), "{problem}");
        self
    }

    /// A field that was refused, with what the reply says of it.
    #[track_caller]
    pub fn assert_refused(&self, field: &str, code: &str) -> Value {
        self.clone().assert_problem(422);
        let problem = self.json();
        let found = problem["errors"].as_array().into_iter().flatten().find(|error| error["field"] == field);
        let found = found.unwrap_or_else(|| panic!("no complaint about {field}: {problem}")).clone();
        assert_eq!(found["code"], code, "{found}");
        found
    }

    /// Sent on to another page.
    #[track_caller]
    pub fn assert_sent_to(self, location: &str) -> Self {
        assert_eq!((self.status, self.header("location")), (303, location), "{}", self.start());
        self
    }

    #[track_caller]
    pub fn assert_says(self, words: &str) -> Self {
        assert!(self.text().contains(words), "{words:?} is not in: {}", self.text());
        self
    }

    #[track_caller]
    pub fn assert_silent_about(self, words: &str) -> Self {
        let text = self.text();
        let at = text.find(words);
        assert!(at.is_none(), "{words:?} stands in: …{}…", around(&text, at.unwrap_or_default()));
        self
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|why| panic!("{why}: {}", self.start()))
    }

    /// The session that the reply hands out.
    pub fn session(&self) -> Option<String> {
        let cookie = self.header("set-cookie").split(';').next()?.strip_prefix("hec=")?;
        (!cookie.is_empty()).then(|| cookie.to_owned())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn html(&self) -> scraper::Html {
        scraper::Html::parse_document(&self.text())
    }

    /// The words of every element that the selector finds.
    pub fn words(&self, selector: &str) -> Vec<String> {
        let selector = scraper::Selector::parse(selector).unwrap();
        let html = self.html();
        html.select(&selector).map(|found| found.text().collect::<String>().trim().to_owned()).collect()
    }

    /// An attribute of every element that the selector finds.
    pub fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        let selector = scraper::Selector::parse(selector).unwrap();
        let html = self.html();
        html.select(&selector).filter_map(|found| found.value().attr(name)).map(str::to_owned).collect()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Status, headers and body, without what names the ids or the moment.
    pub fn shape(&self, ids: &[&str]) -> String {
        let mut headers: Vec<String> = self
            .headers
            .iter()
            .filter(|(name, _)| name.as_str() != "date")
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        headers.sort();
        let mut shape = format!("{}\n{}\n\n{}", self.status, headers.join("\n"), self.text());
        for id in ids {
            shape = shape.replace(id, "<id>");
        }
        shape
    }

    fn start(&self) -> String {
        format!("{} {}", self.status, self.text().chars().take(1500).collect::<String>())
    }
}

fn around(text: &str, at: usize) -> String {
    let before: String = text[..at].chars().rev().take(80).collect::<Vec<_>>().into_iter().rev().collect();
    let after: String = text[at..].chars().take(160).collect();
    before + &after
}
