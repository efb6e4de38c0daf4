//! Every flow as a story of a person and their agencies, on both pairs of backends. One file per flow.

mod first_visit;
mod sign_in;
