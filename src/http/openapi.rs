//! What poem-openapi can't say of an API, said in its document.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::types::Scope;

use super::{auth::APP, problem::FAMILY_ALLOWANCE};

/// The media type as poem-openapi writes it, and as clients look for it.
const JSON: (&str, &str) = ("application/json; charset=utf-8", "application/json");
/// Where shapes stand.
const SCHEMAS: &str = "#/components/schemas/";

/// What any operation may answer instead.
const PROBLEMS: &[(&str, &str)] = &[
    ("400", "The request can't be read."),
    ("401", "No token or session, or one that has ended."),
    ("403", "The request came from another site."),
    ("404", "No such thing, or not yours: the two are never told apart."),
    ("412", "Changed meanwhile, or the id is taken by other content."),
    ("413", "Too large."),
    ("415", "Another media type is needed."),
    ("422", "A field is wrong: `errors` names each with its bound."),
    ("503", "Busy, or not set up yet: try again."),
    ("507", "The disk is full: nothing was written."),
    ("default", "Anything else."),
];

/// Finishes a document: what is sent refuses unknown fields, what is received holds every field (`null` where it is
/// unset), every error is a problem (RFC 9457), and each operation names the scope that it asks for.
#[must_use]
pub fn finish(mut document: Value) -> Value {
    rename_media_types(&mut document);
    let sent = sent(&document);
    if let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        for (name, schema) in schemas.iter_mut() {
            say_what_is_null(schema, sent.contains(name));
        }
        schemas.insert("Problem".to_owned(), problem());
    }
    for operation in operations(&mut document) {
        if let Some(responses) = operation.pointer_mut("/responses").and_then(Value::as_object_mut) {
            for (status, description) in PROBLEMS {
                let problem = json!({ "$ref": format!("{SCHEMAS}Problem") });
                let content = json!({ "application/problem+json": { "schema": problem } });
                responses.insert((*status).to_owned(), json!({ "description": description, "content": content }));
            }
        }
        say_what_is_needed(operation);
    }
    document
}

/// Scopes stand among the schemes as [`super::rights`] put them there; apps ask for them. That personal access tokens need
/// them as well has no place in a security requirement (OpenAPI 3.0), so words say it.
fn say_what_is_needed(operation: &mut Value) {
    let Some(told) = operation.pointer_mut("/security").and_then(Value::as_array_mut) else { return };
    let scope = |one: &Value| one.as_object().and_then(|one| Scope::parse(one.keys().next()?));
    let needed: Vec<&str> = told.iter().filter_map(scope).map(Scope::as_str).collect();
    told.retain(|one| scope(one).is_none());
    if let Some(app) = told.iter_mut().find_map(|one| one.get_mut(APP)) {
        *app = json!(needed);
    }
    if !needed.is_empty()
        && let Some(refused) = operation.pointer_mut("/responses/403/description")
    {
        let scopes = needed.iter().map(|scope| format!("`{scope}`")).collect::<Vec<_>>().join(" or ");
        *refused = json!(format!("The token lacks the scope {scopes}, or the request came from another site."));
    }
}

fn operations(document: &mut Value) -> impl Iterator<Item = &mut Value> {
    let paths = document.pointer_mut("/paths").and_then(Value::as_object_mut);
    paths.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut).flat_map(Map::values_mut)
}

fn rename_media_types(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if let Some(json) = map.remove(JSON.0) {
                map.insert(JSON.1.to_owned(), json);
            }
            map.values_mut().for_each(rename_media_types);
        }
        Value::Array(values) => values.iter_mut().for_each(rename_media_types),
        _ => {}
    }
}

/// The shapes that requests are made of, and the shapes in these.
fn sent(document: &Value) -> BTreeSet<String> {
    let mut sent = BTreeSet::new();
    let paths = document.get("paths").and_then(Value::as_object);
    let operations = paths.into_iter().flat_map(Map::values).filter_map(Value::as_object).flat_map(Map::values);
    let mut next: Vec<&Value> = operations.filter_map(|operation| operation.get("requestBody")).collect();
    while let Some(value) = next.pop() {
        let name = value.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix(SCHEMAS));
        if let Some(name) = name
            && sent.insert(name.to_owned())
        {
            next.extend(document.pointer(&format!("/components/schemas/{name}")));
        }
        match value {
            Value::Object(map) => next.extend(map.values()),
            Value::Array(values) => next.extend(values),
            _ => {}
        }
    }
    sent
}

/// An `Option` is a property that is not required and has no default: it may be `null`.
fn say_what_is_null(schema: &mut Value, is_sent: bool) {
    let required: Vec<String> = schema
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        .unwrap_or_default();
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
    for (name, property) in properties.iter_mut() {
        if !required.contains(name)
            && property.get("default").is_none()
            && let Some(property) = property.as_object_mut()
        {
            property.insert("nullable".to_owned(), json!(true));
        }
    }
    let all: Vec<String> = properties.keys().cloned().collect();
    if is_sent {
        schema["additionalProperties"] = json!(false);
    } else {
        schema["required"] = json!(all);
    }
}

fn problem() -> Value {
    let kinds = format!(
        "`about:blank`, where the status tells all; or `{FAMILY_ALLOWANCE}`: the pictures of the family take as much room as \
         they may, and beside the field stand `max`, `used`, `max_bytes`, `used_bytes`, and the `reference` by which whoever \
         runs the instance knows the family"
    );
    json!({
        "type": "object",
        "description": "What went wrong (RFC 9457).",
        "required": ["type", "title", "status"],
        "properties": {
            "type": { "type": "string", "description": kinds },
            "title": { "type": "string" },
            "status": { "type": "integer", "format": "int32" },
            "detail": { "type": "string" },
            "instance": { "type": "string", "description": "The id under which the cause was logged." },
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "description": "One wrong field; its bounds stand beside it (`min`, `max`, `options`).",
                    "required": ["field", "code", "detail"],
                    "properties": {
                        "field": { "type": "string", "description": "Its path: `voices.0.words`." },
                        "code": { "type": "string" },
                        "detail": { "type": "string" },
                    },
                },
            },
        },
    })
}
