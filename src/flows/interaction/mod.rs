//! Stories of an interaction: what is still missing, step by step; every step returns to [`dispatcher`].

pub mod open;
pub mod recovery_code;

pub mod cancel;
pub mod consent;
pub mod dispatcher;
pub mod enroll;
pub mod one_time_code;
pub mod passkey_sign_in;
pub mod proofing;
pub mod resume_form;
pub mod sign_in;
pub mod step_up;
