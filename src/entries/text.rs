//! Markdown (CommonMark, with tables' and strikethrough's extensions left out of HTML that could do harm).

use std::sync::LazyLock;

use pulldown_cmark::{Event, Options, Parser, html};

/// How deep lists, quotations and emphasis may stand in one another.
const MAX_DEPTH: usize = 24;

/// What may stand in an entry: words and their shape. No picture, no form, no attribute but a link's address.
static CLEANER: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
    let mut cleaner = unlinked();
    cleaner
        .add_tags(["a"])
        .add_tag_attributes("a", ["href"])
        .add_url_schemes(["http", "https", "mailto"])
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"));
    cleaner
});

/// The same for documents: links are words, since a document leads nowhere.
static UNLINKED: LazyLock<ammonia::Builder<'static>> = LazyLock::new(unlinked);

fn unlinked() -> ammonia::Builder<'static> {
    let mut cleaner = ammonia::Builder::empty();
    cleaner.link_rel(None).add_tags([
        "p",
        "br",
        "strong",
        "em",
        "del",
        "ul",
        "ol",
        "li",
        "blockquote",
        "code",
        "pre",
        "h3",
        "h4",
        "h5",
        "hr",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    ]);
    cleaner
}

/// The text as HTML that is safe to show. Raw HTML in it is shown as it was typed; a line end is a line end.
pub fn to_html(markdown: &str) -> String {
    CLEANER.clean(&render(markdown)).to_string()
}

/// [`to_html`] for documents: a link is its words.
pub fn to_html_without_links(markdown: &str) -> String {
    UNLINKED.clean(&render(markdown)).to_string()
}

fn render(markdown: &str) -> String {
    let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES;
    let events = Parser::new_ext(markdown, options).map(|event| match event {
        Event::Html(raw) | Event::InlineHtml(raw) => Event::Text(raw),
        Event::SoftBreak => Event::HardBreak,
        other => other,
    });
    let mut out = String::with_capacity(markdown.len() * 5 / 4);
    html::push_html(&mut out, shallow(lower_headings(events)));
    out
}

/// Leaves out what is nested deeper than anybody means to: cleaning takes time that grows with the square of the depth.
fn shallow<'a>(events: impl Iterator<Item = Event<'a>>) -> impl Iterator<Item = Event<'a>> {
    let mut depth = 0_usize;
    events.filter(move |event| match event {
        Event::Start(_) => {
            depth += 1;
            depth <= MAX_DEPTH
        }
        Event::End(_) => {
            depth = depth.saturating_sub(1);
            depth < MAX_DEPTH
        }
        _ => true,
    })
}

/// Headings begin at the third level: the page and the entry have the two above.
fn lower_headings<'a>(events: impl Iterator<Item = Event<'a>>) -> impl Iterator<Item = Event<'a>> {
    use pulldown_cmark::{HeadingLevel, Tag, TagEnd};
    let lower = |level| match level {
        HeadingLevel::H1 => HeadingLevel::H3,
        HeadingLevel::H2 => HeadingLevel::H4,
        _ => HeadingLevel::H5,
    };
    events.map(move |event| match event {
        Event::Start(Tag::Heading { level, .. }) => {
            Event::Start(Tag::Heading { level: lower(level), id: None, classes: Vec::new(), attrs: Vec::new() })
        }
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lower(level))),
        other => other,
    })
}

/// The words alone, for excerpts: at most `max` characters, cut at a word.
pub(super) fn excerpt(markdown: &str, max: usize) -> String {
    let mut out = String::new();
    for event in Parser::new(markdown) {
        match event {
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => out.push_str(&text),
            Event::SoftBreak | Event::HardBreak | Event::End(_) if !out.ends_with(' ') => out.push(' '),
            _ => {}
        }
        if out.len() > max * 4 {
            break;
        }
    }
    let out = out.trim();
    match out.char_indices().nth(max) {
        None => out.to_owned(),
        Some((end, _)) => {
            let cut = &out[..end];
            let cut = cut.rfind(' ').map_or(cut, |space| &cut[..space]);
            format!("{cut}…")
        }
    }
}
