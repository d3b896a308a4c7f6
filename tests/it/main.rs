mod closed_form;
mod intervals;
mod queueing;
mod servers_laws;
mod servers_speed;
mod support;
mod systems;
mod verdict;
