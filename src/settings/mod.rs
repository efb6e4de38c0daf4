//! Room `settings/` (floor *words*): what an operator can set, as typed values parsed from text.
//!
//! Three sources, the later wins: the file `panjereh.toml`, the environment (`PANJEREH_SERVER_LISTEN`), flags (`server.listen=…`). This
//! room reads none of them itself: `cli/sources.rs` passes their text in. The parser ([`Settings::load`]) and the reference file
//! ([`default_text`]) read the same table, so that neither can know a key that the other does not.
//!
//! Not here: what a setting does. Each room that uses one takes it from `app.settings`.
//!
//! To add a key: a field, its default and a row in the table of its section (`sections/`), then `just reference`, which writes
//! `deploy/panjereh.toml`. Start with `key.rs`, which has the kinds of rows, then `sections/outbound.rs`.

pub(crate) mod error;
pub(crate) mod key;
pub(crate) mod load;
pub(crate) mod network;
pub(crate) mod reference;
pub(crate) mod sections;
pub(crate) mod server_tls;
pub(crate) mod source;
pub(crate) mod span;
pub(crate) mod table;
pub(crate) mod unknown;
pub(crate) mod values;
pub(crate) mod warnings;

pub(crate) use crate::settings::error::SettingsError;
pub use crate::settings::network::Network;
pub(crate) use crate::settings::reference::default_text;
pub use crate::settings::sections::citizens::proofing::Proofing;
pub use crate::settings::sections::citizens::support::Support;
pub use crate::settings::sections::database::Pooler;
pub(crate) use crate::settings::sections::demo::Stage;
pub use crate::settings::sections::journal::events::Events;
pub(crate) use crate::settings::sections::journal::log::{Log, LogFormat, LogLevel};
pub use crate::settings::sections::keys::{KEY_SET_CACHED, Keys, Rotation};
pub use crate::settings::sections::outbound::{Outbound, PlainHttp};
pub use crate::settings::sections::registration::{Registration, RegistrationMode, UnaskedRedirects};
pub use crate::settings::sections::registry::{Registry, RegistrySource};
pub use crate::settings::sections::server::{ForwardedHeader, Server};
pub(crate) use crate::settings::sections::sms::Sms;
pub use crate::settings::sections::tls::{Tls, TlsMode};
pub use crate::settings::sections::tokens::{PushedRequests, Tokens};
pub use crate::settings::server_tls::{ServerTls, TlsPolicy};
pub(crate) use crate::settings::source::SettingsFile;
pub use crate::settings::values::Settings;

#[cfg(test)]
mod tests;
