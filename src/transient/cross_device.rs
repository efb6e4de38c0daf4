//! Cross-device requests, which a person answers in a browser of their own (RFC 8628, CIBA). The client looks a request up by the
//! hash of its name, a person by another hash. The person's entry is taken by the decision, so that a request is decided once. A
//! decision is on disk on return, because the person is told that it counts.

use crate::identity::id::{AccountId, ApprovalId};
use crate::records::cross_device::{CrossDeviceRequest, CrossDeviceWay, Decision, Pace};
use crate::secret::TokenHash;
use crate::time::Timestamp;
use crate::transient::{Key, LimitError, Paid, Taken, Transient, TransientError, cost, from_json, to_json};

/// The maximum number of requests on the list of one person; a further request can be reached by its link only.
const SLOTS: u8 = 8;

/// The right to decide one request. There is one for each request, and the decision uses it up.
#[derive(Debug)]
pub struct RightToDecide {
    name: TokenHash,
}

fn request(name: &TokenHash) -> Key {
    Key::new("decoupled", &name.0)
}

fn handle(handle: &TokenHash) -> Key {
    Key::new("decoupled-handle", &handle.0)
}

fn decision(name: &TokenHash) -> Key {
    Key::new("decoupled-decision", &name.0)
}

fn slot_key(kind: &'static str, account: AccountId, slot: u8) -> Key {
    Key::new(kind, &[&account.bytes()[..], &[slot]].concat())
}

fn pace(name: &TokenHash) -> Key {
    Key::new("decoupled-pace", &name.0)
}

impl Transient {
    /// Stores a request, if its payer can pay for it and for what belongs to it: for as long as `paid` says, so that its client can
    /// learn that it expired; a person finds it until it expires. `false` if another waiting request has the same handle; then
    /// nothing is stored.
    pub async fn put_cross_device(&self, asked: &CrossDeviceRequest, paid: Paid<'_>, now: Timestamp) -> Result<bool, LimitError> {
        let (key, value, person) = (request(&asked.name), to_json(asked)?, asked.way.handle());
        let name = to_json(&asked.name)?;
        // The request, the two rows of its handle, the two of the code in the message, and the row that keeps its client's pace.
        let beside = Key::new("decoupled-handle", &person.0);
        self.pay(cost(&key, value.len()) + 5 * cost(&beside, name.len()), paid.by, now).await?;
        if !self.claim(&Key::new("decoupled-claim", &person.0), asked.expires_at, now).await? {
            return Ok(false);
        }
        self.put(&key, &value, paid.until, now).await?;
        self.put(&handle(&person), &name, asked.expires_at, now).await?;
        Ok(true)
    }

    /// The request of that name, unless its tokens were fetched.
    pub async fn cross_device(&self, name: &TokenHash, now: Timestamp) -> Result<Option<CrossDeviceRequest>, TransientError> {
        let key = request(name);
        self.get(&key, now).await?.map(|bytes| from_json(&key, &bytes)).transpose()
    }

    /// The request that waits for a person under this handle.
    pub async fn cross_device_waiting(
        &self,
        person: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<CrossDeviceRequest>, TransientError> {
        let key = handle(person);
        match self.get(&key, now).await? {
            Some(name) => self.cross_device(&from_json(&key, &name)?, now).await,
            None => Ok(None),
        }
    }

    /// The right to decide the request that waits under this handle: of several concurrent callers, exactly one gets it. `None`
    /// if the request was decided, has expired, or never existed.
    pub async fn right_to_decide(&self, person: &TokenHash, now: Timestamp) -> Result<Option<RightToDecide>, TransientError> {
        let key = handle(person);
        match self.take(&key, now).await? {
            Taken::First(name) => Ok(Some(RightToDecide { name: from_json(&key, &name)? })),
            Taken::Again | Taken::Unknown => Ok(None),
        }
    }

    /// Decides a request: its client finds the decision from then on. On disk on return.
    pub async fn decide_cross_device(
        &self,
        right: RightToDecide,
        decided: &Decision,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), TransientError> {
        self.put_and_save(&decision(&right.name), &to_json(decided)?, until, now).await
    }

    /// The decision about a request, if there is one.
    pub async fn decision(&self, name: &TokenHash, now: Timestamp) -> Result<Option<Decision>, TransientError> {
        let key = decision(name);
        self.get(&key, now).await?.map(|bytes| from_json(&key, &bytes)).transpose()
    }

    /// Removes a request whose tokens were fetched.
    pub async fn end_cross_device(&self, name: &TokenHash, now: Timestamp) -> Result<(), TransientError> {
        self.take(&request(name), now).await.map(drop)
    }

    /// Removes a request whose notification could not be sent, so that neither side finds it.
    pub(crate) async fn forget_cross_device(&self, asked: &CrossDeviceRequest, now: Timestamp) -> Result<(), TransientError> {
        self.take(&handle(&asked.way.handle()), now).await?;
        self.end_cross_device(&asked.name, now).await?;
        match &asked.way {
            CrossDeviceWay::Ciba(of) => match of.slot {
                Some(slot) => self.free_slot(of.account, slot).await,
                None => Ok(()),
            },
            CrossDeviceWay::Device(_) => Ok(()),
        }
    }

    /// When its client may poll again, if it has polled before.
    pub async fn pace(&self, name: &TokenHash, now: Timestamp) -> Result<Option<Pace>, TransientError> {
        let key = pace(name);
        self.get(&key, now).await?.map(|bytes| from_json(&key, &bytes)).transpose()
    }

    /// Stores when its client may poll again. Two concurrent polls may both be accepted: the pace saves load and protects
    /// nothing.
    pub async fn put_pace(&self, name: &TokenHash, kept: Pace, until: Timestamp, now: Timestamp) -> Result<(), TransientError> {
        self.put(&pace(name), &to_json(&kept)?, until, now).await
    }

    /// Gives a request that waits for a person a code, which the person types. `false` if another request has it.
    pub async fn put_approval_code(
        &self,
        code: &TokenHash,
        approval: ApprovalId,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<bool, TransientError> {
        if !self.claim(&Key::new("approval-code-claim", &code.0), until, now).await? {
            return Ok(false);
        }
        self.put(&Key::new("approval-code", &code.0), &approval.bytes(), until, now).await.map(|()| true)
    }

    /// The request that has this code.
    pub async fn approval_of_code(&self, code: &TokenHash, now: Timestamp) -> Result<Option<ApprovalId>, TransientError> {
        let found = self.get(&Key::new("approval-code", &code.0), now).await?;
        Ok(found.and_then(|bytes| bytes.as_slice().try_into().ok()).map(ApprovalId::from_bytes))
    }

    /// Adds a request to the list of a person, in the first free place; `None` if the list is full.
    pub async fn take_slot(
        &self,
        account: AccountId,
        approval: ApprovalId,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Option<u8>, TransientError> {
        for slot in 0..SLOTS {
            if self.claim(&slot_key("seat-claim", account, slot), until, now).await? {
                self.put(&slot_key("seat", account, slot), &approval.bytes(), until, now).await?;
                return Ok(Some(slot));
            }
        }
        Ok(None)
    }

    /// The requests on the list of a person.
    pub async fn approvals_in_slots(&self, account: AccountId, now: Timestamp) -> Result<Vec<ApprovalId>, TransientError> {
        let mut found = Vec::new();
        for slot in 0..SLOTS {
            let key = slot_key("seat", account, slot);
            let Some(bytes) = self.get(&key, now).await? else { continue };
            let bytes = bytes.try_into().map_err(|_| TransientError::Corrupt { kind: key.kind })?;
            found.push(ApprovalId::from_bytes(bytes));
        }
        Ok(found)
    }

    /// Frees a place on the list after a decision.
    pub async fn free_slot(&self, account: AccountId, slot: u8) -> Result<(), TransientError> {
        self.forget_all(&[slot_key("seat", account, slot), slot_key("seat-claim", account, slot)]).await?;
        self.save().await
    }
}
