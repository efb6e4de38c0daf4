//! Stories of clients themselves: they authenticate, they register.

pub mod authenticate_client;
pub mod register_client;
