//! What a page may hold, whatever people wrote: nothing that runs, loads from elsewhere or sends somewhere.

use scraper::{Html, Node};

use crate::support::Reply;

/// Elements that no text may become; pages have some of their own.
const OWN: [&str; 5] = ["script", "link", "meta", "form", "iframe"];
/// Elements that no page has.
const NEVER: [&str; 12] =
    ["object", "embed", "base", "style", "applet", "frame", "frameset", "math", "portal", "animate", "set", "marquee"];

/// Fails where an element or an attribute stands in a page that our templates do not write.
pub fn assert_harmless(reply: &Reply, what: &str) {
    if !reply.header("content-type").starts_with("text/html") {
        return;
    }
    let html = reply.html();
    for node in html.tree.nodes() {
        let Node::Element(element) = node.value() else { continue };
        let name = element.name();
        assert!(!NEVER.contains(&name), "{what}: <{name}> in {}", reply.text());
        for (attribute, value) in element.attrs() {
            let value = value.trim().to_ascii_lowercase();
            assert!(!attribute.starts_with("on"), "{what}: <{name} {attribute}=…>");
            assert!(
                !matches!(attribute, "style" | "srcdoc" | "formaction" | "ping" | "xlink:href"),
                "{what}: {attribute}"
            );
            if matches!(attribute, "href" | "src" | "action" | "data" | "poster") {
                let scheme = value.split(['/', '?', '#']).next().unwrap_or_default();
                let harmless = !scheme.contains(':')
                    || ["http:", "https:", "mailto:"].contains(&scheme)
                    || scheme.starts_with("mailto:");
                assert!(harmless, "{what}: <{name} {attribute}={value:?}>");
                assert!(
                    !OWN.contains(&name) || value.starts_with('/') && !value.starts_with("//"),
                    "{what}: <{name} {attribute}={value:?}>"
                );
            }
        }
        if name == "script" {
            assert!(element.attr("src").is_some() && !node.has_children(), "{what}: an inline script");
        }
        if name == "meta" {
            assert_ne!(element.attr("http-equiv").map(str::to_ascii_lowercase).as_deref(), Some("refresh"), "{what}");
        }
    }
}

/// The elements of a page with the names of their attributes, in order: what must not change with what people wrote.
pub fn skeleton(html: &Html) -> Vec<String> {
    let elements = html.tree.nodes().filter_map(|node| node.value().as_element());
    let named = elements.map(|element| {
        let mut names: Vec<&str> = element.attrs().map(|(name, _)| name).collect();
        names.sort_unstable();
        format!("{} {}", element.name(), names.join(" "))
    });
    named.collect()
}
