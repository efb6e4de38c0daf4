//! Requests that a person answers in a browser of their own (RFC 8628). The client finds one under the hash of its name, a person under
//! another hash; whoever takes it from there decides, once. A decision is on disk on return: the person was told that it counts.

use crate::identity::id::{AccountId, ApprovalId};
use crate::records::cross_device::{Decision, Decoupled, Pace, Way};
use crate::secret::TokenHash;
use crate::time::Timestamp;
use crate::transient::{Key, Taken, Transient, TransientError, from_json, to_json};

/// So many requests stand on one person's list; a later one has its link alone.
const SEATS: u8 = 8;

/// The right to decide one request. There is one for each request, and deciding uses it up.
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

fn seat_key(kind: &'static str, account: AccountId, seat: u8) -> Key {
    Key::new(kind, &[&account.bytes()[..], &[seat]].concat())
}

fn pace(name: &TokenHash) -> Key {
    Key::new("decoupled-pace", &name.0)
}

impl Transient {
    /// Keeps a request until `until`, so that its client hears that it expired; a person finds it until it does. `false`: another one
    /// that is still waiting has the same handle, and nothing was kept.
    pub async fn put_decoupled(&self, asked: &Decoupled, until: Timestamp, now: Timestamp) -> Result<bool, TransientError> {
        let person = asked.way.handle();
        if !self.claim(&Key::new("decoupled-claim", &person.0), asked.expires_at, now).await? {
            return Ok(false);
        }
        self.put(&request(&asked.name), &to_json(asked)?, until, now).await?;
        self.put(&handle(&person), &to_json(&asked.name)?, asked.expires_at, now).await?;
        Ok(true)
    }

    /// The request of that name, unless its tokens were fetched.
    pub async fn decoupled(&self, name: &TokenHash, now: Timestamp) -> Result<Option<Decoupled>, TransientError> {
        let key = request(name);
        self.get(&key, now).await?.map(|bytes| from_json(&key, &bytes)).transpose()
    }

    /// The request that waits for a person under this handle.
    pub async fn decoupled_waiting(&self, person: &TokenHash, now: Timestamp) -> Result<Option<Decoupled>, TransientError> {
        let key = handle(person);
        match self.get(&key, now).await? {
            Some(name) => self.decoupled(&from_json(&key, &name)?, now).await,
            None => Ok(None),
        }
    }

    /// The right to decide the request that waits under this handle: of any number who ask for it, one gets it. `None`: the request was
    /// decided, expired, or never made.
    pub async fn right_to_decide(&self, person: &TokenHash, now: Timestamp) -> Result<Option<RightToDecide>, TransientError> {
        let key = handle(person);
        match self.take(&key, now).await? {
            Taken::First(name) => Ok(Some(RightToDecide { name: from_json(&key, &name)? })),
            Taken::Again | Taken::Unknown => Ok(None),
        }
    }

    /// Decides a request: from now on its client finds the decision. On disk on return.
    pub async fn decide_decoupled(
        &self,
        right: RightToDecide,
        decided: &Decision,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), TransientError> {
        self.put_and_save(&decision(&right.name), &to_json(decided)?, until, now).await
    }

    /// What became of a request, if anything has.
    pub async fn decision(&self, name: &TokenHash, now: Timestamp) -> Result<Option<Decision>, TransientError> {
        let key = decision(name);
        self.get(&key, now).await?.map(|bytes| from_json(&key, &bytes)).transpose()
    }

    /// Forgets a request whose tokens were fetched.
    pub async fn end_decoupled(&self, name: &TokenHash, now: Timestamp) -> Result<(), TransientError> {
        self.take(&request(name), now).await.map(drop)
    }

    /// Forgets a request that nobody could be told of, so that neither side finds it.
    pub async fn forget_decoupled(&self, asked: &Decoupled, now: Timestamp) -> Result<(), TransientError> {
        self.take(&handle(&asked.way.handle()), now).await?;
        self.end_decoupled(&asked.name, now).await?;
        match &asked.way {
            Way::Backchannel(of) => match of.seat {
                Some(seat) => self.leave_seat(of.account, seat).await,
                None => Ok(()),
            },
            Way::Device(_) => Ok(()),
        }
    }

    /// When its client may come again, if it came before.
    pub async fn pace(&self, name: &TokenHash, now: Timestamp) -> Result<Option<Pace>, TransientError> {
        let key = pace(name);
        self.get(&key, now).await?.map(|bytes| from_json(&key, &bytes)).transpose()
    }

    /// Remembers it. Two at once may both be in time: this spares the server, it guards nothing.
    pub async fn put_pace(&self, name: &TokenHash, kept: Pace, until: Timestamp, now: Timestamp) -> Result<(), TransientError> {
        self.put(&pace(name), &to_json(&kept)?, until, now).await
    }

    /// Puts a request on the list of a person: of the places that there are, the first that is free; none if the list is full.
    pub async fn take_seat(
        &self,
        account: AccountId,
        approval: ApprovalId,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Option<u8>, TransientError> {
        for seat in 0..SEATS {
            if self.claim(&seat_key("seat-claim", account, seat), until, now).await? {
                self.put(&seat_key("seat", account, seat), &approval.bytes(), until, now).await?;
                return Ok(Some(seat));
            }
        }
        Ok(None)
    }

    /// What stands on the list of a person.
    pub async fn seated(&self, account: AccountId, now: Timestamp) -> Result<Vec<ApprovalId>, TransientError> {
        let mut found = Vec::new();
        for seat in 0..SEATS {
            let key = seat_key("seat", account, seat);
            let Some(bytes) = self.get(&key, now).await? else { continue };
            let bytes = bytes.try_into().map_err(|_| TransientError::Corrupt { kind: key.kind })?;
            found.push(ApprovalId::from_bytes(bytes));
        }
        Ok(found)
    }

    /// Makes the place free again, after somebody decided.
    pub async fn leave_seat(&self, account: AccountId, seat: u8) -> Result<(), TransientError> {
        self.forget_all(&[seat_key("seat", account, seat), seat_key("seat-claim", account, seat)]).await?;
        self.save().await
    }
}
