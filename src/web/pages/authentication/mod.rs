//! Pages on which a person proves who they are.

pub mod authenticator;
pub mod one_time_code;
pub mod proofing;
pub mod recovery_code;
pub mod recovery_codes;
pub mod recovery_used;
pub mod sign_in;
