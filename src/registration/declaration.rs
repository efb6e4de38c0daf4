//! A declared client, and what it still needs before it can be registered.

use crate::client::metadata::{Client, ClientSecret};
use crate::secret::TokenHash;

/// A client that a file declares. If the file has no secret, the registered secret stays, or a new one is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientDeclaration {
    pub(crate) client: Client,
}

/// The result of [`ClientDeclaration::resolve`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// The client can be registered.
    Complete(Client),
    /// The client authenticates with a secret, and neither the file nor the registration has one. The caller must make one,
    /// register it and show it once.
    SecretNeeded(ClientWithoutSecret),
}

/// A client that needs a secret before it can be registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientWithoutSecret(Client);

impl ClientWithoutSecret {
    /// The client without its secret, to show what will change.
    pub(crate) const fn client(&self) -> &Client {
        &self.0
    }

    /// The client with its secret.
    #[must_use]
    pub(crate) fn with_secret(self, secret: &ClientSecret) -> Client {
        Client { secret_hash: Some(TokenHash::of(secret.expose())), ..self.0 }
    }
}

impl ClientDeclaration {
    /// The client that the file declares; without a secret if the file has none.
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// Combines the declaration with the client that is registered under the same `client_id`. A registered secret stays, so that
    /// applying a file twice changes nothing.
    #[must_use]
    pub fn resolve(self, registered: Option<&Client>) -> Resolution {
        let mut client = self.client;
        if !client.auth_method.needs_secret() || client.secret_hash.is_some() {
            return Resolution::Complete(client);
        }
        client.secret_hash = registered.and_then(|registered| registered.secret_hash);
        if client.secret_hash.is_some() {
            Resolution::Complete(client)
        } else {
            Resolution::SecretNeeded(ClientWithoutSecret(client))
        }
    }
}
