//! What single sign-on reads again and again, cache in memory: accounts, consents and live grants.
//!
//! Only on SQLite, where this process alone has the database; with PostgreSQL other instances could change a row behind our back. Every
//! change goes through a [`crate::store::Tx`], which notes what it touches; after its commit, and before it reports success, that is forgotten
//! here. Two rules keep a stale value out:
//!
//! - What was read goes in through a placeholder taken before the read. Forgetting removes the placeholder as well. Where the key was not
//!   known before the read, it goes in unless anything at all was forgotten since.
//! - What was written goes in after its commit, unless it was forgotten since it was written.

use crate::client::words::ClientId;
use crate::identity::account::Account;
use crate::identity::id::{AccountId, GrantId};
use crate::records::consent::Consent;
use crate::records::grant::Grant;
use crate::store::StoreError;
use quick_cache::sync::{Cache, GuardResult};
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How many accounts, and how many live grants.
const MOST: usize = 8192;
/// How many consents: a person has several.
const MOST_CONSENTS: usize = 16_384;
/// Keys share this many counters; two that meet in one only forget too much.
const COUNTERS: usize = 1024;

/// The memory of one open SQLite database.
pub(crate) struct RowCache {
    pub(crate) accounts: Memory<AccountId, Arc<Account>>,
    /// What an account allows a client, or that it allows nothing.
    pub(crate) consents: Memory<(AccountId, ClientId), Option<Arc<Consent>>>,
    /// Grants that were not ended.
    pub(crate) grants: Memory<GrantId, Arc<Grant>>,
}

impl RowCache {
    pub(crate) fn new() -> Self {
        Self { accounts: Memory::new(MOST), consents: Memory::new(MOST_CONSENTS), grants: Memory::new(MOST) }
    }
}

/// Values of one kind.
pub(crate) struct Memory<K, V> {
    values: Cache<K, V>,
    /// How often keys were forgotten, by the hash of the key.
    forgotten: Box<[AtomicU64]>,
    /// How often any was.
    any_forgotten: AtomicU64,
    hasher: RandomState,
}

/// How often a key had been forgotten when it was written.
#[derive(Clone, Copy)]
pub(crate) struct Mark(u64);

/// How often any key had been forgotten when something was about to be read.
#[derive(Clone, Copy)]
pub(crate) struct Before(u64);

impl<K: Hash + Eq + Clone, V: Clone> Memory<K, V> {
    fn new(most: usize) -> Self {
        let forgotten = std::iter::repeat_with(AtomicU64::default).take(COUNTERS).collect();
        Self { values: Cache::new(most), forgotten, any_forgotten: AtomicU64::new(0), hasher: RandomState::new() }
    }

    pub(crate) fn get(&self, key: &K) -> Option<V> {
        self.values.get(key)
    }

    /// What is cache under `key`; what is not, `read` finds and is cache from then on.
    pub(crate) async fn get_or_read<R>(&self, key: &K, read: R) -> Result<Option<V>, StoreError>
    where
        R: Future<Output = Result<Option<V>, StoreError>>,
    {
        let place = match self.values.get_value_or_guard_async(key).await {
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

    /// To be taken before something is read whose key the read will tell.
    pub(crate) fn before_reading(&self) -> Before {
        Before(self.any_forgotten.load(Ordering::SeqCst))
    }

    /// Holds what was read, unless anything was forgotten meanwhile.
    pub(crate) fn keep_read(&self, key: &K, Before(before): Before, value: V) {
        if let GuardResult::Guard(place) = self.values.get_value_or_guard(key, Some(Duration::ZERO))
            && self.any_forgotten.load(Ordering::SeqCst) == before
        {
            // Refused when it was forgotten since.
            place.insert(value).ok();
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "any part of a hash is as good as another")]
    fn counter(&self, key: &K) -> &AtomicU64 {
        &self.forgotten[self.hasher.hash_one(key) as usize % COUNTERS]
    }

    /// To be taken with the writer in hand: whoever changes the same after us forgets it after this.
    fn mark(&self, key: &K) -> Mark {
        Mark(self.counter(key).load(Ordering::SeqCst))
    }

    fn forget(&self, key: &K) {
        self.any_forgotten.fetch_add(1, Ordering::SeqCst);
        self.counter(key).fetch_add(1, Ordering::SeqCst);
        self.values.remove(key);
    }

    /// Forgets what was cache and holds what was written, unless somebody else forgot it since.
    fn keep(&self, key: &K, Mark(mark): Mark, value: V) {
        self.forget(key);
        if let GuardResult::Guard(place) = self.values.get_value_or_guard(key, Some(Duration::ZERO))
            && self.counter(key).load(Ordering::SeqCst) == mark + 1
        {
            // Refused when it was forgotten since.
            place.insert(value).ok();
        }
    }
}

/// Something that a transaction changes.
pub(crate) enum Touched {
    Account(AccountId),
    Consent(AccountId, ClientId),
    Grant(GrantId),
}

/// Something that a transaction writes whole.
enum Written {
    Consent(Mark, Arc<Consent>),
    Grant(Mark, Arc<Grant>),
}

/// What a transaction has to tell the memory when it is saved.
#[derive(Default)]
pub(crate) struct Notes {
    touched: Vec<Touched>,
    written: Vec<Written>,
}

impl Notes {
    pub(crate) fn touch(&mut self, touched: Touched) {
        self.touched.push(touched);
    }

    /// To be called with the writer in hand.
    pub(crate) fn new_grant(&mut self, cache: &RowCache, grant: &Grant) {
        self.written.push(Written::Grant(cache.grants.mark(&grant.id), Arc::new(grant.clone())));
    }

    /// To be called with the writer in hand.
    pub(crate) fn put_consent(&mut self, cache: &RowCache, consent: &Consent) {
        let mark = cache.consents.mark(&(consent.account, consent.client.clone()));
        self.written.push(Written::Consent(mark, Arc::new(consent.clone())));
    }

    /// Whether something is to be forgotten, which must not be left undone. There is nothing to forget of a new grant.
    pub(crate) fn touches(&self) -> bool {
        !self.touched.is_empty() || self.written.iter().any(|written| matches!(written, Written::Consent(..)))
    }

    /// Tells the memory how the commit went.
    pub(crate) fn tell(self, cache: &RowCache, outcome: &Result<(), StoreError>) {
        // Also after a failure: a commit of which we do not know how it ended may have ended well.
        for touched in self.touched {
            match touched {
                Touched::Account(id) => cache.accounts.forget(&id),
                Touched::Consent(account, client) => cache.consents.forget(&(account, client)),
                Touched::Grant(id) => cache.grants.forget(&id),
            }
        }
        for written in self.written {
            match (written, outcome) {
                (Written::Grant(mark, grant), Ok(())) => cache.grants.keep(&grant.id.clone(), mark, grant),
                (Written::Consent(mark, consent), Ok(())) => {
                    cache.consents.keep(&(consent.account, consent.client.clone()), mark, Some(consent));
                }
                (Written::Consent(_, consent), Err(_)) => cache.consents.forget(&(consent.account, consent.client.clone())),
                (Written::Grant(..), Err(_)) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::assurance::Acr;
    use crate::identity::id::SessionId;
    use crate::oidc::claims::request::RequestedClaims;
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
        let (cache, grant) = (RowCache::new(), Arc::new(a_grant()));
        let read = async {
            cache.grants.forget(&grant.id);
            Ok(Some(grant.clone()))
        };
        assert_eq!(cache.grants.get_or_read(&grant.id, read).await.unwrap().as_ref(), Some(&grant));
        assert!(cache.grants.get(&grant.id).is_none());
        cache.grants.get_or_read(&grant.id, async { Ok(Some(grant.clone())) }).await.unwrap();
        assert!(cache.grants.get(&grant.id).is_some());
    }

    #[test]
    fn what_was_read_before_its_key_was_known_is_kept_unless_anything_was_forgotten_meanwhile() {
        let (cache, one, other) = (RowCache::new(), Arc::new(a_grant()), Arc::new(a_grant()));
        let before = cache.grants.before_reading();
        cache.grants.forget(&one.id);
        cache.grants.keep_read(&one.id, before, one.clone());
        assert!(cache.grants.get(&one.id).is_none());
        let before = cache.grants.before_reading();
        cache.accounts.forget(&one.account);
        cache.grants.keep_read(&one.id, before, one.clone());
        assert!(cache.grants.get(&one.id).is_some());
        cache.grants.forget(&other.id);
        cache.grants.keep_read(&other.id, before, other.clone());
        assert!(cache.grants.get(&other.id).is_none());
        assert!(cache.grants.get(&one.id).is_some());
    }

    #[test]
    fn a_new_grant_is_kept_only_if_it_was_saved_and_not_ended_since_it_was_added() {
        let (cache, saved, failed) = (RowCache::new(), Ok(()), Err(StoreError::Aborted));
        let note = |grant: &Grant| {
            let mut notes = Notes::default();
            notes.new_grant(&cache, grant);
            notes
        };
        let (kept, ended, lost) = (a_grant(), a_grant(), a_grant());
        note(&lost).tell(&cache, &failed);
        let notes = note(&ended);
        cache.grants.forget(&ended.id);
        notes.tell(&cache, &saved);
        note(&kept).tell(&cache, &saved);
        assert!(cache.grants.get(&kept.id).is_some());
        assert!(cache.grants.get(&lost.id).is_none());
        assert!(cache.grants.get(&ended.id).is_none());
    }

    #[test]
    fn of_two_consents_the_earlier_is_never_kept_in_whichever_order_their_writers_are_told() {
        let consent = |at: i64| Consent {
            account: AccountId::from_bytes([7; 16]),
            client: ClientId::parse("tax").unwrap(),
            scopes: Vec::new(),
            claims: Vec::new(),
            given_at: Timestamp::from_seconds(at),
        };
        let key = (consent(1).account, consent(1).client);
        let note = |cache: &RowCache, at| {
            let mut notes = Notes::default();
            notes.put_consent(cache, &consent(at));
            notes
        };
        let held_at = |cache: &RowCache| cache.consents.get(&key).map(|consent| consent.map(|consent| consent.given_at));
        for told_in_order in [true, false] {
            let cache = RowCache::new();
            let (first, second) = (note(&cache, 1), note(&cache, 2));
            let (one, other) = if told_in_order { (first, second) } else { (second, first) };
            one.tell(&cache, &Ok(()));
            other.tell(&cache, &Ok(()));
            assert_ne!(held_at(&cache), Some(Some(consent(1).given_at)));
        }
        let cache = RowCache::new();
        note(&cache, 1).tell(&cache, &Ok(()));
        assert_eq!(held_at(&cache), Some(Some(consent(1).given_at)));
        note(&cache, 2).tell(&cache, &Ok(()));
        assert_eq!(held_at(&cache), Some(Some(consent(2).given_at)));
        note(&cache, 3).tell(&cache, &Err(StoreError::Aborted));
        assert_eq!(held_at(&cache), None, "who knows what the database holds");
        let mut withdrawn = Notes::default();
        let given = note(&cache, 4);
        withdrawn.touch(Touched::Consent(key.0, key.1.clone()));
        withdrawn.tell(&cache, &Ok(()));
        given.tell(&cache, &Ok(()));
        assert_eq!(held_at(&cache), None, "withdrawn after it was given, and told before");
    }
}
