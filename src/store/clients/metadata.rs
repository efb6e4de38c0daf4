//! Clients: always read as a whole, so each is stored as one JSON value.

use crate::client::metadata::Client;
use crate::client::words::ClientId;
use crate::db::from_row::row;
use crate::db::{sql, statements};
use crate::store::rows::{RowPlace, json_of};
use crate::store::{Store, StoreError, Tx};

statements! {
    CLIENTS = "SELECT id, client FROM clients ORDER BY id";
    CLIENT = "SELECT id, client FROM clients WHERE id = $1";
    PUT_CLIENT = "INSERT INTO clients (id, agency, client) VALUES ($1, $2, $3) \
        ON CONFLICT (id) DO UPDATE SET agency = excluded.agency, client = excluded.client";
    CHANGE_CLIENT = "UPDATE clients SET agency = $2, client = $3 WHERE id = $1 RETURNING id";
    DELETE_CLIENT = "DELETE FROM clients WHERE id = $1 RETURNING id";
}

row! {
    struct ClientRow {
        id: String,
        client: String,
    }
}

fn client_of(row: &ClientRow) -> Result<Client, StoreError> {
    RowPlace { table: "clients", row: &row.id }.json("client", &row.client)
}

impl Store {
    /// All clients, by id.
    pub async fn clients(&self) -> Result<Vec<Client>, StoreError> {
        sql!(self.db, CLIENTS => fetch_all ClientRow)?.iter().map(client_of).collect()
    }

    /// One client.
    pub async fn client(&self, id: &ClientId) -> Result<Option<Client>, StoreError> {
        sql!(self.db, CLIENT, id.as_str() => fetch_optional ClientRow)?.as_ref().map(client_of).transpose()
    }
}

impl Tx {
    /// Adds a client, or replaces the one with the same id. Without its agency, this is a [`StoreError::Conflict`] with
    /// `foreign_key`.
    pub async fn put_client(&mut self, client: &Client) -> Result<(), StoreError> {
        let json = json_of(client)?;
        sql!(self, PUT_CLIENT, client.id.as_str(), client.agency.as_str(), json => execute)?;
        self.record_change(&client.id).await
    }

    /// Replaces a client that exists; returns whether it did. A client that was removed after the caller read it is not added
    /// again.
    pub async fn change_client(&mut self, client: &Client) -> Result<bool, StoreError> {
        let json = json_of(client)?;
        let changed = sql!(self, CHANGE_CLIENT, client.id.as_str(), client.agency.as_str(), json => fetch_optional (String,))?;
        self.record_change(&client.id).await?;
        Ok(changed.is_some())
    }

    /// Removes a client; returns whether there was one.
    pub async fn delete_client(&mut self, id: &ClientId) -> Result<bool, StoreError> {
        let removed = sql!(self, DELETE_CLIENT, id.as_str() => fetch_optional (String,))?;
        self.record_change(id).await?;
        Ok(removed.is_some())
    }
}
