mod arrivals;
mod cli;
mod scenario;
mod traces;
