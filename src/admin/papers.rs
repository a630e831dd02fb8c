//! Two papers for a group that runs HEC for several families: an impact assessment and a privacy notice, filled in as
//! far as HEC knows itself. Each is a page to print, and a file of Markdown to write on in.

use std::sync::LazyLock;

use poem::{
    Response, handler,
    http::{HeaderValue, header},
};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};
use serde_json::json;

use crate::{
    error::Result,
    http::{auth::Visitor, frame::Page, messages::plain},
};

/// What is left to whoever fills a paper in.
const BLANK: &str = "______";

/// A paper.
struct Paper {
    name: &'static str,
    text: &'static str,
}

static DPIA: Paper = Paper { name: "dpia", text: include_str!("../../web/messages/en-GB/dpia.md") };
static NOTICE: Paper =
    Paper { name: "privacy-notice", text: include_str!("../../web/messages/en-GB/privacy-notice.md") };
static DPIA_PAGE: LazyLock<String> = LazyLock::new(|| DPIA.html());
static NOTICE_PAGE: LazyLock<String> = LazyLock::new(|| NOTICE.html());

impl Paper {
    /// Our own text as a page.
    fn html(&self) -> String {
        let mut tables = Tables::default();
        let events = Parser::new_ext(self.text, Options::ENABLE_TABLES).flat_map(|event| tables.with(event));
        let mut page = String::new();
        html::push_html(&mut page, events);
        page.replace(
            BLANK,
            &format!("<span class=\"blank\"><span class=\"sr\">{}</span></span>", plain("papers-blank")),
        )
    }

    fn show(&self, visitor: &Visitor, body: &str) -> Result<Response> {
        let title = plain(&format!("title-{}", self.name));
        Page::new("paper.html", "help", title).show_visitor(visitor, json!({ "paper_html": body, "name": self.name }))
    }

    fn file(&self) -> Response {
        let mut response = Response::builder().content_type("text/markdown; charset=utf-8").body(self.text);
        let disposition = format!("attachment; filename=\"hec-{}.md\"", self.name);
        if let Ok(disposition) = HeaderValue::from_str(&disposition) {
            response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
        }
        response
    }
}

/// Tables move sideways on a phone, where a keyboard reaches them. Each is called as the heading above it is, and each
/// of its rows as its first cell.
#[derive(Default)]
struct Tables {
    heading: String,
    in_heading: bool,
    in_head: bool,
    /// Which cell of a row it is, from 1.
    cell: usize,
}

impl Tables {
    fn with<'a>(&mut self, event: Event<'a>) -> Vec<Event<'a>> {
        match &event {
            Event::Start(Tag::Heading { .. }) => (self.in_heading, self.heading) = (true, String::new()),
            Event::End(TagEnd::Heading(_)) => self.in_heading = false,
            Event::Text(text) if self.in_heading => self.heading.push_str(text),
            Event::Start(Tag::TableHead) => self.in_head = true,
            Event::End(TagEnd::TableHead) => self.in_head = false,
            Event::Start(Tag::TableRow) => self.cell = 0,
            Event::Start(Tag::TableCell) => self.cell += 1,
            _ => {}
        }
        let is_first = self.cell == 1 && !self.in_head;
        match event {
            Event::Start(Tag::Table(_)) => {
                let label = self.heading.replace('&', "&amp;").replace('"', "&quot;");
                let opened = format!("<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"{label}\">");
                vec![Event::Html(opened.into()), event]
            }
            Event::End(TagEnd::Table) => vec![event, Event::Html("</div>".into())],
            Event::Start(Tag::TableCell) if is_first => vec![Event::Html("<th scope=\"row\">".into())],
            Event::End(TagEnd::TableCell) if is_first => vec![Event::Html("</th>".into())],
            event => vec![event],
        }
    }
}

/// The impact assessment.
#[handler]
pub fn dpia(visitor: Visitor) -> Result<Response> {
    DPIA.show(&visitor, &DPIA_PAGE)
}

/// The same as a file.
#[handler]
pub fn dpia_file() -> Response {
    DPIA.file()
}

/// The privacy notice.
#[handler]
pub fn notice(visitor: Visitor) -> Result<Response> {
    NOTICE.show(&visitor, &NOTICE_PAGE)
}

/// The same as a file.
#[handler]
pub fn notice_file() -> Response {
    NOTICE.file()
}
