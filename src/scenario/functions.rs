//! The section `[functions]`: what the code needs, wherever it runs.

use super::distribution::distribution;
use super::document::Table;
use super::problem::{Place, Problem, Problems};
use super::read::At;
use crate::stats::Distribution;
use crate::units::{Share, Size, Span};

pub struct Function {
    pub name: String,
    pub place: Place,
    pub memory: Option<At<Size>>,
    pub duration: Option<Distribution>,
    /// Whether there is a `duration`, right or wrong.
    pub states_duration: bool,
    pub init: Distribution,
    pub timeout: Option<At<Span>>,
    pub cpu: CpuWork,
    /// Decides where a router may send it.
    pub data_class: Option<At<String>>,
}

/// How much of a duration is CPU work, and where it was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CpuWork {
    /// `None`: nobody said. Functions then take the stated time at any size of memory, and on servers all of it needs a core.
    pub share: Option<Share>,
    /// `None`: on one full vCPU.
    pub reference: Option<Size>,
}

impl CpuWork {
    pub const NONE: Self = Self { share: None, reference: None };

    /// What a duration is multiplied with on a CPU of `speed`, if a size of memory has the speed that `speed_of` says
    /// (1 is a full vCPU): d(m) = (1 - cpu) d + cpu d s(reference) / s(m).
    pub fn scale(self, speed: f64, speed_of: impl Fn(Size) -> f64) -> f64 {
        let cpu = self.share.unwrap_or(Share::NONE).value();
        (1.0 - cpu) + cpu * self.reference.map_or(1.0, speed_of) / speed
    }

    /// The same in two parts: what needs a core, and what only waits.
    pub fn on_core(self, speed_of: impl Fn(Size) -> f64) -> (f64, f64) {
        let cpu = self.share.unwrap_or(Share::ALL).value();
        (cpu * self.reference.map_or(1.0, speed_of), 1.0 - cpu)
    }
}

pub fn read(document: &Table, problems: &mut Problems) -> Vec<Function> {
    let functions = document.table("functions").into_iter().flat_map(Table::tables);
    functions.map(|(name, table)| read_one(&name, table, problems)).collect()
}

fn read_one(name: &At<&str>, table: &Table, problems: &mut Problems) -> Function {
    if let Some(calls) = table.entry("calls") {
        let problem = Problem::at(&calls.key_place, "services are not modelled yet");
        problems.push(problem.help("leave `calls` out; what it takes can be part of `duration`"));
    }
    let memory = table.quantity::<Size>("memory");
    if let Some(memory) = memory.as_ref().filter(|memory| memory.value == Size::ZERO) {
        problems.push(Problem::at(&memory.place, "memory is zero"));
    }
    let timeout = table.quantity::<Span>("timeout");
    if let Some(timeout) = timeout.as_ref().filter(|timeout| timeout.value == Span::ZERO) {
        problems.push(Problem::at(&timeout.place, "timeout is zero; nothing could ever complete"));
    }
    Function {
        name: name.value.to_owned(),
        place: name.place.clone(),
        memory,
        duration: distribution(table, "duration", problems),
        states_duration: table.has("duration"),
        init: distribution(table, "init", problems).unwrap_or(Distribution::Constant(Span::ZERO)),
        timeout,
        cpu: cpu_work(table, problems),
        data_class: table.text("data_class").map(|class| class.map(str::to_owned)),
    }
}

/// Keys `cpu` and `reference_memory` of a function or a trace.
pub fn cpu_work(table: &Table, problems: &mut Problems) -> CpuWork {
    let reference = table.quantity::<Size>("reference_memory");
    if let Some(zero) = reference.as_ref().filter(|reference| reference.value == Size::ZERO) {
        problems.push(Problem::at(&zero.place, "reference_memory is zero"));
    }
    CpuWork {
        share: table.quantity("cpu").map(|cpu| cpu.value),
        reference: reference.map(|reference| reference.value).filter(|size| *size > Size::ZERO),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CPU share of 128 to 1,024 MB against 1,769 MB for one vCPU, as AWS Lambda gives it.
    fn lambda_speed(memory: Size) -> f64 {
        (memory.mib() as f64 / 1_769.0).min(1.0)
    }

    #[track_caller]
    fn check(cpu: f64, reference: Option<u64>, memory: u64, expected: f64) {
        let work = CpuWork { share: Share::new(cpu), reference: reference.map(Size::from_mib) };
        let scale = work.scale(lambda_speed(Size::from_mib(memory)), lambda_speed);
        assert!((scale / expected - 1.0).abs() < 1e-9, "{scale} instead of {expected}");
    }

    #[test]
    fn io_does_not_care_about_memory() {
        check(0.0, None, 128, 1.0);
    }

    #[test]
    fn pure_cpu_work_takes_time_in_inverse_proportion_to_memory() {
        check(1.0, None, 128, 1_769.0 / 128.0);
        check(1.0, Some(128), 1_024, 128.0 / 1_024.0);
    }

    #[test]
    fn one_thread_gains_nothing_above_one_vcpu() {
        check(1.0, None, 10_240, 1.0);
        check(0.6, Some(1_769), 3_008, 1.0);
    }

    /// Lambda operator guide: primes took 11.722 s at 128 MB and 1.465 s at 1,024 MB, 8.00 times less.
    #[test]
    fn the_operator_guide_s_primes_follow_the_rule() {
        let work = CpuWork { share: Some(Share::ALL), reference: Some(Size::from_mib(128)) };
        let predicted = 11.722 * work.scale(lambda_speed(Size::from_mib(1_024)), lambda_speed);
        assert!((predicted - 1.465).abs() < 0.005, "{predicted}");
    }
}
