//! A client as it was declared, and what is still needed before it can be registered.

use crate::client::metadata::{Client, ClientSecret};
use crate::secret::TokenHash;

/// A client as a file declares it. Its secret may be missing: then the registered one is kept, or one is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientDeclaration {
    pub(crate) client: Client,
}

/// What becomes of a declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// It can be registered as it is.
    Complete(Client),
    /// It authenticates with a secret, and neither the file nor the registration has one: make one, register it, tell it once.
    SecretNeeded(ClientWithoutSecret),
}

/// A client that cannot be registered before it has a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientWithoutSecret(Client);

impl ClientWithoutSecret {
    /// The client as it will be, for showing what changes.
    pub const fn client(&self) -> &Client {
        &self.0
    }

    /// The client with its secret.
    #[must_use]
    pub fn with_secret(self, secret: &ClientSecret) -> Client {
        Client { secret_hash: Some(TokenHash::of(secret.expose())), ..self.0 }
    }
}

impl ClientDeclaration {
    /// The client that the file describes; without a secret if the file has none.
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// Joins the declaration with what is registered under the same `client_id`: a secret that was made earlier stays, so that
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
