//! Refresh tokens: stored as hashes. Those of public clients are used once; a second use is distinguished from an unknown token (RFC 9700
//! §4.14.2). Those of other clients are kept and prolonged.

use crate::db::from_row::row;
use crate::db::{sql, statements};
use crate::identity::id::GrantId;
use crate::secret::TokenHash;
use crate::store::rows::{id_bytes, time};
use crate::store::{Store, StoreError, Tx};
use crate::time::Timestamp;

statements! {
    INSERT_REFRESH = "INSERT INTO refresh_tokens (token_hash, grant_id, created_at, expires_at) VALUES ($1, $2, $3, $4)";
    PROLONG_REFRESH = "UPDATE refresh_tokens SET expires_at = $2 WHERE token_hash = $1 AND used_at IS NULL AND expires_at < $2";
    PROLONG_GRANT = "UPDATE grants SET expires_at = $2 WHERE id = $1 AND expires_at < $2";
    CLAIM_REFRESH = "UPDATE refresh_tokens SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2 \
        RETURNING grant_id";
    KEPT_REFRESH = "SELECT grant_id, created_at, expires_at, used_at FROM refresh_tokens WHERE token_hash = $1";
}

/// The result of an attempt to use a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshClaim {
    /// This is its first use; it belongs to this grant.
    First(GrantId),
    /// It was used before: it was stolen, or the answer to its first use was lost.
    Again {
        /// Its grant.
        grant: GrantId,
        /// When it was used.
        used_at: Timestamp,
    },
    /// Never used, and expired.
    Expired,
    /// Never issued, or removed after it expired.
    Unknown,
}

/// A refresh token as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptRefresh {
    /// Its grant.
    pub grant: GrantId,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// When it was used, if it was; another token has replaced it then.
    pub used_at: Option<Timestamp>,
}

row! {
    struct KeptRow {
        grant_id: Vec<u8>,
        created_at: i64,
        expires_at: i64,
        used_at: Option<i64>,
    }
}

row! {
    struct ClaimedRow {
        grant_id: Vec<u8>,
    }
}

impl TryFrom<KeptRow> for KeptRefresh {
    type Error = StoreError;

    fn try_from(row: KeptRow) -> Result<Self, StoreError> {
        let (issued_at, expires_at) = (time(row.created_at), time(row.expires_at));
        Ok(Self { grant: grant_id(&row.grant_id)?, issued_at, expires_at, used_at: row.used_at.map(time) })
    }
}

impl Store {
    /// Looks up a refresh token, used or not, without using it; `None` if it was never issued, or was removed after it expired.
    pub async fn refresh_token(&self, token: &TokenHash) -> Result<Option<KeptRefresh>, StoreError> {
        sql!(self.db, KEPT_REFRESH, &token.0[..] => fetch_optional KeptRow)?.map(KeptRefresh::try_from).transpose()
    }
}

impl Tx {
    /// Adds a refresh token of a grant, and keeps the grant for as long as the token is valid.
    pub async fn insert_refresh(
        &mut self,
        token: &TokenHash,
        grant: GrantId,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        sql!(self, INSERT_REFRESH, &token.0[..], &grant.bytes()[..], now.millis(), expires_at.millis() => later)?;
        sql!(self, PROLONG_GRANT, &grant.bytes()[..], expires_at.millis() => later)
    }

    /// Lets an unused refresh token, and its grant, live until then.
    pub async fn prolong_refresh(&mut self, token: &TokenHash, grant: GrantId, until: Timestamp) -> Result<(), StoreError> {
        sql!(self, PROLONG_REFRESH, &token.0[..], until.millis() => later)?;
        sql!(self, PROLONG_GRANT, &grant.bytes()[..], until.millis() => later)
    }

    /// Uses a refresh token: of several attempts, exactly one gets [`RefreshClaim::First`].
    pub async fn claim_refresh(&mut self, token: &TokenHash, now: Timestamp) -> Result<RefreshClaim, StoreError> {
        let claimed = sql!(self, CLAIM_REFRESH, &token.0[..], now.millis() => fetch_optional ClaimedRow)?;
        if let Some(row) = claimed {
            return Ok(RefreshClaim::First(grant_id(&row.grant_id)?));
        }
        Ok(match self.refresh_token(token).await? {
            None => RefreshClaim::Unknown,
            Some(KeptRefresh { grant, used_at: Some(used_at), .. }) => RefreshClaim::Again { grant, used_at },
            Some(_) => RefreshClaim::Expired,
        })
    }

    /// As [`Store::refresh_token`], but it sees what this transaction and every earlier one changed.
    pub async fn refresh_token(&mut self, token: &TokenHash) -> Result<Option<KeptRefresh>, StoreError> {
        sql!(self, KEPT_REFRESH, &token.0[..] => fetch_optional KeptRow)?.map(KeptRefresh::try_from).transpose()
    }
}

fn grant_id(bytes: &[u8]) -> Result<GrantId, StoreError> {
    id_bytes("refresh_tokens", "grant_id", bytes).map(GrantId::from_bytes)
}
