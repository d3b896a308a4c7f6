//! How much studies simulate: no more than their answers need.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use breakeven::results::Outcome;
use breakeven::scenario::vary::Setting;
use breakeven::scenario::{Base, Overrides};
use breakeven::study::capacity::{Fitted, Side};
use breakeven::study::design::Design;
use breakeven::study::{Control, Laboratory, StudyError, in_pool, sweep};

use crate::small::SCENARIO;

fn base(text: &str) -> Base {
    Base::of_text("s.toml", text.to_owned(), Path::new("."), &Overrides::default()).unwrap_or_else(|e| panic!("{e}"))
}

/// An answer of a fresh laboratory, and how many invocations were simulated for it.
fn asked<T: Send>(
    base: &Base,
    threads: usize,
    ask: impl FnOnce(&Laboratory<'_>) -> Result<T, StudyError> + Send,
) -> (T, u64) {
    let control = Control::default();
    let laboratory = Laboratory::new(base, &control).unwrap_or_else(|problems| panic!("{problems}"));
    let answer = in_pool(threads, || ask(&laboratory)).expect("an answer");
    (answer, control.simulated.load(Ordering::Relaxed))
}

fn fitted(base: &Base, near: u32) -> (Fitted, u64) {
    asked(base, 2, |laboratory| Side::sized(laboratory, "servers").fit(laboratory, &[], Some(near)))
}

/// So many members in full.
fn measured(base: &Base, members: u32) -> (Outcome, u64) {
    let count = vec![Setting::value("deployments.servers.count", members.to_string())];
    asked(base, 2, |laboratory| Ok(laboratory.measure_named(&[count], "servers")?.remove(0)))
}

/// A burst in the first minutes of an hour that a few members cannot take: after it, they have missed the p99.
fn burst(replications: u32) -> Base {
    let process = "process = \"poisson\", rate = \"10/s\"";
    let burst =
        "process = \"burst\", base = \"40/s\", peak = \"400/s\", at = \"5min\", length = \"1min\", ramp = \"10s\"";
    let text = SCENARIO.replace(process, burst).replace("duration = \"20min\"", "duration = \"1h\"");
    base(&text.replace("replications = 3", &format!("replications = {replications}")))
}

#[test]
fn a_fleet_that_surely_misses_is_not_simulated_to_the_end() {
    let base = burst(1);
    let members = fitted(&base, 2).0.members.expect("a size");
    let (_, each) = measured(&base, members);
    // From a good guess two sizes are tried: the one that does, and one less, of which the first minutes are enough. So they
    // are where the guess misses, and nothing is known of the arrivals yet.
    for near in [members, members - 1] {
        let (_, simulated) = fitted(&base, near);
        assert!(simulated > each && simulated < each * 3 / 2, "from {near}: {simulated} of {each} each");
    }
}

/// Some replications of a size may miss the objectives while others meet them.
#[test]
fn what_is_not_simulated_to_the_end_changes_no_answer() {
    for replications in [1, 3] {
        let base = burst(replications);
        let (found, _) = fitted(&base, 2);
        let members = found.members.expect("a size");
        let (whole, less) = (measured(&base, members).0, measured(&base, members - 1).0);
        assert!(members > 2 && whole.meets && !less.meets, "{members}");
        let expected = Fitted { members: Some(members), outcome: whole };
        for near in [2, members - 1, members, members + 1, 3 * members] {
            assert_eq!(fitted(&base, near).0, expected, "from {near}");
        }
    }
}

/// What cannot be had at any size is told of the size at which more would change nothing, in full.
#[test]
fn a_fleet_that_never_meets_the_objectives_is_told_in_full() {
    let base = base(&SCENARIO.replace("p99 = \"400ms\"", "p99 = \"30ms\""));
    let (found, _) = fitted(&base, 1);
    let members = found.members.expect("a size");
    assert!(members > 8, "{members}");
    assert_eq!(found.outcome, measured(&base, members).0);
}

/// Points that differ only in prices simulate the same, whoever comes to them first.
#[test]
fn a_sweep_of_prices_simulates_what_one_point_does() {
    let base = base(SCENARIO);
    let axis = base.axis("prices.aws-lambda=x1..x4:lin:80").unwrap();
    let points = Design::Grid.points(&[axis], 0).unwrap();
    let (_, each) = asked(&base, 4, |laboratory| laboratory.measure(&[points.at(0)]));
    let size = 2;
    let blocks: Vec<usize> = (0..points.len() / size).collect();
    let (rows, simulated) = asked(&base, 4, |laboratory| {
        sweep::check(laboratory, &points, &blocks, |block| block * size..(block + 1) * size)?;
        let rows = Mutex::new(0);
        sweep::run(
            laboratory,
            &points,
            &blocks,
            |block| block * size..(block + 1) * size,
            |_, of_block| {
                *rows.lock().unwrap() += of_block.len();
                Ok::<(), StudyError>(())
            },
        )?;
        Ok(rows.into_inner().unwrap())
    });
    assert_eq!(rows, 2 * points.len());
    assert_eq!(simulated, each);
}
