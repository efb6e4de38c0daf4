//! Every flow as a story of a person and their agencies, on both pairs of backends. One file per flow.

mod claims;
mod client_keys;
mod client_logout;
mod consent;
mod dpop;
mod exchange;
mod first_visit;
mod introspection;
mod keys;
mod languages;
mod logout;
mod one_time_code;
mod prompts;
mod pushed;
mod refresh;
mod refusals;
mod registration;
mod request_objects;
mod resources;
mod revocation;
mod session_state;
mod sessions;
mod sign_in;
mod signed_answers;
mod throttles;
mod tokens;
