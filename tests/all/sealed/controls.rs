//! Negative controls: with one safeguard taken away the crash test must fail. If it passes, it tests nothing.

use hec::store::sealed::{Controls, Without};

use super::{cases::Campaign, workload::Mix};

/// How many cases may pass before a missing safeguard is noticed: many times the number that is needed.
const PATIENCE: usize = 6_000;

fn campaign(without: Without, mix: Mix, cases: usize, enough: usize) -> Campaign {
    Campaign { seed: 77, cases, mix, controls: Controls::for_tests(without), enough }
}

fn is_noticed(without: Without, mix: Mix) {
    let outcome = campaign(without, mix, PATIENCE, 1).run();
    println!("without {without:?}: noticed after {} cases: {:?}", outcome.cases, outcome.failures);
    assert!(!outcome.failures.is_empty(), "{} cases passed without {without:?}", outcome.cases);
}

#[test]
fn a_missing_seal_is_noticed() {
    is_noticed(Without::Seal, Mix::USUAL);
}

#[test]
fn a_missing_scrub_is_noticed() {
    is_noticed(Without::Scrub, Mix::USUAL);
}

#[test]
fn a_missing_accumulator_is_noticed() {
    is_noticed(Without::Accumulator, Mix::USUAL);
}

#[test]
fn a_missing_sync_at_open_is_noticed() {
    is_noticed(Without::FsyncAtOpen, Mix::DEADLY);
}
