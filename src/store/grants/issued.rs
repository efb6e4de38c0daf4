//! Grants: one for each sign-in of an account at a client. Tokens belong to a grant and become invalid with it.

use crate::client::resource::ResourceUri;
use crate::client::scope::scope_list;
use crate::db::from_row::row;
use crate::db::{sql, statements};
use crate::identity::id::{AccountId, GrantId, SessionId};
use crate::oidc::binding::Binding;
use crate::records::grant::Grant;
use crate::store::row_cache::Touched;
use crate::store::rows::{RowPlace, id_bytes, json_of, name_of, names_of, time};
use crate::store::{Store, StoreError, Tx};
use crate::time::Timestamp;

statements! {
    INSERT_GRANT = "INSERT INTO grants (id, account_id, client_id, session_id, scopes, auth_time, methods, acr, nonce, created_at, \
        expires_at, jkt, resources, claims, details) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    LIVE_GRANT = "SELECT id AS grant_id, account_id, client_id, session_id, scopes, auth_time, methods, acr, nonce, claims, created_at, jkt, \
        resources, details FROM grants WHERE id = $1 AND ended_at IS NULL";
    BIND_GRANT = "UPDATE grants SET jkt = $2 WHERE id = $1 AND jkt IS NULL";
    END_GRANT = "UPDATE grants SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
    END_GRANTS_OF_SESSION = "UPDATE grants SET ended_at = $2 WHERE session_id = $1 AND ended_at IS NULL \
        AND REPLACE(scopes, 'offline_access', '') = scopes RETURNING id";
}

/// The constraint that a second grant for one authorization code violates.
pub const GRANT_EXISTS: &str = "grants_id";

row! {
    pub(crate) struct GrantRow {
        grant_id: Vec<u8>,
        account_id: Vec<u8>,
        client_id: String,
        session_id: Vec<u8>,
        scopes: String,
        auth_time: i64,
        methods: String,
        acr: String,
        nonce: Option<String>,
        claims: Option<String>,
        created_at: i64,
        jkt: Option<String>,
        resources: Option<String>,
        details: Option<String>,
    }
}

impl TryFrom<GrantRow> for Grant {
    type Error = StoreError;

    fn try_from(row: GrantRow) -> Result<Self, StoreError> {
        let id = GrantId::from_bytes(id_bytes("grants", "id", &row.grant_id)?);
        let place = RowPlace { table: "grants", row: &id };
        Ok(Self {
            id,
            account: AccountId::from_bytes(id_bytes("grants", "account_id", &row.account_id)?),
            client: place.client("client_id", &row.client_id)?,
            session: SessionId::from_bytes(id_bytes("grants", "session_id", &row.session_id)?),
            scopes: place.scopes("scopes", &row.scopes)?,
            auth_time: time(row.auth_time),
            methods: place.names("methods", &row.methods)?,
            acr: place.named("acr", &row.acr)?,
            nonce: row.nonce,
            claims: row.claims.map(|claims| place.json("claims", &claims)).transpose()?.unwrap_or_default(),
            details: row.details.map(|details| place.json("details", &details)).transpose()?,
            created_at: time(row.created_at),
            bound_to: row.jkt.map(|text| place.parsed("jkt", Binding::parse(&text).ok_or(()))).transpose()?,
            resources: resources(&place, row.resources.as_deref().unwrap_or_default())?,
        })
    }
}

fn resources(place: &RowPlace<'_, GrantId>, list: &str) -> Result<Vec<ResourceUri>, StoreError> {
    let names = list.split(' ').filter(|name| !name.is_empty());
    names.map(|name| place.parsed("resources", ResourceUri::parse(name).ok_or(()))).collect()
}

/// Separated by spaces, which a resource URI cannot contain; `None` for an empty list.
fn resource_list(resources: &[ResourceUri]) -> Option<String> {
    (!resources.is_empty()).then(|| resources.iter().map(ResourceUri::as_str).collect::<Vec<_>>().join(" "))
}

impl Store {
    /// The grant of that id, unless it has ended.
    pub(crate) async fn read_grant(&self, id: GrantId) -> Result<Option<Grant>, StoreError> {
        sql!(self.db, LIVE_GRANT, &id.bytes()[..] => fetch_optional GrantRow)?.map(Grant::try_from).transpose()
    }
}

impl Tx {
    /// Adds a grant whose tokens are all invalid after `until`; it may be removed then. A refresh token prolongs it.
    ///
    /// Its id is that of the authorization code it was made for, and is unique. If several requests redeem the code, one
    /// succeeds; every other one gets [`GRANT_EXISTS`] as a [`StoreError::Conflict`], here or from [`Tx::save`] (RFC 6749
    /// §4.1.2).
    pub async fn insert_grant(&mut self, grant: &Grant, until: Timestamp) -> Result<(), StoreError> {
        self.note_grant(grant);
        let details = grant.details.as_ref().map(json_of).transpose()?;
        let claims = if grant.claims.is_empty() { None } else { Some(json_of(&grant.claims)?) };
        sql!(
            self, INSERT_GRANT,
            &grant.id.bytes()[..],
            &grant.account.bytes()[..],
            grant.client.as_str(),
            &grant.session.bytes()[..],
            scope_list(&grant.scopes),
            grant.auth_time.millis(),
            names_of(&grant.methods),
            name_of(&grant.acr),
            grant.nonce.as_deref(),
            grant.created_at.millis(),
            until.millis(),
            grant.bound_to.clone().map(String::from),
            resource_list(&grant.resources),
            claims,
            details
            => later
        )
    }

    /// Binds the refresh tokens of a grant to a key, unless they are bound already (RFC 9449 §5).
    pub async fn bind_grant(&mut self, id: GrantId, to: &Binding) -> Result<(), StoreError> {
        self.touch(Touched::Grant(id));
        sql!(self, BIND_GRANT, &id.bytes()[..], String::from(to.clone()) => later)
    }

    /// The grant of that id, unless it has ended.
    pub async fn grant(&mut self, id: GrantId) -> Result<Option<Grant>, StoreError> {
        sql!(self, LIVE_GRANT, &id.bytes()[..] => fetch_optional GrantRow)?.map(Grant::try_from).transpose()
    }

    /// Ends a grant, which invalidates all its tokens. Ending it again changes nothing.
    pub async fn end_grant(&mut self, id: GrantId, now: Timestamp) -> Result<(), StoreError> {
        self.touch(Touched::Grant(id));
        sql!(self, END_GRANT, &id.bytes()[..], now.millis() => later)
    }

    /// Ends every grant of a session, except those that outlive it (`offline_access`); returns how many.
    pub async fn end_grants_of_session(&mut self, session: SessionId, now: Timestamp) -> Result<usize, StoreError> {
        let ended = sql!(self, END_GRANTS_OF_SESSION, &session.bytes()[..], now.millis() => fetch_all (Vec<u8>,))?;
        for id in &ended {
            self.touch(Touched::Grant(GrantId::from_bytes(id_bytes("grants", "id", &id.0)?)));
        }
        Ok(ended.len())
    }
}
