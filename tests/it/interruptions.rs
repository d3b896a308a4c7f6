//! Capacity that goes away: closed forms, small schedules by hand, and the recorded capacity of a real market.

use breakeven::billing::Meter;
use breakeven::ids::FunctionId;
use breakeven::platform::fleet::{Discipline, FleetSpec, Hazards, LostWork, Metering};
use breakeven::policy::hazard::{Failures, Maintenance, Outage, Recorded, Spot, Together};
use breakeven::record::{Fate, Held, Lease, Outcome, Record};
use breakeven::rng::Seed;
use breakeven::stats::Distribution;
use breakeven::units::{SimTime, Span};
use breakeven::workload::Invocation;

use crate::shared::shared;
use crate::support::{capacity, engine, finish, servers};

/// Remembers what befell a fleet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Watch {
    pub outcomes: Vec<Outcome>,
    pub interrupted: Vec<SimTime>,
    pub failed: Span,
    pub repeated: Span,
    pub provided_ns: u128,
    pub wanted_ns: u128,
    pub leases: Vec<Lease>,
    pub counts: Vec<(Meter, SimTime, u64)>,
}

impl Record for Watch {
    fn outcome(&mut self, outcome: &Outcome) {
        self.outcomes.push(*outcome);
    }
    fn retried(&mut self, _: FunctionId, _: SimTime) {}
    fn instance(&mut self, _: SimTime, _: SimTime, _: u32, _: u64) {}
    fn levels(&mut self, _: SimTime, _: u32, _: u32) {}
    fn leased(&mut self, from: SimTime, to: SimTime, taken: bool) {
        self.leases.push(Lease { from, to, taken });
    }
    fn interrupted(&mut self, at: SimTime) {
        self.interrupted.push(at);
    }
    fn lost(&mut self, _: SimTime, service: Span, again: bool) {
        let sum = if again { &mut self.repeated } else { &mut self.failed };
        *sum += service;
    }
    fn provided(&mut self, from: SimTime, to: SimTime, members: u32, wanted: u32) {
        self.provided_ns += u128::from(to.since(from).ns()) * u128::from(members);
        self.wanted_ns += u128::from(to.since(from).ns()) * u128::from(wanted);
    }
    fn meter(&mut self, _: Meter, _: Held, _: u64) {}
    fn count(&mut self, meter: Meter, at: SimTime, units: u64) {
        self.counts.push((meter, at, units));
    }
    fn envelope(&mut self, _: usize, _: u32) {}
    fn request(&mut self, _: SimTime) {}
}

pub fn at(second: u64) -> SimTime {
    SimTime::ZERO + Span::from_secs(second)
}

/// `(arrival, duration)` in seconds.
pub fn jobs(all: &[(f64, f64)]) -> Vec<Invocation> {
    let job = |&(arrival, length): &(f64, f64)| {
        Invocation::new(SimTime::ZERO + Span::from_seconds_f64(arrival), FunctionId(0), Span::from_seconds_f64(length))
    };
    all.iter().map(job).collect()
}

pub fn run(fleet: &FleetSpec, jobs: &[Invocation], end: SimTime, replication: u32) -> Watch {
    let mut watch = Watch::default();
    let mut engine = engine(fleet, &["f"], Seed { seed: 7, replication }, end);
    engine.feed(jobs, &mut watch);
    engine.close(end, &mut watch);
    watch
}

/// Servers with one worker, behind one queue.
fn fleet(count: u32, hazards: Hazards) -> FleetSpec {
    let servers = servers(count, Discipline::Fcfs { workers: 1 });
    FleetSpec { shared_queue: true, metering: Metering::Spot, hazards, ..servers }
}

fn requeued(checkpoint: Option<Span>) -> LostWork {
    LostWork::Requeued { checkpoint }
}

/// Mean and standard error.
fn mean(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, (variance / count).sqrt())
}

#[track_caller]
fn check_completion(together: Together, discipline: Discipline, checkpoint: Option<Span>, expected: f64) {
    let hours = |hours: f64| Span::from_seconds_f64(hours * 3_600.0);
    let oracle = capacity().find(|oracle| oracle.id == "spot-restart").expect("the oracle");
    let (length, hazard, restart) = (oracle.parameter("s"), oracle.parameter("g"), oracle.parameter("r"));
    let spot = Spot { hazard, together, notice: Span::ZERO, outage: Distribution::Constant(hours(restart)) };
    let hazards = Hazards { spot: Some(spot), lost_work: requeued(checkpoint), ..Hazards::default() };
    let fleet = FleetSpec { discipline, ..fleet(1, hazards) };
    let job = jobs(&[(0.0, length * 3_600.0)]);
    let completion = |replication| {
        let watch = run(&fleet, &job, at(1_000_000), replication);
        assert_eq!(watch.outcomes[0].fate, Fate::Completed);
        finish(&watch.outcomes[0]).seconds() / 3_600.0
    };
    let all: Vec<f64> = (0..20_000).map(completion).collect();
    let (mean, error) = mean(&all);
    assert!((mean - expected).abs() < 4.0 * error, "{mean} against {expected}, standard error {error}");
}

const WORKER: Discipline = Discipline::Fcfs { workers: 1 };
const CORE: Discipline = Discipline::ProcessorSharing { milli_cores: 1_000, limit: None };

/// (1/g + r)(e^gs - 1): a job of one hour, interrupted once in two hours in the mean, restarts after a tenth of an hour.
#[test]
fn a_job_that_begins_again_takes_as_long_as_the_closed_form_says() {
    let expected =
        capacity().find(|oracle| oracle.id == "spot-restart").expect("the oracle").expected("mean_completion");
    check_completion(Together::Pool, WORKER, None, expected);
    check_completion(Together::One, WORKER, None, expected);
    check_completion(Together::One, CORE, None, expected);
}

/// Every part between two checkpoints is such a job.
#[test]
fn checkpoints_cut_a_job_into_shorter_ones() {
    let parts = 4.0;
    let expected = parts * (1.0 / 0.5 + 0.1) * ((0.5f64 / parts).exp() - 1.0);
    let checkpoint = Some(Span::from_secs(900));
    check_completion(Together::Pool, WORKER, checkpoint, expected);
    check_completion(Together::One, CORE, checkpoint, expected);
}

/// MTBF / (MTBF + MTTR).
#[test]
fn repaired_servers_are_there_for_their_availability() {
    let hour = Span::from_secs(3_600).seconds();
    let failures = Failures {
        mean_up: Span::from_secs(100 * 3_600),
        repair: Some(Distribution::Exponential { mean: 10.0 * hour }),
    };
    let expected = failures.mean_up.seconds() / (failures.mean_up.seconds() + 36_000.0);
    let hazards = Hazards { failures: Some(failures), ..Hazards::default() };
    let watch = run(&fleet(40, hazards), &[], at(20_000 * 3_600), 0);
    let availability = watch.provided_ns as f64 / watch.wanted_ns as f64;
    let cycles = watch.interrupted.len() as f64;
    assert!((cycles - 40.0 * 20_000.0 / 110.0).abs() < 4.0 * cycles.sqrt(), "{cycles} failures");
    let error = expected * (1.0 - expected) * (2.0 / cycles).sqrt();
    assert!((availability - expected).abs() < 4.0 * error, "{availability} against {expected}");
}

#[test]
fn failures_of_a_server_do_not_depend_on_the_others() {
    let failures = Failures { mean_up: Span::from_secs(36_000), repair: Some(Distribution::Constant(Span::HOUR)) };
    let hazards = Hazards { failures: Some(failures), ..Hazards::default() };
    let failed = |count| run(&fleet(count, hazards.clone()), &[], at(3_600_000), 0).interrupted;
    let (one, three) = (failed(1), failed(3));
    assert!(one.len() > 50 && three.len() > 2 * one.len());
    assert!(one.iter().all(|at| three.contains(at)));
}

#[test]
fn a_pool_goes_together_and_comes_back_together() {
    let outage = Distribution::Constant(Span::HOUR);
    let spot = Spot { hazard: 0.01, together: Together::Pool, notice: Spot::NOTICE, outage };
    let hazards = Hazards { spot: Some(spot), ..Hazards::default() };
    let watch = run(&fleet(5, hazards), &[], at(3_600 * 2_000), 0);
    let taken: Vec<Lease> = watch.leases.iter().copied().filter(|lease| lease.taken).collect();
    assert!(taken.len() > 50 && taken.len().is_multiple_of(5), "{}", taken.len());
    // Idle servers go at the notice; the pool is back after the notice and the outage.
    for gone in taken.chunks(5) {
        assert!(gone.iter().all(|lease| (lease.from, lease.to) == (gone[0].from, gone[0].to)));
        let next = watch.leases.iter().filter(|lease| lease.from > gone[0].from).map(|lease| lease.from).min();
        if let Some(next) = next {
            assert_eq!(next, gone[0].to + Spot::NOTICE + Span::HOUR);
        }
    }
}

/// One server until 100, none until 200; told 20 s before.
#[test]
fn what_fits_into_the_notice_is_done_and_the_rest_begins_at_its_checkpoint() {
    let supply = Recorded::new(&[(at(0), 1), (at(100), 0), (at(200), 1)], at(1_000)).expect("a series");
    let with = |lost_work| Hazards {
        supply: Some(supply.clone()),
        notice: Span::from_secs(20),
        lost_work,
        ..Hazards::default()
    };
    let ends = |lost_work, discipline, all: &[(f64, f64)]| {
        let fleet = FleetSpec { discipline, ..fleet(1, with(lost_work)) };
        let mut watch = run(&fleet, &jobs(all), at(900), 0);
        watch.outcomes.sort_by_key(|outcome| outcome.arrived);
        let ends: Vec<(Fate, f64)> = watch.outcomes.iter().map(|one| (one.fate, finish(one).seconds())).collect();
        (ends, watch.failed.seconds(), watch.repeated.seconds())
    };
    for discipline in [WORKER, CORE] {
        let ends = |lost_work, all| ends(lost_work, discipline, all);
        let done = Fate::Completed;
        assert_eq!(ends(requeued(None), &[(70.0, 25.0)]), (vec![(done, 95.0)], 0.0, 0.0));
        assert_eq!(ends(requeued(None), &[(70.0, 40.0)]), (vec![(done, 240.0)], 0.0, 30.0));
        let ten = Some(Span::from_secs(10));
        assert_eq!(ends(requeued(ten), &[(65.0, 40.0)]), (vec![(done, 210.0)], 0.0, 5.0));
        assert_eq!(ends(LostWork::Fails, &[(70.0, 40.0)]), (vec![(Fate::Failed, 100.0)], 30.0, 0.0));
        // What comes after the notice waits.
        assert_eq!(ends(requeued(None), &[(85.0, 5.0)]), (vec![(done, 205.0)], 0.0, 0.0));
    }
}

/// A notice that is longer than the gap between two steps neither loses the later step nor comes before the earlier one.
#[test]
fn steps_closer_than_the_notice_are_all_followed() {
    let steps = [(at(0), 3), (at(100), 0), (at(110), 2), (at(115), 1), (at(300), 3)];
    let supply = Recorded::new(&steps, at(1_000)).expect("a series");
    let hazards = Hazards { supply: Some(supply), notice: Span::from_secs(60), ..Hazards::default() };
    let watch = run(&fleet(3, hazards), &[], at(900), 0);
    // Idle servers go when they are told: 3 until 40, none until 110 where two come and one of them goes, 1 until 300.
    assert_eq!(watch.provided_ns, (3 * 40 + 190 + 3 * 600) * 1_000_000_000);
}

#[test]
fn maintenance_follows_its_schedule_to_the_instant() {
    let (work, drain) = (Span::from_secs(600), Span::from_secs(120));
    let begins = at(500);
    let plan = Maintenance { hosts: 4, begins, period: Span::from_secs(7_200), work, drain, most_at_once: 2 };
    let hazards = Hazards { maintenance: Some(plan), lost_work: requeued(None), ..Hazards::default() };
    let end = at(72_000);
    let idle = run(&fleet(4, hazards.clone()), &[], end, 0);
    let within = |outage: &Outage| outage.ends.min(end).since(outage.drains).ns();
    let out: u128 =
        plan.outages().take_while(|outage| outage.drains < end).map(|outage| u128::from(within(&outage))).sum();
    assert_eq!(idle.wanted_ns - idle.provided_ns, out);
    assert!(idle.interrupted.is_empty());
    // 3,000 s of work cannot be done in the drain of 120 s: what the first host had is lost at 620.
    let busy = run(&fleet(4, hazards), &jobs(&[(0.0, 3_000.0)]), end, 0);
    assert_eq!(busy.repeated, Span::from_secs(620));
}

/// Recorded series that are not part of the project: folder and name, gap, samples.
fn recorded(folder: &str) -> Vec<(String, Span, Vec<u32>)> {
    let Some(folder) = shared(&format!("traces/skypilot_spot_traces/{folder}")) else { return Vec::new() };
    let entries = std::fs::read_dir(&folder).expect("a folder");
    let read = |path: std::path::PathBuf| {
        let file = flate2::read::GzDecoder::new(std::fs::File::open(&path).expect("a series"));
        let value: serde_json::Value = serde_json::from_reader(file).expect("JSON");
        let gap = Span::from_seconds_f64(value["metadata"]["gap_seconds"].as_f64().expect("a gap"));
        let samples = value["data"].as_array().expect("samples").iter();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        (name, gap, samples.map(|sample| sample.as_u64().expect("a count") as u32).collect())
    };
    let mut all: Vec<_> = entries.map(|entry| read(entry.expect("an entry").path())).collect();
    all.sort();
    all
}

/// One server on each recorded zone is there whenever one could be had, and is taken away at each fall.
#[test]
fn a_spot_fleet_lives_through_the_recorded_markets() {
    let folders = [
        "availability/1-node/aws-02-15-2023",
        "availability/1-node/aws-10-26-2022",
        "preemption/1-node/aws-04-19-2023",
    ];
    for (name, gap, samples) in folders.into_iter().flat_map(recorded) {
        let supply = Recorded::from_samples(gap, &samples).expect("a series");
        let end = supply.ends();
        let hazards = Hazards { supply: Some(supply), lost_work: requeued(Some(Span::HOUR)), ..Hazards::default() };
        // A day of work, in hours, from the start on.
        let watch = run(&fleet(1, hazards), &jobs(&[(0.0, 86_400.0)]), end, 0);
        let up: u128 = samples.iter().map(|sample| u128::from(*sample)).sum();
        assert_eq!(watch.provided_ns, up * u128::from(gap.ns()), "{name}");
        let falls = samples.windows(2).filter(|pair| pair[1] < pair[0]).count();
        assert_eq!(watch.interrupted.len(), falls, "{name}");
        let leased: u64 = watch.leases.iter().map(|lease| lease.to.since(lease.from).ns()).sum();
        assert_eq!(u128::from(leased), watch.provided_ns, "{name}");
        assert_eq!(watch.outcomes[0].fate, Fate::Completed, "{name}: a day of work is done in weeks");
        let (took, lost) = (finish(&watch.outcomes[0]).seconds(), watch.repeated.seconds());
        // The work, what was repeated, and the time without a server.
        let until = finish(&watch.outcomes[0]);
        let away: u64 = gaps(&watch.leases, until).iter().map(|gap| gap.ns()).sum();
        assert!((took - 86_400.0 - lost - away as f64 / 1e9).abs() < 1e-6, "{name}: {took} s, {lost} s again");
    }
}

/// Times before `until` without a lease.
fn gaps(leases: &[Lease], until: SimTime) -> Vec<Span> {
    let mut leases: Vec<Lease> = leases.iter().copied().filter(|lease| lease.from < until).collect();
    leases.sort_by_key(|lease| lease.from);
    let ends = std::iter::once(SimTime::ZERO).chain(leases.iter().map(|lease| lease.to));
    leases.iter().zip(ends).map(|(lease, ended)| lease.from.since(ended)).collect()
}

/// The description of the series says that a sample counts servers that could be had; its authors' simulator reads 0 as
/// available. A machine with one processor is easier to get than one with eight of the same kind: so it is with 0 for
/// none in three of the four pairs of the record, and with 0 for some in one.
#[test]
fn in_recorded_availability_zero_means_none() {
    let all = recorded("availability/1-node/aws-10-26-2022");
    let share = |name: String| {
        let (_, _, samples) = all.iter().find(|(file, ..)| *file == name).expect("a series");
        f64::from(samples.iter().sum::<u32>()) / samples.len() as f64
    };
    if all.is_empty() {
        return;
    }
    let pairs = ["us-west-2a_k80", "us-west-2a_v100", "us-west-2b_k80", "us-west-2b_v100"];
    let small_is_easier = pairs.map(|pair| share(format!("{pair}_1.json.gz")) > share(format!("{pair}_8.json.gz")));
    assert_eq!(small_is_easier, [true, true, false, true]);
}
