mod arrivals;
mod traces;
