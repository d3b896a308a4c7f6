//! One binary for all integration tests: it links once.

mod again;
mod arrivals;
mod azure2019;
mod batches;
mod billing;
#[cfg(all(feature = "report", feature = "tables"))]
mod browser;
mod capacity_forms;
mod causes;
mod claims;
mod cli;
mod clients;
mod closed_form;
mod closed_forms_faas;
mod cold_start_curves;
mod cold_starts;
mod commit;
mod commitments;
mod compare;
mod containers;
mod coverage;
mod cpu_credits;
mod crossings;
mod determinism;
mod distributions;
mod faas_laws;
mod fixed_fleet;
mod fleet_changes;
mod fleet_laws;
mod fleet_speed;
mod fleet_starts;
#[cfg(all(feature = "tables", feature = "report"))]
mod foreign;
#[cfg(all(unix, feature = "report", feature = "tables"))]
mod full_disk;
mod golden;
mod hazard;
mod hybrid;
mod interrupt;
mod interruptions;
mod intervals;
mod layering;
mod long_windows;
mod map;
#[cfg(all(feature = "report", feature = "tables"))]
mod notebooks;
mod one_function;
mod one_run;
mod only_sites;
mod optimize;
mod over_time;
mod owned;
mod parity;
#[cfg(all(feature = "report", feature = "tables"))]
mod pictures;
mod purchase;
#[cfg(all(feature = "report", feature = "tables"))]
mod python;
mod queueing;
mod readme;
mod regressions;
mod replay;
mod report;
mod scaling;
mod scaling_laws;
mod scenario;
mod scheduled;
mod searches;
mod shared;
mod sharing;
mod small;
mod sources;
mod spot;
mod spot_fleet;
mod support;
mod sweep;
mod systems;
mod tidy;
mod traces;
mod uncertainty;
mod verdict;
mod whole_values;
