//! Room `settings/` (floor 1): what an operator can set, as typed values parsed from text.
//!
//! Three places, in order of growing strength: the file `panjereh.toml`, the environment (`PANJEREH_SERVER_LISTEN`), flags
//! (`server.listen=…`). This room reads none of them itself: `cli/` hands their text in. One file per section holds its struct, its
//! defaults and the table of its keys; parser ([`Settings::load`]) and reference file ([`default_text`]) are driven by that table.
//!
//! To add a key: a field, its default, a line in the table of its section; then write `deploy/panjereh.toml` anew.

pub mod error;
pub mod key;
pub mod load;
pub mod network;
pub mod reference;
pub mod sections;
pub mod source;
pub mod span;
pub mod table;
pub mod unknown;
pub mod values;

pub use crate::settings::error::{Origin, SettingsError};
pub use crate::settings::network::Network;
pub use crate::settings::reference::default_text;
pub use crate::settings::sections::database::Database;
pub use crate::settings::sections::decoupled::Decoupled;
pub use crate::settings::sections::demo::{Demo, Stage};
pub use crate::settings::sections::keys::{KEY_SET_CACHED, Keys, Rotation};
pub use crate::settings::sections::limits::Limits;
pub use crate::settings::sections::log::{Log, LogFormat, LogLevel};
pub use crate::settings::sections::outbound::{Outbound, PlainHttp};
pub use crate::settings::sections::registration::{Registration, RegistrationMode};
pub use crate::settings::sections::registry::{Registry, RegistrySource};
pub use crate::settings::sections::server::Server;
pub use crate::settings::sections::sms::Sms;
pub use crate::settings::sections::tls::{Tls, TlsMode};
pub use crate::settings::sections::tokens::{PushedRequests, Tokens};
pub use crate::settings::sections::transient::Transient;
pub use crate::settings::source::SettingsFile;
pub use crate::settings::values::Settings;

#[cfg(test)]
mod tests;
