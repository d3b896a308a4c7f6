mod arrivals;
mod azure2019;
mod distributions;
mod traces;
