//! The OpenAPI document: what is promised, and whether replies keep it.

use hec::{routes::openapi_document, types::Scope};
use serde_json::Value;

use crate::support::TestApp;

/// One operation as the document describes it.
pub struct Operation {
    pub id: String,
    pub method: String,
    /// `/entries/{id}`: without `/api/v1`.
    pub path: String,
    described: Value,
}

pub fn document(app: &TestApp) -> Value {
    openapi_document(&app.app).unwrap()
}

/// Every operation of the document.
pub fn operations(document: &Value) -> Vec<Operation> {
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, described) in methods.as_object().unwrap() {
            let id = described["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no operationId"));
            let path = path.strip_prefix("/api/v1").unwrap_or(path).to_owned();
            let method = method.to_uppercase();
            all.push(Operation { id: id.to_owned(), method, path, described: described.clone() });
        }
    }
    assert!(all.len() > 20, "the document is nearly empty");
    all
}

impl Operation {
    /// The scopes that the document says it asks for, the one that it is about first.
    pub fn scopes(&self) -> Vec<Scope> {
        let ways = self.described["security"].as_array().unwrap_or_else(|| panic!("{} is open to all", self.id));
        let all: Vec<&Value> = ways.iter().filter_map(|one| one.get("oauth2")).collect();
        assert_eq!((ways.len(), all.len()), (3, 1), "{}: {ways:?}", self.id);
        for other in ["bearer", "session"] {
            assert!(ways.iter().any(|one| one.get(other) == Some(&Value::Array(vec![]))), "{}: {other}", self.id);
        }
        let words = all[0].as_array().unwrap();
        words.iter().map(|word| Scope::parse(word.as_str().unwrap()).expect("a scope that there is")).collect()
    }

    /// What the document says of a status; panics where it says nothing.
    pub fn reply(&self, status: u16) -> &Value {
        let reply = &self.described["responses"][status.to_string()];
        assert!(!reply.is_null(), "{} answers {status}, which the document does not tell", self.id);
        reply
    }

    /// The schema of a JSON reply.
    pub fn schema(&self, status: u16) -> Option<&Value> {
        let content = self.reply(status)["content"].as_object()?;
        content.iter().find(|(name, _)| name.starts_with("application/json")).map(|(_, content)| &content["schema"])
    }
}

/// Whether a value is what a schema promises: nothing absent, nothing more, of the right types.
pub fn check(document: &Value, schema: &Value, value: &Value, at: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap();
        return check(document, &document["components"]["schemas"][name], value, at);
    }
    if let Some(all) = schema["allOf"].as_array() {
        let mut schema = schema.clone();
        schema.as_object_mut().unwrap().remove("allOf");
        return all.iter().for_each(|one| check(document, one, value, at));
    }
    if value.is_null() {
        assert_eq!(schema["nullable"], true, "{at} is null");
        return;
    }
    match schema["type"].as_str() {
        Some("object") => {
            let promised = schema["properties"].as_object().unwrap();
            let sent = value.as_object().unwrap_or_else(|| panic!("{at} is no object"));
            for (name, property) in promised {
                let value = sent.get(name).unwrap_or_else(|| panic!("{at}.{name} is absent"));
                let mut property = property.clone();
                let nullable = property["nullable"] == true;
                if !(nullable && value.is_null()) {
                    property.as_object_mut().unwrap().remove("nullable");
                    check(document, &property, value, &format!("{at}.{name}"));
                }
            }
            let more: Vec<&String> = sent.keys().filter(|name| !promised.contains_key(*name)).collect();
            assert!(more.is_empty(), "{at} has {more:?}, which the document does not tell");
        }
        Some("array") => {
            for (number, item) in value.as_array().unwrap_or_else(|| panic!("{at} is no array")).iter().enumerate() {
                check(document, &schema["items"], item, &format!("{at}.{number}"));
            }
        }
        Some("string") => assert!(value.is_string(), "{at} is no string"),
        Some("integer") => assert!(value.is_i64() || value.is_u64(), "{at} is no integer"),
        // Words about a reference, beside it.
        None if schema.as_object().is_some_and(|schema| schema.keys().all(|key| key == "description")) => {}
        Some("boolean") => assert!(value.is_boolean(), "{at} is no boolean"),
        other => panic!("{at}: a type this test does not know: {other:?}"),
    }
}

#[tokio::test]
async fn the_committed_document_is_the_one_that_is_served() {
    let app = TestApp::start().await;
    app.parent("ana").await;
    let served = app.visit("/openapi.json").await.assert(200).json();
    let committed = include_str!("../../../openapi/hec.json");
    assert_eq!(served, document(&app));
    let printed = serde_json::to_string_pretty(&document(&app)).unwrap() + "\n";
    assert!(committed == printed, "run `cargo run -- openapi > openapi/hec.json` and look at the difference");
}

#[tokio::test]
async fn every_schema_refuses_what_it_does_not_name_or_says_what_it_answers() {
    let app = TestApp::start().await;
    let document = document(&app);
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let taken = name.ends_with("Draft") || name.ends_with("Change");
        assert!(!taken || schema["additionalProperties"] == false, "{name} takes anything");
        assert!(schema["description"].is_string(), "{name} is not described");
    }
}
