//! The things that the process under test uses, named by texts, and how a single-use thing is used.
//!
//! Every id is a hash of the name, so that the ledger is lines of text and the test finds again what a killed process wrote.

use super::ledger::Verb;
use crate::store::{at, client_id, event, grant};
use panjereh::identity::id::{AccountId, EventId, GrantId, InteractionId, SessionId};
use panjereh::records::event::{Event, EventKind};
use panjereh::records::grant::Grant;
use panjereh::records::session::Session;
use panjereh::secret::TokenHash;
use panjereh::store::{GRANT_EXISTS, RefreshClaim, Store, StoreError, Tx};
use panjereh::time::Timestamp;
use panjereh::transient::{Budget, Paid, Taken, Transient};
use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

/// The address of the database in a folder.
pub fn address(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("panjereh.sqlite").display())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An authorization code: a grant under the code's id makes it work once.
    Code,
    /// A refresh token, there from the use of the code or of its predecessor on.
    Refresh,
    /// A one-time code by SMS.
    Otp,
    /// A replay marker.
    Jti,
    /// An authorization request on its way through the pages.
    Interaction,
    /// Tries that are counted.
    Counter,
    /// A browser's session.
    Session,
    /// The mark of a session that has ended.
    EndedMark,
    /// An access token that was revoked.
    Revoked,
}

const KINDS: [(Kind, &str); 9] = [
    (Kind::Code, "code"),
    (Kind::Refresh, "refresh"),
    (Kind::Otp, "otp"),
    (Kind::Jti, "jti"),
    (Kind::Interaction, "interaction"),
    (Kind::Counter, "counter"),
    (Kind::Session, "session"),
    (Kind::EndedMark, "ended-mark"),
    (Kind::Revoked, "revoked"),
];

impl Kind {
    /// Whether it is a row of short-lived state that is decided in memory.
    pub fn is_taken(self) -> bool {
        matches!(self, Self::Otp | Self::Jti | Self::Interaction)
    }

    pub fn may_be_used_once(self) -> bool {
        self.is_taken() || matches!(self, Self::Code | Self::Refresh)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Thing {
    pub kind: Kind,
    pub name: String,
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = KINDS.iter().find(|(kind, _)| *kind == self.kind).expect("every kind has a name").1;
        write!(f, "{kind} {}", self.name)
    }
}

impl FromStr for Thing {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, name) = text.split_once(' ').ok_or_else(|| format!("no thing: {text}"))?;
        let kind = KINDS.iter().find(|(_, named)| *named == kind).ok_or_else(|| format!("no kind: {text}"))?.0;
        Ok(Self { kind, name: name.to_owned() })
    }
}

impl Thing {
    pub fn new(kind: Kind, name: &str) -> Self {
        Self { kind, name: name.to_owned() }
    }

    fn id(&self, of: &str) -> [u8; 16] {
        let hash = TokenHash::of(&format!("{of} {self}")).0;
        hash[..16].try_into().expect("sixteen bytes")
    }

    /// The round whose process made it: the first number of its name.
    pub fn made_in(&self) -> Round {
        Round(self.name.split('.').next().and_then(|number| number.parse().ok()).expect("a name begins with a round"))
    }

    /// The hash under which a secret of this name is kept.
    pub fn hash(&self) -> TokenHash {
        TokenHash::of(&self.to_string())
    }

    /// The account whose events are the effects of the uses of this thing.
    pub fn account(&self) -> AccountId {
        AccountId::from_bytes(self.id("account"))
    }

    /// What a use by `by` writes to the log.
    pub fn effect(&self, by: &str) -> Event {
        let id = EventId::from_bytes(self.id(&format!("effect by {by} of")));
        Event { id, ..event(self.account(), EventKind::TokensIssued, 1) }
    }

    pub fn grant_id(&self) -> GrantId {
        // All refresh tokens of a code belong to its grant.
        let code = Self::new(Kind::Code, self.name.trim_end_matches('+'));
        GrantId::from_bytes(code.id("grant"))
    }

    /// The grant that the use of a code by `by` makes.
    pub fn grant(&self, by: &str) -> Grant {
        let session = SessionId::from_bytes(self.id("session"));
        Grant { id: self.grant_id(), nonce: Some(by.to_owned()), ..grant(self.account(), session) }
    }

    pub fn interaction_id(&self) -> InteractionId {
        InteractionId::from_bytes(self.id("interaction"))
    }

    pub fn session_id(&self) -> SessionId {
        SessionId::from_bytes(self.id("session"))
    }

    pub fn session(&self, now: Timestamp) -> Session {
        Session {
            id: self.session_id(),
            account: self.account(),
            methods: Vec::new(),
            auth_time: now,
            began_at: now,
            seen_at: now,
        }
    }

    /// The refresh token that a use of this thing gives.
    pub fn successor(&self) -> Option<Self> {
        match self.kind {
            Kind::Code => Some(Self::new(Kind::Refresh, &self.name)),
            Kind::Refresh => Some(Self::new(Kind::Refresh, &format!("{}+", self.name))),
            _ => None,
        }
    }
}

/// When a round is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Round(pub u32);

impl Round {
    /// Short-lived rows of a round live in so many rounds after it.
    pub const LIVES: u32 = 2;

    pub fn now(self) -> Timestamp {
        at(i64::from(self.0) * 100)
    }

    pub fn until(self) -> Timestamp {
        self.now().plus(Duration::from_secs(250))
    }
}

/// When grants and refresh tokens end.
fn far() -> Timestamp {
    at(100_000_000)
}

/// How an attempt to use something ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Used,
    Refused,
    Unknown,
}

impl<T> From<Taken<T>> for Outcome {
    fn from(taken: Taken<T>) -> Self {
        match taken {
            Taken::First(_) => Self::Used,
            Taken::Again => Self::Refused,
            Taken::Unknown => Self::Unknown,
        }
    }
}

/// The store and the short-lived state of one process.
#[derive(Clone)]
pub struct Engine {
    pub store: Store,
    pub transient: Transient,
    pub round: Round,
}

/// Receives the report of what happens.
pub trait Says: Sync {
    fn say(&self, verb: Verb, thing: &Thing, by: &str);
}

impl Engine {
    /// Opens the database of a folder as a server does.
    pub async fn open(folder: &Path, round: u32) -> Self {
        let store = Store::open(&address(folder)).await.expect("the store opens");
        store.serve_alone().expect("the lock of a process that was killed is free");
        let transient = Transient::embedded(&store);
        transient.ready().await.expect("the journal can be read");
        Self { store, transient, round: Round(round) }
    }

    /// Stores something that can be taken.
    pub async fn put(&self, thing: &Thing) {
        let (now, until) = (self.round.now(), self.round.until());
        match thing.kind {
            Kind::Otp => self.transient.put_otp(&thing.name, &thing.hash(), until, now).await.unwrap(),
            Kind::Interaction => self
                .transient
                .put_interaction(thing.interaction_id(), &0_u32, Paid { until, by: &Budget::UNLIMITED }, now)
                .await
                .unwrap(),
            _ => panic!("{thing} is not put"),
        }
    }

    /// Takes something of short-lived state.
    async fn take(&self, thing: &Thing) -> Outcome {
        let (now, until) = (self.round.now(), self.round.until());
        match thing.kind {
            Kind::Otp => self.transient.take_otp(&thing.name, now).await.unwrap().into(),
            Kind::Interaction => self.transient.take_interaction::<u32>(thing.interaction_id(), now).await.unwrap().into(),
            Kind::Jti if self.transient.claim_jti(&client_id("tax"), &thing.name, until, now).await.unwrap() => Outcome::Used,
            Kind::Jti => Outcome::Refused,
            _ => panic!("{thing} is not taken"),
        }
    }

    /// Uses a single-use thing: takes it, writes the effect, and returns when that is on disk.
    pub async fn use_once(&self, says: &dyn Says, thing: &Thing, by: &str) -> Outcome {
        says.say(Verb::Tries, thing, by);
        if thing.kind.is_taken() {
            match self.take(thing).await {
                Outcome::Used => says.say(Verb::Took, thing, by),
                other => return refuse(says, thing, by, other),
            }
        }
        let mut tx = self.store.write().await.unwrap();
        match self.write_use(&mut tx, thing, by).await.unwrap() {
            Outcome::Used => {}
            other => return refuse(says, thing, by, other),
        }
        says.say(Verb::Saves, thing, by);
        match tx.save().await {
            Ok(()) => says.say(Verb::Saved, thing, by),
            Err(error) if thing.kind == Kind::Code && error.conflict() == Some(GRANT_EXISTS) => {
                return refuse(says, thing, by, Outcome::Refused);
            }
            Err(error) => panic!("{thing} cannot be saved: {error}"),
        }
        Outcome::Used
    }

    async fn write_use(&self, tx: &mut Tx, thing: &Thing, by: &str) -> Result<Outcome, StoreError> {
        let now = self.round.now();
        match thing.kind {
            Kind::Code => tx.insert_grant(&thing.grant(by), far()).await?,
            Kind::Refresh => match tx.claim_refresh(&thing.hash(), now).await? {
                RefreshClaim::First(grant) => assert_eq!(grant, thing.grant_id(), "{thing} belongs to another grant"),
                RefreshClaim::Again { .. } => return Ok(Outcome::Refused),
                RefreshClaim::Unknown | RefreshClaim::Expired => return Ok(Outcome::Unknown),
            },
            _ => {}
        }
        if let Some(successor) = thing.successor() {
            tx.insert_refresh(&successor.hash(), thing.grant_id(), now, far()).await?;
        }
        tx.append_event(&thing.effect(by)).await?;
        Ok(Outcome::Used)
    }
}

fn refuse(says: &dyn Says, thing: &Thing, by: &str, outcome: Outcome) -> Outcome {
    says.say(if outcome == Outcome::Unknown { Verb::Unknown } else { Verb::Refused }, thing, by);
    outcome
}
