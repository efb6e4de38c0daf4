//! The outbox: requests to other servers, kept until they are delivered or given up.
//!
//! A delivery is claimed by moving its due time: until then, the instance that claimed it can send and remove it. A delivery that
//! was not removed (the recipient was down, this program was stopped) becomes due again by itself, after a longer pause each
//! time.

use crate::db::from_row::row;
use crate::db::{sql, statements};
use crate::identity::id::{AccountId, DeliveryId, SessionId};
use crate::records::delivery::{Delivery, DeliveryBody, DeliveryKind, DueDelivery, Recipient};
use crate::store::rows::{RowPlace, id_bytes};
use crate::store::{Store, StoreError, Tx};
use crate::time::Timestamp;
use std::time::Duration;

const TABLE: &str = "outbox";

statements! {
    INSERT_DELIVERY = "INSERT INTO outbox (id, kind, recipient, body, session_id, account_id, attempts, due_at, gives_up_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    DUE_DELIVERIES = "SELECT id, recipient FROM outbox WHERE kind = $1 AND due_at <= $2 AND gives_up_at > $2 \
        AND REPLACE(CAST($3 AS TEXT), ' ' || recipient || ' ', '') = $3 ORDER BY due_at LIMIT $4";
    CLAIM_DELIVERY = "UPDATE outbox SET attempts = attempts + 1, \
        due_at = $1 + $2 * (attempts + 1) * (attempts + 1) * (attempts + 1) WHERE id = $3 AND due_at <= $1 AND gives_up_at > $1 \
        RETURNING id, kind, recipient, body, session_id, account_id, attempts";
    LEASE_DELIVERY = "UPDATE outbox SET attempts = attempts + 1, due_at = $1 + $2 \
        WHERE id = $3 AND due_at <= $1 AND gives_up_at > $1 \
        RETURNING id, kind, recipient, body, session_id, account_id, attempts";
    POSTPONE_DELIVERY = "UPDATE outbox SET due_at = $1 WHERE id = $2 AND attempts = $3";
    REMOVE_DELIVERY = "DELETE FROM outbox WHERE id = $1";
    EXPIRE_DELIVERIES = "DELETE FROM outbox WHERE id IN \
        (SELECT id FROM outbox WHERE gives_up_at <= $1 ORDER BY gives_up_at LIMIT $2) RETURNING gives_up_at";
}

row! {
    struct DeliveryRow {
        id: Vec<u8>,
        kind: String,
        recipient: String,
        body: Option<String>,
        session_id: Option<Vec<u8>>,
        account_id: Option<Vec<u8>>,
        attempts: i64,
    }
}

impl TryFrom<DeliveryRow> for Delivery {
    type Error = StoreError;

    fn try_from(row: DeliveryRow) -> Result<Self, StoreError> {
        let id = DeliveryId::from_bytes(id_bytes(TABLE, "id", &row.id)?);
        let place = RowPlace { table: TABLE, row: &id };
        let body = match (row.body, row.session_id, row.account_id) {
            (Some(sealed), ..) => DeliveryBody::Sealed(sealed),
            (None, Some(session), Some(account)) => DeliveryBody::LogoutBeforeOutbox {
                session: SessionId::from_bytes(id_bytes(TABLE, "session_id", &session)?),
                account: AccountId::from_bytes(id_bytes(TABLE, "account_id", &account)?),
            },
            (None, ..) => return Err(StoreError::corrupt(TABLE, "body", id)),
        };
        Ok(Self {
            kind: place.named("kind", &row.kind)?,
            recipient: recipient(id, &row.recipient)?,
            attempt: place.parsed("attempts", u32::try_from(row.attempts))?,
            body,
            id,
        })
    }
}

fn recipient(id: DeliveryId, text: &str) -> Result<Recipient, StoreError> {
    Recipient::parse(text).ok_or_else(|| StoreError::corrupt(TABLE, "recipient", id))
}

/// Each recipient between two spaces; a recipient contains none. The statement searches this text for the recipient of a
/// delivery.
fn spaced(recipients: &[&Recipient]) -> String {
    recipients.iter().flat_map(|recipient| [" ", recipient.as_str(), " "]).collect()
}

impl Store {
    /// At most `limit` deliveries of a kind that are due, not yet given up and not for one of these recipients, the longest due first.
    pub async fn due_deliveries(
        &self,
        kind: DeliveryKind,
        not_for: &[&Recipient],
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<DueDelivery>, StoreError> {
        let (not_for, limit) = (spaced(not_for), i64::from(limit));
        let rows = sql!(self.db, DUE_DELIVERIES, kind.name(), now.millis(), not_for, limit => fetch_all (Vec<u8>, String))?;
        let read = |(id, text): (Vec<u8>, String)| {
            let id = DeliveryId::from_bytes(id_bytes(TABLE, "id", &id)?);
            Ok(DueDelivery { id, recipient: recipient(id, &text)? })
        };
        rows.into_iter().map(read).collect()
    }
}

impl Tx {
    /// Adds a delivery that is due at once and gives up at `gives_up_at`.
    pub async fn insert_delivery(
        &mut self,
        delivery: &Delivery,
        now: Timestamp,
        gives_up_at: Timestamp,
    ) -> Result<(), StoreError> {
        let (body, session, account) = match &delivery.body {
            DeliveryBody::Sealed(sealed) => (Some(sealed.as_str()), None, None),
            DeliveryBody::LogoutBeforeOutbox { session, account } => (None, Some(session.bytes()), Some(account.bytes())),
        };
        sql!(
            self, INSERT_DELIVERY,
            &delivery.id.bytes()[..],
            delivery.kind.name(),
            delivery.recipient.as_str(),
            body,
            session.as_ref().map(|bytes| &bytes[..]),
            account.as_ref().map(|bytes| &bytes[..]),
            i64::from(delivery.attempt),
            now.millis(),
            gives_up_at.millis()
            => later
        )
    }

    /// Claims a delivery that is due and not yet given up. No other instance gets it before `pause` has passed; the pause grows with the third power
    /// of the number of attempts. Of several instances that try, exactly one gets the delivery.
    pub async fn claim_delivery(
        &mut self,
        id: DeliveryId,
        now: Timestamp,
        pause: Duration,
    ) -> Result<Option<Delivery>, StoreError> {
        let pause = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
        let row = sql!(self, CLAIM_DELIVERY, now.millis(), pause, &id.bytes()[..] => fetch_optional DeliveryRow)?;
        row.map(Delivery::try_from).transpose()
    }

    /// Claims a delivery for one attempt of known length: no other instance gets it before `lease` has passed. The one that claimed it
    /// says sooner when it is due again ([`Self::postpone_delivery`]).
    pub async fn lease_delivery(
        &mut self,
        id: DeliveryId,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Option<Delivery>, StoreError> {
        let lease = i64::try_from(lease.as_millis()).unwrap_or(i64::MAX);
        let row = sql!(self, LEASE_DELIVERY, now.millis(), lease, &id.bytes()[..] => fetch_optional DeliveryRow)?;
        row.map(Delivery::try_from).transpose()
    }

    /// Makes a delivery due again at this time, unless another attempt has begun since.
    pub async fn postpone_delivery(&mut self, id: DeliveryId, attempt: u32, due: Timestamp) -> Result<(), StoreError> {
        sql!(self, POSTPONE_DELIVERY, due.millis(), &id.bytes()[..], i64::from(attempt) => execute)
    }

    /// Removes a delivery that was made, or that its recipient no longer wants.
    pub async fn remove_delivery(&mut self, id: DeliveryId) -> Result<(), StoreError> {
        sql!(self, REMOVE_DELIVERY, &id.bytes()[..] => execute)
    }

    /// Removes deliveries that were to be given up by `now`, at most `limit`; returns how many.
    pub async fn expire_deliveries(&mut self, now: Timestamp, limit: u32) -> Result<usize, StoreError> {
        Ok(sql!(self, EXPIRE_DELIVERIES, now.millis(), i64::from(limit) => fetch_all (i64,))?.len())
    }
}
