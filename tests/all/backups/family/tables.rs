//! Every table has its class: read off the sources, so that a new one can't be forgotten.

use std::{collections::BTreeMap, fs, path::Path};

use hec::admin::tables::{Along, Class, TABLES, class};

/// Each table's name, and the first part of its keys.
fn declared(folder: &Path, found: &mut BTreeMap<String, String>) {
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            declared(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            for constant in text.split(": Table<(").skip(1) {
                let Some((of, name)) = constant.split_once("Table::new(\"") else { continue };
                // A type that is named without being made: what is made further on is another one.
                if of.replace("[u8;", "").contains(';') {
                    continue;
                }
                let first = of.split([',', ')']).next().unwrap().trim().to_owned();
                assert_eq!(found.insert(name.split('"').next().unwrap().to_owned(), first), None);
            }
        }
    }
}

#[test]
fn every_table_has_a_class_and_keys_that_fit_it() {
    let mut found = BTreeMap::new();
    declared(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > 50, "the sources are read: {found:?}");
    for (name, first) in &found {
        let class = class(name).unwrap_or_else(|| panic!("{name} stands in no class: src/admin/tables.rs"));
        match class {
            Class::Family(_) => assert_eq!(first, "FamilyId", "{name}"),
            Class::Account(Along::AsTheyAre | Along::Never) => assert_eq!(first, "AccountId", "{name}"),
            Class::Account(Along::ByRule) => {}
            Class::Instance | Class::Passing => {
                assert!(!["FamilyId", "AccountId"].contains(&first.as_str()), "{name} is somebody's");
            }
        }
    }
    for (name, _) in TABLES {
        assert!(found.contains_key(*name), "{name} is no table");
    }
    assert_eq!(TABLES.len(), found.len(), "each stands there once");
}
