//! The parts of a client's registration that stand together, one file each.

pub mod ciba;
pub mod logout;
pub mod mutual_tls;
pub mod pages;
pub mod protection;
pub mod request_rules;
pub mod self_registered;
pub mod token_policy;
