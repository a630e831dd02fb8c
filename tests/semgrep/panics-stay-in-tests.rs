// ruleid: panics-stay-in-tests
#[allow(clippy::unwrap_used)]
fn first(list: &[u8]) -> u8 {
    // ruleid: panics-stay-in-tests
    assert!(!list.is_empty());
    match list {
        [one, ..] => *one,
        // ruleid: panics-stay-in-tests
        [] => unreachable!("it was looked at"),
    }
}

// ok: panics-stay-in-tests
#[allow(clippy::too_many_arguments)]
fn second(list: &[u8]) -> Option<u8> {
    // ok: panics-stay-in-tests
    const { assert!(MOST <= 32) };
    // ok: panics-stay-in-tests
    debug_assert!(list.len() > 1);
    list.get(1).copied()
}

#[cfg(test)]
// ok: panics-stay-in-tests
#[allow(clippy::unwrap_used)]
mod tests {
    #[test]
    fn the_second_is_there() {
        // ok: panics-stay-in-tests
        assert_eq!(second(&[1, 2]).unwrap(), 2);
    }
}
