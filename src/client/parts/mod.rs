//! The parts of a client's registration that stand together, one file each. Each is a field of
//! [`Client`](crate::client::metadata::Client).

pub mod ciba;
pub(crate) mod logout;
pub mod mutual_tls;
pub mod pages;
pub mod protection;
pub mod request_rules;
pub mod self_registered;
pub mod token_policy;
