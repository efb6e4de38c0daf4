//! What the operator says of a message centre.

use crate::crypto::server_tls::ServerConnector;
use crate::messaging::smpp::receipt::ReceiptIds;
use rusmpp::pdus::BindTransceiver;
use rusmpp::types::COctetString;
use rusmpp::values::{InterfaceVersion, Npi, Ton};
use std::time::Duration;

/// How a message centre is reached, and what it is told.
pub(crate) struct SmppSettings {
    /// The provider's name.
    pub(crate) name: String,
    /// Host name or address.
    pub(crate) host: String,
    /// Port.
    pub(crate) port: u16,
    /// TLS, unless the line is protected otherwise.
    pub(crate) tls: Option<ServerConnector>,
    /// Who we are.
    pub(crate) account: Account,
    /// From which address messages come.
    pub(crate) source: Source,
    /// How many parts may be unanswered at once.
    pub(crate) window: usize,
    /// How often the connection is tested while nothing arrives.
    pub(crate) enquire_link: Duration,
    /// How long an answer may take.
    pub(crate) timeout: Duration,
    /// How receipts write ids.
    pub(crate) receipt_ids: ReceiptIds,
}

/// What `bind_transceiver` says (SMPP 3.4 §4.1.5).
pub(crate) struct Account {
    /// `system_id`.
    pub(crate) system_id: COctetString<1, 16>,
    /// `password`.
    pub(crate) password: COctetString<1, 9>,
    /// `system_type`.
    pub(crate) system_type: COctetString<1, 13>,
}

impl Account {
    /// The command.
    pub(super) fn bind(&self) -> BindTransceiver {
        let bind = BindTransceiver::builder().system_id(self.system_id.clone()).password(self.password.clone());
        bind.system_type(self.system_type.clone()).interface_version(InterfaceVersion::Smpp3_4).build()
    }
}

/// The address that messages come from (SMPP 3.4 §5.2.5 and §5.2.6).
pub(crate) struct Source {
    /// A number, or a word.
    pub(crate) address: COctetString<1, 21>,
    /// Type of number.
    pub(crate) ton: Ton,
    /// Numbering plan.
    pub(crate) npi: Npi,
}
