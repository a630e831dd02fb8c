//! The catalogue: every string that a person reads, in Fluent.

use std::sync::LazyLock;

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use unic_langid::LanguageIdentifier;

use crate::error::Invalid;

use super::assets::WEB;

/// The one language so far.
const LANGUAGE: &str = "en-GB";

static CATALOGUE: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| {
    let mut bundle = FluentBundle::new_concurrent(vec![LANGUAGE.parse::<LanguageIdentifier>().unwrap_or_default()]);
    bundle.set_use_isolating(false);
    for file in WEB.get_dir("messages/en-GB").into_iter().flat_map(include_dir::Dir::files) {
        let text = file.contents_utf8().unwrap_or_default().to_owned();
        // A file that can't be read in part keeps what could be read; a test reads every file strictly.
        let resource = FluentResource::try_new(text).unwrap_or_else(|(resource, _)| resource);
        bundle.add_resource_overriding(resource);
    }
    bundle
});

/// A message's arguments.
pub type Args<'a> = &'a [(&'a str, FluentValue<'a>)];

/// The words under a key; the key itself where there are none.
pub fn text(key: &str, args: Args) -> String {
    let pattern = CATALOGUE.get_message(key).and_then(|message| message.value());
    let Some(pattern) = pattern else {
        tracing::error!(key, "a message is missing");
        return key.to_owned();
    };
    let args: FluentArgs = args.iter().map(|(name, value)| (*name, value.clone())).collect();
    CATALOGUE.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned()
}

/// The words under a key that takes no arguments.
pub fn plain(key: &str) -> String {
    text(key, &[])
}

/// The words under a key, if there are any.
pub fn optional(key: &str) -> Option<String> {
    CATALOGUE.has_message(key).then(|| plain(key))
}

/// What is wrong with a field, in words. Numbers become numbers, so that plurals fit.
pub fn complaint(invalid: &Invalid) -> String {
    let args: Vec<(&str, FluentValue)> = invalid
        .args
        .iter()
        .map(|(name, value)| {
            let number = value.parse::<f64>().ok().filter(|number| number.is_finite());
            (*name, number.map_or_else(|| FluentValue::from(value.as_str()), FluentValue::from))
        })
        .collect();
    text(invalid.message, &args)
}
