//! Pages on which a person proves who they are.

pub(crate) mod authenticator;
pub(crate) mod more_evidence;
pub(crate) mod one_time_code;
pub(crate) mod proofing;
pub(crate) mod recovery_code;
pub(crate) mod recovery_codes;
pub(crate) mod recovery_used;
pub(crate) mod sign_in;
