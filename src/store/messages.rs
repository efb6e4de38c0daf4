//! Text messages: what became of each, and by which of its parts a provider names it in a receipt.

use crate::db::from_row::row;
use crate::db::{sql, statements};
use crate::identity::id::DeliveryId;
use crate::records::delivery::message::{MessageState, Purpose, Receipt};
use crate::store::rows::{RowPlace, id_bytes};
use crate::store::{Store, StoreError, Tx};
use crate::time::Timestamp;
use std::time::Duration;

const TABLE: &str = "messages";

statements! {
    INSERT_MESSAGE = "INSERT INTO messages (id, purpose, state, provider, parts_waiting, gives_up_at, changed_at, expires_at) \
        VALUES ($1, $2, 'queued', NULL, 0, $3, $4, $5)";
    MESSAGE_STATE = "SELECT state, gives_up_at FROM messages WHERE id = $1";
    ACCEPT_MESSAGE = "UPDATE messages SET state = 'accepted', provider = $1, parts_waiting = $2, changed_at = $3 WHERE id = $4";
    INSERT_PART = "INSERT INTO message_parts (provider, provider_id, message_id, state, expires_at) \
        VALUES ($1, $2, $3, 'accepted', $4) \
        ON CONFLICT (provider, provider_id) DO UPDATE SET message_id = excluded.message_id, state = excluded.state, \
        expires_at = excluded.expires_at";
    END_MESSAGE = "UPDATE messages SET state = $1, changed_at = $2 WHERE id = $3 AND state = 'queued'";
    SETTLE_PART = "UPDATE message_parts SET state = $1 WHERE provider = $2 AND provider_id = $3 AND state = 'accepted' \
        RETURNING message_id";
    KNOWN_PART = "SELECT state FROM message_parts WHERE provider = $1 AND provider_id = $2";
    PART_DELIVERED = "UPDATE messages SET state = CASE WHEN parts_waiting <= 1 THEN 'delivered' ELSE state END, \
        parts_waiting = parts_waiting - 1, changed_at = $1 WHERE id = $2 AND state = 'accepted' RETURNING purpose, state";
    PART_LOST = "UPDATE messages SET state = $1, changed_at = $2 WHERE id = $3 AND state = 'accepted' RETURNING purpose, state";
    EXPIRE_MESSAGES = "DELETE FROM messages WHERE id IN \
        (SELECT id FROM messages WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2) RETURNING expires_at";
    EXPIRE_PARTS = "DELETE FROM message_parts WHERE provider_id IN \
        (SELECT provider_id FROM message_parts WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2) AND expires_at <= $1 \
        RETURNING expires_at";
}

/// How long what became of a message is kept after its end: receipts for a telephone that was switched off arrive days later.
const KEPT: Duration = Duration::from_hours(72);

row! {
    struct SettledRow {
        purpose: String,
        state: String,
    }
}

/// What a receipt changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// The message of this purpose has reached this state.
    Message(Purpose, MessageState),
    /// A part; the state of the message is as it was. Or the same receipt arrived before.
    Part,
    /// No message has a part with this id, or not yet.
    Unknown,
}

/// A message that a provider accepted.
#[derive(Debug, Clone, Copy)]
pub struct AcceptedMessage<'a> {
    /// The message.
    pub id: DeliveryId,
    /// The provider, by its name in the settings.
    pub provider: &'a str,
    /// The provider's ids of its parts; none where the provider sends no receipts.
    pub parts: &'a [String],
}

impl Store {
    /// What became of a message. `None` for one that was forgotten.
    pub async fn message_state(&self, id: DeliveryId, now: Timestamp) -> Result<Option<MessageState>, StoreError> {
        let found = sql!(self.db, MESSAGE_STATE, &id.bytes()[..] => fetch_optional (String, i64))?;
        let Some((state, gives_up_at)) = found else { return Ok(None) };
        let state = RowPlace { table: TABLE, row: &id }.named("state", &state)?;
        // The outbox gave it up; no statement has to say so.
        let over = state == MessageState::Queued && gives_up_at <= now.millis();
        Ok(Some(if over { MessageState::Expired } else { state }))
    }
}

impl Tx {
    /// Adds a message that waits in the outbox under the same id until `gives_up_at`.
    pub async fn insert_message(
        &mut self,
        id: DeliveryId,
        purpose: Purpose,
        now: Timestamp,
        gives_up_at: Timestamp,
    ) -> Result<(), StoreError> {
        let (ends, kept) = (gives_up_at.millis(), gives_up_at.plus(KEPT).millis());
        sql!(self, INSERT_MESSAGE, &id.bytes()[..], purpose.name(), ends, now.millis(), kept => later)
    }

    /// A provider accepted a message: its receipts are awaited from now on.
    pub async fn accept_message(&mut self, accepted: AcceptedMessage<'_>, now: Timestamp) -> Result<(), StoreError> {
        let AcceptedMessage { id, provider, parts } = accepted;
        let waiting = i64::try_from(parts.len()).unwrap_or(i64::MAX);
        sql!(self, ACCEPT_MESSAGE, provider, waiting, now.millis(), &id.bytes()[..] => execute)?;
        for part in parts {
            let kept = now.plus(KEPT).millis();
            sql!(self, INSERT_PART, provider, part.as_str(), &id.bytes()[..], kept => execute)?;
        }
        Ok(())
    }

    /// A message that no provider accepted has come to its end.
    pub async fn end_message(&mut self, id: DeliveryId, state: MessageState, now: Timestamp) -> Result<(), StoreError> {
        sql!(self, END_MESSAGE, state.name(), now.millis(), &id.bytes()[..] => execute)
    }

    /// A receipt. One statement settles a part, so a receipt that arrives twice counts once. A message is delivered when each of
    /// its parts is; one part that is lost makes it unreadable.
    pub async fn settle_message(&mut self, receipt: &Receipt, now: Timestamp) -> Result<Settled, StoreError> {
        let Receipt { provider, part, state } = receipt;
        let (provider, part) = (provider.as_str(), part.as_str());
        let Some((id,)) = sql!(self, SETTLE_PART, state.name(), provider, part => fetch_optional (Vec<u8>,))? else {
            let known = sql!(self, KNOWN_PART, provider, part => fetch_optional (String,))?;
            return Ok(if known.is_some() { Settled::Part } else { Settled::Unknown });
        };
        let row = match state {
            MessageState::Delivered => sql!(self, PART_DELIVERED, now.millis(), &id[..] => fetch_optional SettledRow)?,
            lost => sql!(self, PART_LOST, lost.name(), now.millis(), &id[..] => fetch_optional SettledRow)?,
        };
        let Some(row) = row else { return Ok(Settled::Part) };
        let id = DeliveryId::from_bytes(id_bytes(TABLE, "id", &id)?);
        let place = RowPlace { table: TABLE, row: &id };
        let state = place.named("state", &row.state)?;
        let purpose = place.named("purpose", &row.purpose)?;
        Ok(if state == MessageState::Accepted { Settled::Part } else { Settled::Message(purpose, state) })
    }

    /// Forgets messages that ended long before `now`, at most `limit`, and their parts; returns how many rows were removed.
    pub async fn expire_messages(&mut self, now: Timestamp, limit: u32) -> Result<usize, StoreError> {
        let (now, limit) = (now.millis(), i64::from(limit));
        let messages = sql!(self, EXPIRE_MESSAGES, now, limit => fetch_all (i64,))?.len();
        Ok(messages + sql!(self, EXPIRE_PARTS, now, limit => fetch_all (i64,))?.len())
    }
}
