//! Every flow as a story of a person and their agencies, on both pairs of backends. One file per flow.

mod first_visit;
mod one_time_code;
mod refusals;
mod sign_in;
mod throttles;
