//! Which clients with a logout address took part in which session: they are notified when it ends.

use crate::db::from_row::row;
use crate::db::{sql, statements};
use crate::identity::id::{AccountId, SessionId};
use crate::records::session::SessionClient;
use crate::store::rows::{RowPlace, id_bytes};
use crate::store::{StoreError, Tx};
use crate::time::Timestamp;

statements! {
    REMEMBER_CLIENT = "INSERT INTO session_clients (session_id, client_id, account_id, expires_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (session_id, client_id) DO UPDATE SET expires_at = excluded.expires_at";
    TAKE_CLIENTS_OF_SESSION = "DELETE FROM session_clients WHERE session_id = $1 RETURNING session_id, client_id, account_id";
    TAKE_CLIENTS_OF_ACCOUNT = "DELETE FROM session_clients WHERE account_id = $1 RETURNING session_id, client_id, account_id";
    EXPIRE_CLIENTS = "DELETE FROM session_clients WHERE expires_at IN \
        (SELECT expires_at FROM session_clients WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2) RETURNING expires_at";
}

row! {
    #[expect(clippy::struct_field_names, reason = "they are columns")]
    struct ClientRow {
        session_id: Vec<u8>,
        client_id: String,
        account_id: Vec<u8>,
    }
}

impl TryFrom<ClientRow> for SessionClient {
    type Error = StoreError;

    fn try_from(row: ClientRow) -> Result<Self, StoreError> {
        const TABLE: &str = "session_clients";
        let session = SessionId::from_bytes(id_bytes(TABLE, "session_id", &row.session_id)?);
        let client = RowPlace { table: TABLE, row: &session }.client("client_id", &row.client_id)?;
        Ok(Self { session, client, account: AccountId::from_bytes(id_bytes(TABLE, "account_id", &row.account_id)?) })
    }
}

impl Tx {
    /// Stores, until `until`, that a client took part in a session.
    pub async fn remember_client(&mut self, holder: &SessionClient, until: Timestamp) -> Result<(), StoreError> {
        sql!(
            self, REMEMBER_CLIENT,
            &holder.session.bytes()[..],
            holder.client.as_str(),
            &holder.account.bytes()[..],
            until.millis()
            => later
        )
    }

    /// Removes and returns the clients of a session: of two concurrent callers, one gets each client.
    pub async fn take_clients_of_session(&mut self, session: SessionId) -> Result<Vec<SessionClient>, StoreError> {
        let rows = sql!(self, TAKE_CLIENTS_OF_SESSION, &session.bytes()[..] => fetch_all ClientRow)?;
        rows.into_iter().map(SessionClient::try_from).collect()
    }

    /// The same for every session of an account.
    pub async fn take_clients_of_account(&mut self, account: AccountId) -> Result<Vec<SessionClient>, StoreError> {
        let rows = sql!(self, TAKE_CLIENTS_OF_ACCOUNT, &account.bytes()[..] => fetch_all ClientRow)?;
        rows.into_iter().map(SessionClient::try_from).collect()
    }

    pub(crate) async fn expire_session_clients(&mut self, now: i64, limit: i64) -> Result<usize, StoreError> {
        Ok(sql!(self, EXPIRE_CLIENTS, now, limit => fetch_all (i64,))?.len())
    }
}
