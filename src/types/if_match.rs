//! What a change is conditional on (RFC 9110, section 13.1.1).

/// An `If-Match`: anything that exists, or one of some entity tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IfMatch {
    /// `*`
    Any,
    /// Tags without their quotes.
    OneOf(Vec<String>),
}

impl IfMatch {
    /// Reads the header. What is no tag matches nothing. Weak tags are taken by their value: ours differ by it.
    pub fn parse(header: &str) -> Self {
        if header.trim() == "*" {
            return Self::Any;
        }
        let tags = header.split(',').map(|tag| tag.trim().trim_start_matches("W/").trim_matches('"').to_owned());
        Self::OneOf(tags.collect())
    }

    /// One version.
    pub fn version(version: u64) -> Self {
        Self::OneOf(vec![version.to_string()])
    }

    /// Whether what has this tag may be changed.
    pub fn allows(&self, tag: &impl ToString) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(tags) => tags.contains(&tag.to_string()),
        }
    }
}
