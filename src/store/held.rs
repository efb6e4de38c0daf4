//! What single sign-on reads again and again, held in memory: accounts, consents and live grants.
//!
//! Only on SQLite, where this process alone has the database; with PostgreSQL other instances could change a row behind our back. Every
//! change goes through a [`super::Tx`], which notes what it touches; after its commit, and before it reports success, that is forgotten
//! here. Two rules keep a stale value out:
//!
//! - What was read goes in through a placeholder taken before the read. Forgetting removes the placeholder as well.
//! - A new grant goes in after its commit, unless anything was forgotten since it was inserted.

use super::StoreError;
use crate::identity::account::Account;
use crate::identity::consent::{Consent, Grant};
use crate::identity::id::{AccountId, GrantId};
use crate::oidc::client::ClientId;
use quick_cache::sync::{Cache, GuardResult};
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How many accounts, and how many live grants.
const MOST: usize = 8192;
/// How many consents: a person has several.
const MOST_CONSENTS: usize = 16_384;

/// The memory of one open SQLite database.
pub(super) struct Held {
    pub(super) accounts: Cache<AccountId, Arc<Account>>,
    /// What an account allows a client, or that it allows nothing.
    pub(super) consents: Cache<(AccountId, ClientId), Option<Arc<Consent>>>,
    /// Grants that were not ended.
    pub(super) grants: Cache<GrantId, Arc<Grant>>,
    /// How often something was forgotten.
    forgotten: AtomicU64,
}

/// Something that a transaction changes.
pub(super) enum Touched {
    Account(AccountId),
    Consent(AccountId, ClientId),
    Grant(GrantId),
}

/// What a transaction has to tell the memory when it is saved.
#[derive(Default)]
pub(super) struct Notes {
    touched: Vec<Touched>,
    /// New grants, each with what [`Held::forgotten`] was.
    fresh: Vec<(u64, Arc<Grant>)>,
}

impl Held {
    pub(super) fn new() -> Self {
        Self {
            accounts: Cache::new(MOST),
            consents: Cache::new(MOST_CONSENTS),
            grants: Cache::new(MOST),
            forgotten: AtomicU64::new(0),
        }
    }

    fn forget(&self, touched: &[Touched]) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        for touched in touched {
            match touched {
                Touched::Account(id) => drop(self.accounts.remove(id)),
                Touched::Consent(account, client) => drop(self.consents.remove(&(*account, client.clone()))),
                Touched::Grant(id) => drop(self.grants.remove(id)),
            }
        }
    }

    fn keep(&self, forgotten_before: u64, grant: Arc<Grant>) {
        if let GuardResult::Guard(place) = self.grants.get_value_or_guard(&grant.id, Some(Duration::ZERO))
            && self.forgotten.load(Ordering::SeqCst) == forgotten_before
        {
            // Refused when it was forgotten since.
            place.insert(grant).ok();
        }
    }
}

impl Notes {
    pub(super) fn touch(&mut self, touched: Touched) {
        self.touched.push(touched);
    }

    /// To be called with the writer in hand: whoever ends this grant comes after us.
    pub(super) fn add(&mut self, held: &Held, grant: &Grant) {
        self.fresh.push((held.forgotten.load(Ordering::SeqCst), Arc::new(grant.clone())));
    }

    /// Whether something is to be forgotten, which must not be left undone.
    pub(super) const fn touches(&self) -> bool {
        !self.touched.is_empty()
    }

    /// Tells the memory how the commit went.
    pub(super) fn tell(self, held: &Held, outcome: &Result<(), StoreError>) {
        // Also after a failure: a commit of which we do not know how it ended may have ended well.
        if self.touches() {
            held.forget(&self.touched);
        }
        if outcome.is_ok() {
            for (forgotten_before, grant) in self.fresh {
                held.keep(forgotten_before, grant);
            }
        }
    }
}

/// What the memory holds under `key`; what it does not, `read` finds and the memory keeps.
pub(super) async fn held_or_read<K, V, R>(cache: &Cache<K, V>, key: &K, read: R) -> Result<Option<V>, StoreError>
where
    K: Hash + Eq + Clone,
    V: Clone,
    R: Future<Output = Result<Option<V>, StoreError>>,
{
    let place = match cache.get_value_or_guard_async(key).await {
        Ok(value) => return Ok(Some(value)),
        Err(place) => place,
    };
    let found = read.await?;
    if let Some(value) = &found {
        // Refused when it was forgotten meanwhile; then what we read may be old, and a later reader asks the database.
        place.insert(value.clone()).ok();
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::assurance::Acr;
    use crate::identity::id::SessionId;
    use crate::oidc::claims_request::RequestedClaims;
    use crate::random::Random;
    use crate::time::Timestamp;

    const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

    fn a_grant() -> Grant {
        Grant {
            id: GrantId::new(&Random::Os, NOW),
            account: AccountId::new(&Random::Os, NOW),
            client: ClientId::parse("tax").unwrap(),
            session: SessionId::new(&Random::Os, NOW),
            scopes: Vec::new(),
            auth_time: NOW,
            methods: Vec::new(),
            acr: Acr::Low,
            nonce: None,
            claims: RequestedClaims::default(),
            created_at: NOW,
            bound_to: None,
            details: None,
            resources: Vec::new(),
        }
    }

    #[tokio::test]
    async fn what_was_forgotten_while_it_was_read_is_not_kept() {
        let (held, grant) = (Held::new(), Arc::new(a_grant()));
        let read = async {
            held.forget(&[Touched::Grant(grant.id)]);
            Ok(Some(grant.clone()))
        };
        assert_eq!(held_or_read(&held.grants, &grant.id, read).await.unwrap().as_ref(), Some(&grant));
        assert!(held.grants.get(&grant.id).is_none());
        held_or_read(&held.grants, &grant.id, async { Ok(Some(grant.clone())) }).await.unwrap();
        assert!(held.grants.get(&grant.id).is_some());
    }

    #[test]
    fn a_new_grant_is_kept_only_if_nothing_was_forgotten_since_it_was_added_and_it_was_saved() {
        let (held, saved, failed) = (Held::new(), Ok(()), Err(StoreError::Aborted));
        let note = |grant: &Grant| {
            let mut notes = Notes::default();
            notes.add(&held, grant);
            notes
        };
        let (kept, ended, lost) = (a_grant(), a_grant(), a_grant());
        note(&kept).tell(&held, &saved);
        note(&lost).tell(&held, &failed);
        let notes = note(&ended);
        held.forget(&[Touched::Grant(ended.id)]);
        notes.tell(&held, &saved);
        assert!(held.grants.get(&kept.id).is_some());
        assert!(held.grants.get(&lost.id).is_none());
        assert!(held.grants.get(&ended.id).is_none());
    }
}
