mod arrivals;
mod billing;
mod cli;
mod scenario;
mod traces;
