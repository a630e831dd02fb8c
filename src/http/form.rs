//! Forms and query strings: names and values, bounded, in order.

use poem::{FromRequest, Request, RequestBody, http::header};

use crate::{
    error::{Error, Result},
    types::Caller,
};

use super::auth::Proved;

/// The most bytes of a form without files.
pub const MAX: usize = 512 * 1024;

/// Where forms of whoever belongs to several families name the one that they are for.
pub const HERE: &str = "here";

/// Names and values as a browser sent them. Line ends are `\n`.
#[derive(Debug, Clone, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads `application/x-www-form-urlencoded`.
    pub fn parse(encoded: &str) -> Self {
        let decode = |part: &str| {
            let spaced = part.replace('+', " ");
            percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
        };
        let pairs = encoded.split('&').filter(|pair| !pair.is_empty());
        let mut fields = Self::default();
        for pair in pairs {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            fields.push(decode(name), decode(value));
        }
        fields
    }

    /// Adds a value, as browsers send it: with `\r\n`.
    pub fn push(&mut self, name: String, value: String) {
        self.0.push((name, value.replace("\r\n", "\n")));
    }

    /// The first value under a name; empty where there is none.
    pub fn get(&self, name: &str) -> &str {
        self.optional(name).unwrap_or_default()
    }

    /// The first value under a name that is not empty.
    pub fn optional(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// Every value under a name that is not empty.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(field, value)| field == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// Every name and value.
    pub fn pairs(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    /// Whether a box was ticked.
    pub fn ticked(&self, name: &str) -> bool {
        self.optional(name).is_some()
    }

    /// Names that begin so, with what follows in the name, and their values.
    pub fn under<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?, value.as_str())))
    }

    /// Everything, for showing a form again. Passwords are left out.
    pub fn shown(&self) -> std::collections::BTreeMap<&str, &str> {
        self.0
            .iter()
            .filter(|(name, _)| name != "password")
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect()
    }
}

impl Fields {
    /// Whether a form of the family names another family (`here`) than the one that the session is in by now.
    fn is_for_another(&self, request: &Request) -> bool {
        let proved = request.extensions().get::<Proved>().and_then(|proved| proved.0.as_ref());
        let caller = proved.and_then(|identity| identity.caller.as_ref());
        caller.is_some_and(|caller| !self.is_for(caller))
    }

    /// Whether a form is for this family, as far as it says.
    pub fn is_for(&self, caller: &Caller) -> bool {
        self.optional(HERE).is_none_or(|here| here == caller.family.to_string())
    }
}

/// The fields of the query string.
pub struct Params(pub Fields);

impl<'a> FromRequest<'a> for Params {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        Ok(Self(Fields::parse(request.uri().query().unwrap_or_default())))
    }
}

impl<'a> FromRequest<'a> for Fields {
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> poem::Result<Self> {
        let media_type = request.header(header::CONTENT_TYPE).unwrap_or_default();
        // A form of buttons only may come without a body, and so without a type.
        if !media_type.is_empty() && !media_type.starts_with("application/x-www-form-urlencoded") {
            return Err(Error::MediaType.into());
        }
        let bytes = body.take()?.into_bytes_limit(MAX).await.map_err(|_| Error::TooLarge { max: MAX as u64 })?;
        let text = std::str::from_utf8(&bytes).map_err(|_| Error::Malformed("the form is not UTF-8".to_owned()))?;
        let fields = Self::parse(text);
        if fields.is_for_another(request) { Err(Error::OtherFamily.into()) } else { Ok(fields) }
    }
}

/// Complaints as pages show them, with the names that the form has.
pub fn complaints(error: Error, rename: impl Fn(&str) -> String) -> Result<Vec<(String, String)>> {
    match error {
        Error::Invalid(invalid) => {
            Ok(invalid.iter().map(|one| (rename(&one.field), super::messages::complaint(one))).collect())
        }
        other => Err(other),
    }
}
