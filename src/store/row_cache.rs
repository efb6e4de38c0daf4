//! The row cache: accounts, consents and live grants, which single sign-on reads again and again, in memory.
//!
//! Only on SQLite, where one process has the database to itself; on PostgreSQL, another instance could change a row unnoticed.
//! Every change is made through a [`crate::store::Tx`], which records what it touches; after its commit, and before it reports
//! success, the touched rows are removed from the cache. Two rules keep stale values out:
//!
//! - A value that was read is cached through a placeholder from before the read. Removing the key removes the placeholder as
//!   well. If the key was not known before the read, the value is cached only if no key was removed in the meantime.
//! - A value that was written is cached after its commit, unless its key was removed after the write.

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

/// How many accounts, and how many live grants, are cached.
const MOST: usize = 8192;
/// How many consents are cached: a person has several.
const MOST_CONSENTS: usize = 16_384;
/// Keys share this many counters. Two keys with the same counter only cause removals that were not needed.
const COUNTERS: usize = 1024;

/// The cache of one open SQLite database.
pub(crate) struct RowCache {
    pub(crate) accounts: Memory<AccountId, Arc<Account>>,
    /// The consent of an account for a client, or that there is none.
    pub(crate) consents: Memory<(AccountId, ClientId), Option<Arc<Consent>>>,
    /// Grants that have not ended.
    pub(crate) grants: Memory<GrantId, Arc<Grant>>,
}

impl RowCache {
    pub(crate) fn new() -> Self {
        Self { accounts: Memory::new(MOST), consents: Memory::new(MOST_CONSENTS), grants: Memory::new(MOST) }
    }
}

/// Cached values of one kind.
pub(crate) struct Memory<K, V> {
    values: Cache<K, V>,
    /// How often keys were removed, by the hash of the key.
    forgotten: Box<[AtomicU64]>,
    /// How often any key was removed.
    any_forgotten: AtomicU64,
    hasher: RandomState,
}

/// How often a key had been removed at the time of its write.
#[derive(Clone, Copy)]
pub(crate) struct Mark(u64);

/// How often any key had been removed at the time before a read.
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

    /// The cached value of `key`; if there is none, the result of `read`, which is cached.
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
            // Fails if the key was removed in the meantime: the value may be stale then, and a later reader asks the database.
            place.insert(value.clone()).ok();
        }
        Ok(found)
    }

    /// Call it before a read that reveals the key.
    pub(crate) fn before_reading(&self) -> Before {
        Before(self.any_forgotten.load(Ordering::SeqCst))
    }

    /// Caches a value that was read, unless any key was removed in the meantime.
    pub(crate) fn keep_read(&self, key: &K, Before(before): Before, value: V) {
        if let GuardResult::Guard(place) = self.values.get_value_or_guard(key, Some(Duration::ZERO))
            && self.any_forgotten.load(Ordering::SeqCst) == before
        {
            // Fails if the key was removed in the meantime.
            place.insert(value).ok();
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "any part of a hash is as good as another")]
    fn counter(&self, key: &K) -> &AtomicU64 {
        &self.forgotten[self.hasher.hash_one(key) as usize % COUNTERS]
    }

    /// Call it while holding the writer: a later change of the same key then removes it after this.
    fn mark(&self, key: &K) -> Mark {
        Mark(self.counter(key).load(Ordering::SeqCst))
    }

    fn forget(&self, key: &K) {
        self.any_forgotten.fetch_add(1, Ordering::SeqCst);
        self.counter(key).fetch_add(1, Ordering::SeqCst);
        self.values.remove(key);
    }

    /// Replaces the cached value by the written one, unless another transaction has removed the key since the write.
    fn keep(&self, key: &K, Mark(mark): Mark, value: V) {
        self.forget(key);
        if let GuardResult::Guard(place) = self.values.get_value_or_guard(key, Some(Duration::ZERO))
            && self.counter(key).load(Ordering::SeqCst) == mark + 1
        {
            // Fails if the key was removed in the meantime.
            place.insert(value).ok();
        }
    }
}

/// A row that a transaction changes.
pub(crate) enum Touched {
    Account(AccountId),
    Consent(AccountId, ClientId),
    Grant(GrantId),
}

/// A row that a transaction writes as a whole.
enum Written {
    Consent(Mark, Arc<Consent>),
    Grant(Mark, Arc<Grant>),
}

/// The changes that a transaction reports to the cache when it is saved.
#[derive(Default)]
pub(crate) struct Notes {
    touched: Vec<Touched>,
    written: Vec<Written>,
}

impl Notes {
    pub(crate) fn touch(&mut self, touched: Touched) {
        self.touched.push(touched);
    }

    /// Call it while holding the writer.
    pub(crate) fn new_grant(&mut self, cache: &RowCache, grant: &Grant) {
        self.written.push(Written::Grant(cache.grants.mark(&grant.id), Arc::new(grant.clone())));
    }

    /// Call it while holding the writer.
    pub fn put_consent(&mut self, cache: &RowCache, consent: &Consent) {
        let mark = cache.consents.mark(&(consent.account, consent.client.clone()));
        self.written.push(Written::Consent(mark, Arc::new(consent.clone())));
    }

    /// Whether a key has to be removed, which must not be skipped. A new grant needs no removal.
    pub(crate) fn touches(&self) -> bool {
        !self.touched.is_empty() || self.written.iter().any(|written| matches!(written, Written::Consent(..)))
    }

    /// Updates the cache with the outcome of the commit.
    pub(crate) fn tell(self, cache: &RowCache, outcome: &Result<(), StoreError>) {
        // Also after a failure: a commit whose outcome is unknown may have succeeded.
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
    async fn a_row_removed_while_it_was_read_is_not_cached() {
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
    fn a_row_read_before_its_key_was_known_is_cached_unless_a_key_was_removed_meanwhile() {
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
    fn a_new_grant_is_cached_only_if_it_was_saved_and_not_ended_since_it_was_added() {
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
    fn of_two_consents_the_earlier_is_never_cached_in_whichever_order_their_commits_are_reported() {
        let consent = |at: i64| Consent {
            account: AccountId::from_bytes([7; 16]),
            client: ClientId::parse("tax").unwrap(),
            scopes: Vec::new(),
            claims: Vec::new(),
            given_at: Timestamp::from_seconds(at),
            shown: None,
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
        assert_eq!(held_at(&cache), None, "the outcome in the database is unknown");
        let mut withdrawn = Notes::default();
        let given = note(&cache, 4);
        withdrawn.touch(Touched::Consent(key.0, key.1.clone()));
        withdrawn.tell(&cache, &Ok(()));
        given.tell(&cache, &Ok(()));
        assert_eq!(held_at(&cache), None, "withdrawn after it was given, and reported before");
    }
}
