mod closed_form;
mod intervals;
mod queueing;
mod servers_laws;
mod support;
