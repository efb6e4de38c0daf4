//! Initial access tokens of client registration (RFC 7591 §3): stored as hashes, listed and revoked one by one.

use crate::db::from_row::row;
use crate::db::{sql, statements};
use crate::secret::TokenHash;
use crate::store::rows::time;
use crate::store::{Store, StoreError, Tx};
use crate::time::Timestamp;

statements! {
    INSERT_TOKEN = "INSERT INTO registration_tokens (id, token_hash, note, created_at, expires_at, clients) VALUES ($1, $2, $3, $4, $5, 0)";
    TOKENS = "SELECT id, note, created_at, expires_at, revoked_at, clients FROM registration_tokens ORDER BY created_at, id";
    WORKING_TOKEN = "SELECT id FROM registration_tokens WHERE token_hash = $1 AND revoked_at IS NULL AND expires_at > $2";
    USE_TOKEN = "UPDATE registration_tokens SET clients = clients + 1 WHERE token_hash = $1 AND revoked_at IS NULL AND expires_at > $2 \
        RETURNING id";
    REVOKE_TOKEN = "UPDATE registration_tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING id";
}

/// A token as it is stored: everything but the token itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationToken {
    /// Its name, which is also the beginning of the token.
    pub id: String,
    /// The operator's note.
    pub note: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
    /// How many clients were registered with it.
    pub clients: u64,
}

row! {
    struct TokenRow {
        id: String,
        note: String,
        created_at: i64,
        expires_at: i64,
        revoked_at: Option<i64>,
        clients: i64,
    }
}

impl From<TokenRow> for RegistrationToken {
    fn from(row: TokenRow) -> Self {
        Self {
            id: row.id,
            note: row.note,
            created_at: time(row.created_at),
            expires_at: time(row.expires_at),
            revoked_at: row.revoked_at.map(time),
            clients: u64::try_from(row.clients).unwrap_or_default(),
        }
    }
}

impl Store {
    /// All tokens, the oldest first.
    pub async fn registration_tokens(&self) -> Result<Vec<RegistrationToken>, StoreError> {
        Ok(sql!(self.db, TOKENS => fetch_all TokenRow)?.into_iter().map(RegistrationToken::from).collect())
    }

    /// Whether this token is valid at `now`.
    pub(crate) async fn registration_token_works(&self, token: &TokenHash, now: Timestamp) -> Result<bool, StoreError> {
        Ok(sql!(self.db, WORKING_TOKEN, &token.0[..], now.millis() => fetch_optional (String,))?.is_some())
    }
}

impl Tx {
    /// Adds an unused token. `id` and hash are unique.
    pub async fn insert_registration_token(&mut self, token: &RegistrationToken, hash: &TokenHash) -> Result<(), StoreError> {
        let (from, until) = (token.created_at.millis(), token.expires_at.millis());
        sql!(self, INSERT_TOKEN, token.id.as_str(), &hash.0[..], token.note.as_str(), from, until => execute)
    }

    /// Counts a client that is registered with a token, in the transaction that registers it; `false` if the token has expired or
    /// was revoked in the meantime.
    pub(crate) async fn use_registration_token(&mut self, token: &TokenHash, now: Timestamp) -> Result<bool, StoreError> {
        Ok(sql!(self, USE_TOKEN, &token.0[..], now.millis() => fetch_optional (String,))?.is_some())
    }

    /// Revokes a token; `false` if there is none with that name, or it was revoked before.
    pub async fn revoke_registration_token(&mut self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        Ok(sql!(self, REVOKE_TOKEN, id, now.millis() => fetch_optional (String,))?.is_some())
    }
}
