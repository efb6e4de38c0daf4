//! `grant_type` at the token endpoint, and `grant_types` of a client (RFC 7591 §2).

/// RFC 8693 §2.1.
pub const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// RFC 8628 §3.4.
pub const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// OpenID Connect CIBA Core §10.1.
pub const CIBA: &str = "urn:openid:params:grant-type:ciba";
use serde::{Deserialize, Serialize};

/// `grant_types` that a client may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// RFC 6749 §4.1.
    AuthorizationCode,
    /// RFC 6749 §6.
    RefreshToken,
    /// RFC 6749 §4.4.
    ClientCredentials,
    /// RFC 8693.
    #[serde(rename = "urn:ietf:params:oauth:grant-type:token-exchange")]
    TokenExchange,
    /// RFC 8628.
    #[serde(rename = "urn:ietf:params:oauth:grant-type:device_code")]
    DeviceCode,
    /// OpenID Connect CIBA Core §10.1.
    #[serde(rename = "urn:openid:params:grant-type:ciba")]
    Ciba,
}

impl GrantType {
    /// All, in the order in which discovery lists them.
    pub const ALL: [Self; 6] =
        [Self::AuthorizationCode, Self::RefreshToken, Self::ClientCredentials, Self::TokenExchange, Self::DeviceCode, Self::Ciba];

    /// The value on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
            Self::TokenExchange => crate::client::grant_type::TOKEN_EXCHANGE,
            Self::DeviceCode => crate::client::grant_type::DEVICE_CODE,
            Self::Ciba => crate::client::grant_type::CIBA,
        }
    }

    /// Whether its tokens act for a person. Only such tokens can be refreshed.
    pub(crate) const fn is_of_a_person(self) -> bool {
        matches!(self, Self::AuthorizationCode | Self::DeviceCode | Self::Ciba)
    }

    /// Whether the person decides on another device than the one that waits. Then no response goes to a redirect URI.
    pub(crate) const fn is_decided_elsewhere(self) -> bool {
        matches!(self, Self::DeviceCode | Self::Ciba)
    }
}
