//! Rows that outlive the version which wrote them.

use hec::{
    row,
    store::{Mark, Row, Table, decode_row, encode_row},
    types::{AccountId, Date, Timestamp},
};
use minicbor::{Decode, Encode};
use proptest::prelude::*;

use super::new;

#[derive(Debug, Clone, PartialEq, Encode, Decode)]
struct Old {
    #[n(0)]
    name: String,
    #[n(1)]
    at: Timestamp,
}
row!(Old, version 1);

/// The same row, some releases later.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
struct New {
    #[n(0)]
    name: String,
    #[n(1)]
    at: Timestamp,
    #[n(2)]
    born: Option<Date>,
    #[n(3)]
    #[cbor(default)]
    starred: bool,
    #[n(5)]
    #[cbor(default)]
    words: Vec<String>,
    #[n(9)]
    by: Option<AccountId>,
}
row!(New, version 1);

/// The row after a change that numbers can't express.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
struct Other {
    #[n(0)]
    name: Vec<u8>,
}
row!(Other, version 2);

fn old() -> Old {
    Old { name: "Hazel".to_owned(), at: Timestamp::from_millis(-5) }
}

fn full() -> New {
    New {
        name: "Hazel".to_owned(),
        at: Timestamp::from_millis(i64::MAX),
        born: Date::parse("2015-02-28"),
        starred: true,
        words: vec!["conker".to_owned(), String::new()],
        by: AccountId::parse("01890a5d-ac96-774b-bcce-b302099a8057"),
    }
}

#[test]
fn fields_that_came_later_are_unset_in_old_rows() {
    let new = New::from_bytes(&old().to_bytes()).unwrap();
    let Old { name, at } = old();
    assert_eq!(new, New { name, at, born: None, starred: false, words: Vec::new(), by: None });
}

#[test]
fn an_older_program_skips_the_fields_that_it_does_not_know() {
    let New { name, at, .. } = full();
    assert_eq!(Old::from_bytes(&full().to_bytes()).unwrap(), Old { name, at });
}

#[test]
fn a_row_comes_back_as_it_was() {
    assert_eq!(New::from_bytes(&full().to_bytes()).unwrap(), full());
    assert_eq!(Mark::from_bytes(&Mark.to_bytes()).unwrap(), Mark);
}

#[test]
fn another_version_is_an_error_that_names_both() {
    let why = Other::from_bytes(&old().to_bytes()).unwrap_err();
    assert!(why.contains("version 1") && why.contains('2'), "{why}");
    let why = Old::from_bytes(&Other { name: Vec::new() }.to_bytes()).unwrap_err();
    assert!(why.contains("version 2") && why.contains('1'), "{why}");
    assert!(decode_row::<Old>(1, &encode_row(3, &old())).is_err());
}

#[test]
fn rows_that_were_cut_off_are_errors() {
    let bytes = full().to_bytes();
    for end in 0..bytes.len() {
        assert!(New::from_bytes(&bytes[..end]).is_err(), "{end} of {} bytes", bytes.len());
    }
}

proptest! {
    #[test]
    fn no_bytes_make_a_row_panic(mut bytes: Vec<u8>) {
        drop(New::from_bytes(&bytes));
        bytes.insert(0, 1);
        drop(New::from_bytes(&bytes));
    }
}

#[test]
fn a_table_is_read_by_the_next_version_and_by_the_one_before() {
    const BEFORE: Table<(u8,), Old> = Table::new("people");
    const AFTER: Table<(u8,), New> = Table::new("people");
    const WRONG: Table<(u8,), Other> = Table::new("people");
    let (_folder, store) = new();
    store
        .db
        .write_blocking(|tx| {
            tx.put(&BEFORE, &(1,), &old());
            tx.put(&AFTER, &(2,), &full());
            Ok(())
        })
        .unwrap();
    store
        .db
        .read(|tx| {
            assert_eq!(tx.get(&AFTER, &(1,))?.unwrap().name, "Hazel");
            assert_eq!(tx.get(&BEFORE, &(2,))?.unwrap().at, full().at);
            assert_eq!(tx.under(&AFTER, &()).filter(Result::is_ok).count(), 2);
            assert!(tx.get(&WRONG, &(1,)).is_err());
            assert!(tx.has(&WRONG, &(1,))?, "whether it is there needs no reading");
            Ok(())
        })
        .unwrap();
}
