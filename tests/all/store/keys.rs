//! The order of keys is the order of what they are made of.

use hec::{
    store::{Descending, Key, Mark, Table},
    types::{Date, EntryId, Timestamp, kind},
};
use proptest::prelude::*;

use super::{CELLS, new};

fn back<K: Key>(key: &K) -> K {
    K::decode(&key.bytes()).unwrap()
}

proptest! {
    #[test]
    fn numbers_keep_their_order(a: (u8, u64), b: (u8, u64)) {
        prop_assert_eq!(a.bytes().cmp(&b.bytes()), a.cmp(&b));
        prop_assert_eq!(back(&a), a);
    }

    #[test]
    fn descending_turns_the_order_round(a: (u8, u64), b: (u8, u64)) {
        let key = |(group, number)| (group, Descending(number), 7u8);
        prop_assert_eq!(key(a).bytes().cmp(&key(b).bytes()), a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
        prop_assert_eq!(back(&key(a)), key(a));
    }

    #[test]
    fn dates_keep_their_order_and_newest_first_turns_it_round(a in 0..109_573u32, b in 0..109_573u32) {
        let (a, b) = (Date::from_day_number(a).unwrap(), Date::from_day_number(b).unwrap());
        prop_assert_eq!((a,).bytes().cmp(&(b,).bytes()), a.cmp(&b));
        prop_assert_eq!((Descending(a),).bytes().cmp(&(Descending(b),).bytes()), b.cmp(&a));
        prop_assert_eq!(back(&(Descending(a), 1u8)), (Descending(a), 1));
    }

    #[test]
    fn texts_keep_their_order_whatever_follows(a in "[^\0]{0,6}", b in "[^\0]{0,6}", x: u64, y: u64) {
        let (a, b) = ((a, x), (b, y));
        prop_assert_eq!(a.bytes().cmp(&b.bytes()), a.cmp(&b));
        prop_assert_eq!(back(&a), a);
    }

    #[test]
    fn moments_order_ids(a in 0..4_000_000_000_000i64, later in 1..1_000_000i64) {
        let id = |at| EntryId::new(Timestamp::from_millis(at));
        prop_assert!((id(a),).bytes() < (id(a + later),).bytes());
    }

    #[test]
    fn bytes_that_are_no_key_are_told(bytes: Vec<u8>) {
        if let Some(key) = <(u8, Descending<u64>, Date)>::decode(&bytes) {
            prop_assert_eq!(key.bytes(), bytes.clone());
        }
        if let Some(key) = <(String, Descending<Date>)>::decode(&bytes) {
            prop_assert_eq!(key.bytes(), bytes);
        }
    }
}

#[test]
fn the_bounds_of_dates_are_keys() {
    for date in [Date::MIN, Date::MAX] {
        assert_eq!(back(&(date,)), (date,));
        assert_eq!(back(&(Descending(date),)), (Descending(date),));
    }
    assert_eq!(<(Date,)>::decode(&u32::MAX.to_be_bytes()), None);
    assert_eq!(<(Date,)>::decode(&(Date::MAX.day_number() + 1).to_be_bytes()), None);
}

#[test]
fn a_word_is_not_found_under_the_beginning_of_another() {
    const WORDS: Table<(String, u64), Mark> = Table::new("words");
    let (_folder, store) = new();
    let words = ["ash", "ash tree", "ashes", "as", "é", "e"];
    let found = store
        .db
        .write_blocking(move |tx| {
            words.iter().zip(0..).for_each(|(word, number)| tx.put(&WORDS, &((*word).to_owned(), number), &Mark));
            Ok(words.map(|word| tx.under(&WORDS, &(word.to_owned(),)).map(|row| row.unwrap().0.1).collect::<Vec<_>>()))
        })
        .unwrap();
    assert_eq!(found, [vec![0], vec![1], vec![2], vec![3], vec![4], vec![5]]);
    let all = store.db.read(|tx| Ok(tx.under(&WORDS, &()).map(|row| row.unwrap().0.0).collect::<Vec<_>>())).unwrap();
    assert_eq!(all, ["as", "ash", "ash tree", "ashes", "e", "é"]);
}

#[test]
fn ids_follow_the_order_of_asking_within_a_transaction_and_from_one_to_the_next_of_the_same_moment() {
    let (_folder, store) = new();
    let ask = |how_many| {
        let ids =
            move |tx: &mut hec::store::Write| (0..how_many).map(|_| tx.new_id::<kind::Entry>()).collect::<Vec<_>>();
        store.db.write_blocking(move |tx| Ok(ids(tx))).unwrap()
    };
    let ids: Vec<_> = [1, 1, 70_000, 1, 3].into_iter().flat_map(ask).collect();
    assert_eq!(ids.len(), 70_006);
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    assert!(ids.iter().all(|id| EntryId::parse(&id.to_string()) == Some(*id)), "each is a well-formed UUID");
    assert!(ids.iter().all(|id| id.bytes()[6] >> 4 == 7 && id.bytes()[8] >> 6 == 2), "each is of version 7");
    // Beyond what the counter holds they have no order, and are different all the same.
    let now = store.db.clock().now();
    let beyond: std::collections::HashSet<_> = (0..100).map(|_| EntryId::in_sequence(now, u32::MAX)).collect();
    assert_eq!(beyond.len(), 100);
}

#[test]
fn a_key_of_another_shape_is_an_error_and_ends_the_scan() {
    const OTHER: Table<(u8,), super::Cell> = Table::new("cells");
    let (_folder, store) = new();
    store
        .db
        .write_blocking(|tx| {
            tx.put(&OTHER, &(1,), &super::cell(1));
            tx.put(&CELLS, &(1, 5), &super::cell(1));
            Ok(())
        })
        .unwrap();
    store
        .db
        .read(|tx| {
            let mut rows = tx.under(&CELLS, &(1u8,));
            assert!(rows.next().unwrap().is_err());
            assert!(rows.next().is_none());
            Ok(())
        })
        .unwrap();
}
