//! Room `outbound/` (floor *tools*): the guarded client for every request that this program itself makes. It has two doors:
//!
//! - [`Outbound::strangers`]: addresses that strangers chose. Public addresses only, and networks that the operator opened.
//! - [`Outbound::configured`]: one server that the operator configured. Its address may be private, its certificate may come from
//!   an authority of the operator, and it may demand a client certificate.
//!
//! A client's registration holds URLs that we then call: the classic way to make a server send requests inside its own network
//! (server-side request forgery). So every request goes through the guarded client: `https` only, no user name in the URL, no
//! redirect, no proxy of the environment, one time limit from the look-up of the name to the last byte, one limit on what is
//! read. Addresses are judged (`address`) where a connection is made, after the name was looked up (`resolver`): a name that
//! meant something else a moment ago does not get through.
//!
//! Not here: what is sent, and when it is repeated (`flows/delivery/`). Start with [`Outbound`].

mod address;
mod client;
mod configured;
mod error;
mod exchange;
mod freshness;
mod resolver;
mod strangers;
#[cfg(test)]
mod tests;

pub use crate::outbound::client::Limits;
pub use crate::outbound::configured::{ClientIdentity, ConfiguredDoor, Destination};
pub use crate::outbound::error::OutboundError;
pub(crate) use crate::outbound::exchange::{Exchange, Exchanged};
pub(crate) use crate::outbound::strangers::StrangersDoor;

use crate::settings::Outbound as OutboundSettings;

/// The two doors.
pub struct Outbound {
    strangers: StrangersDoor,
    limits: Limits,
}

impl Outbound {
    /// Both doors under these settings. `ca_pem` is the content of `outbound.ca_file`: authorities that the door to strangers'
    /// addresses trusts.
    pub fn new(settings: &OutboundSettings, ca_pem: Option<&[u8]>) -> Result<Self, OutboundError> {
        Ok(Self { strangers: StrangersDoor::new(settings, ca_pem)?, limits: Limits::of(settings) })
    }

    /// The door to addresses that strangers chose.
    pub const fn strangers(&self) -> &StrangersDoor {
        &self.strangers
    }

    /// A door to one server that the operator configured, with the same limits. It is made once, at the start, and kept by its
    /// user.
    pub fn configured(&self, destination: &Destination<'_>) -> Result<ConfiguredDoor, OutboundError> {
        ConfiguredDoor::new(destination, self.limits)
    }
}
