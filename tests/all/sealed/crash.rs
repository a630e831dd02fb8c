//! Power cuts. See `cases`.

use hec::store::sealed::Controls;

use super::{
    cases::{Campaign, setting},
    disk::Op,
    workload::{Mix, record},
};

#[test]
fn no_power_cut_loses_an_acknowledged_commit() {
    let (seed, cases) = (setting("HEC_CRASH_SEED", 1), setting("HEC_CRASH_CASES", 4_000));
    let campaign = Campaign { seed, cases: cases as usize, mix: Mix::USUAL, controls: Controls::default(), enough: 20 };
    let outcome = campaign.run();
    println!(
        "seed {seed}: {} power cuts, {} of them twice, {} failed",
        outcome.cases,
        outcome.twice,
        outcome.failures.len()
    );
    assert!(outcome.failures.is_empty(), "{:#?}", outcome.failures);
}

#[test]
fn no_power_cut_after_the_death_of_a_process_loses_what_the_next_one_saw() {
    let (seed, cases) = (setting("HEC_CRASH_SEED", 1), setting("HEC_CRASH_CASES", 4_000) / 4);
    let campaign =
        Campaign { seed, cases: cases as usize, mix: Mix::DEADLY, controls: Controls::default(), enough: 20 };
    let outcome = campaign.run();
    println!("seed {seed}: {} power cuts after deaths, {} failed", outcome.cases, outcome.failures.len());
    assert!(outcome.failures.is_empty(), "{:#?}", outcome.failures);
}

#[test]
fn a_seed_makes_the_same_workload_again() {
    let shape = |seed| {
        let ops = record(seed, Mix::USUAL, Controls::default()).unwrap().log.into_iter().map(|op| match op {
            Op::Write(offset, data) => (offset, data.len()),
            Op::SetLen(len) => (len, 1),
            Op::Sync | Op::LostSync => (0, 0),
        });
        ops.collect::<Vec<_>>()
    };
    for seed in 0..3 {
        assert!(shape(seed) == shape(seed), "seed {seed}");
    }
}
