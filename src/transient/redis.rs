//! Short-lived state in Redis: one short script for each operation, which makes it atomic.
//!
//! A key is a hash of `v` (value), `n` (uses) and `e` (expiry, milliseconds). Redis deletes it by its own clock; whether it has
//! expired is decided by `e` and the `now` that is passed in. Whether sessions survive a restart of Redis is decided by its own
//! setting (`appendonly`). `redis/link.rs`: the connection.

mod link;

use crate::settings::ServerTls;
use crate::time::Timestamp;
use crate::transient::limits::held::Held;
use crate::transient::redis::link::Link;
use crate::transient::{Bounded, Key, Taken, TransientError};
use redis::{RedisError, Script, cmd};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// Arguments: value, expiry, milliseconds from now.
const PUT: &str = "redis.call('HSET', KEYS[1], 'v', ARGV[1], 'n', 0, 'e', ARGV[2]) redis.call('PEXPIRE', KEYS[1], ARGV[3])";
/// Arguments: value, now. Returns 1 if there was a value to change.
const REPLACE: &str = "local e = redis.call('HGET', KEYS[1], 'e') \
    if not e or tonumber(e) <= tonumber(ARGV[2]) then return 0 end \
    redis.call('HSET', KEYS[1], 'v', ARGV[1]) return 1";
/// Arguments: new value, old value, now. Returns the expiry if the old value was there and not taken, and 0 otherwise.
const COMPARE_AND_SWAP: &str = "local k = redis.call('HMGET', KEYS[1], 'v', 'n', 'e') \
    if not k[3] or tonumber(k[3]) <= tonumber(ARGV[3]) or tonumber(k[2]) ~= 0 or k[1] ~= ARGV[2] then return 0 end \
    redis.call('HSET', KEYS[1], 'v', ARGV[1]) return k[3]";
/// Arguments: new expiry, now, milliseconds from now. Returns 1 if there was a value that was not taken.
const PROLONG: &str = "local k = redis.call('HMGET', KEYS[1], 'n', 'e') \
    if not k[2] or tonumber(k[2]) <= tonumber(ARGV[2]) or tonumber(k[1]) ~= 0 then return 0 end \
    redis.call('HSET', KEYS[1], 'e', ARGV[1]) redis.call('PEXPIRE', KEYS[1], ARGV[3]) return 1";
/// Argument: now. Returns uses, value and expiry; zero uses if there is no value. The value is returned once, and is gone then.
const TAKE: &str = "local e = redis.call('HGET', KEYS[1], 'e') \
    if not e or tonumber(e) <= tonumber(ARGV[1]) then return {0, '', '0'} end \
    local v = redis.call('HGET', KEYS[1], 'v') redis.call('HDEL', KEYS[1], 'v') \
    return {redis.call('HINCRBY', KEYS[1], 'n', 1), v, e}";
/// Arguments: expiry of the mark, now, milliseconds from now. Returns 1 to the caller that is the first.
const CLAIM_OVER: &str = "local e = redis.call('HGET', KEYS[1], 'e') \
    local n = e and tonumber(e) > tonumber(ARGV[2]) and tonumber(redis.call('HGET', KEYS[1], 'n')) or 0 \
    redis.call('HDEL', KEYS[1], 'v') redis.call('HSET', KEYS[1], 'n', n + 1, 'e', ARGV[1]) \
    redis.call('PEXPIRE', KEYS[1], ARGV[3]) return n == 0 and 1 or 0";
/// Arguments: expiry, now, milliseconds from now. Returns 1 to the caller whose claim succeeds.
const CLAIM: &str = "local e = redis.call('HGET', KEYS[1], 'e') \
    if e and tonumber(e) > tonumber(ARGV[2]) then return 0 end \
    redis.call('HSET', KEYS[1], 'n', 1, 'e', ARGV[1]) redis.call('PEXPIRE', KEYS[1], ARGV[3]) return 1";
/// Arguments: end of a new window, now, milliseconds of the window. Returns count and end of the window.
const COUNT: &str = "local e = redis.call('HGET', KEYS[1], 'e') \
    if e and tonumber(e) > tonumber(ARGV[2]) then return {redis.call('HINCRBY', KEYS[1], 'n', 1), e} end \
    redis.call('HSET', KEYS[1], 'n', 1, 'e', ARGV[1]) redis.call('PEXPIRE', KEYS[1], ARGV[3]) return {1, ARGV[1]}";

/// Arguments: now; then for each key its maximum, its weight, the end of a new window, and milliseconds of the window. Returns 0 if
/// each was counted; if one is full, the end of the last full window, and nothing was counted.
const COUNT_ALL: &str = "local now, full = tonumber(ARGV[1]), 0 \
    local open = function(key) local e = redis.call('HGET', key, 'e') return e and tonumber(e) > now and tonumber(e) end \
    for i, key in ipairs(KEYS) do local e = open(key) \
        local n = e and tonumber(redis.call('HGET', key, 'n')) or 0 \
        if n + tonumber(ARGV[4 * i - 1]) > tonumber(ARGV[4 * i - 2]) then full = math.max(full, e or tonumber(ARGV[4 * i])) end end \
    if full > 0 then return full end \
    for i, key in ipairs(KEYS) do \
        if open(key) then redis.call('HINCRBY', key, 'n', ARGV[4 * i - 1]) else \
            redis.call('HSET', key, 'n', ARGV[4 * i - 1], 'e', ARGV[4 * i]) redis.call('PEXPIRE', key, ARGV[4 * i + 1]) end end \
    return 0";
/// Argument: now.
const REFUND: &str = "local e = redis.call('HGET', KEYS[1], 'e') \
    if e and tonumber(e) > tonumber(ARGV[1]) and tonumber(redis.call('HGET', KEYS[1], 'n')) > 0 then \
        redis.call('HINCRBY', KEYS[1], 'n', -1) end";

/// How long the proof that Redis can be written is kept.
const PROVED_FOR: Duration = Duration::from_mins(1);

/// The Redis backend.
#[derive(Clone)]
pub struct Redis {
    connection: Link,
    shared: Arc<Shared>,
    /// What this instance put there.
    pub(crate) held: Arc<Held>,
}

struct Shared {
    prefix: Vec<u8>,
    put: Script,
    replace: Script,
    compare_and_swap: Script,
    prolong: Script,
    take: Script,
    claim: Script,
    claim_over: Script,
    count: Script,
    count_all: Script,
    refund: Script,
}

/// Whether an address can be used as the settings want it. Connects to nothing.
pub(crate) fn check_address(url: &str, tls: &ServerTls) -> Result<(), TransientError> {
    Ok(link::Link::check(url, tls)?)
}

impl From<RedisError> for TransientError {
    fn from(error: RedisError) -> Self {
        Self::Unavailable(Arc::new(error))
    }
}

/// What is wrong, in words for an operator that tell a stranger neither address nor name; `None` for an error that is not Redis's.
pub(crate) fn reason_of(cause: &(dyn Error + Send + Sync + 'static)) -> Option<&'static str> {
    let error = cause.downcast_ref::<RedisError>()?;
    Some(match error.code() {
        Some("OOM") => "it is out of memory",
        Some("READONLY" | "MASTERDOWN") => "it is a read-only replica",
        Some("LOADING") => "it is starting",
        Some("MISCONF") => "its disk cannot be written",
        Some("NOAUTH" | "WRONGPASS" | "NOPERM") => "it refuses the user or the password",
        _ if error.is_timeout() => "it does not answer in time",
        _ if error.is_connection_refusal() => "nothing answers at its address",
        _ if error.is_io_error() => "the connection to it broke",
        _ => "it answers with an error",
    })
}

impl Redis {
    pub(crate) async fn connect(url: &str, prefix: &str, tls: &ServerTls) -> Result<Self, TransientError> {
        let connection = Link::open(url, tls).await?;
        let shared = Shared {
            prefix: prefix.as_bytes().to_vec(),
            put: Script::new(PUT),
            replace: Script::new(REPLACE),
            compare_and_swap: Script::new(COMPARE_AND_SWAP),
            prolong: Script::new(PROLONG),
            take: Script::new(TAKE),
            claim: Script::new(CLAIM),
            claim_over: Script::new(CLAIM_OVER),
            count: Script::new(COUNT),
            count_all: Script::new(COUNT_ALL),
            refund: Script::new(REFUND),
        };
        Ok(Self { connection, shared: Arc::new(shared), held: Arc::default() })
    }

    fn name(&self, key: &Key) -> Vec<u8> {
        [self.shared.prefix.as_slice(), &key.bytes].concat()
    }

    /// Writes under a key of this instance, as a sign-in does: a Redis that is full or a replica answers to anything but a write.
    pub(crate) async fn prove_writable(&self, instance: &[u8], now: Timestamp) -> Result<(), TransientError> {
        let key = Key::new("ready", instance);
        self.put(&key, instance, now.plus(PROVED_FOR), now).await
    }

    pub(crate) async fn put(&self, key: &Key, value: &[u8], until: Timestamp, now: Timestamp) -> Result<(), TransientError> {
        let mut script = self.shared.put.key(self.name(key));
        script.arg(value).arg(until.millis()).arg(millis_left(until, now));
        Ok(script.invoke_async::<()>(&mut self.connection.clone()).await?)
    }

    pub(crate) async fn replace(&self, key: &Key, value: &[u8], now: Timestamp) -> Result<bool, TransientError> {
        let mut script = self.shared.replace.key(self.name(key));
        script.arg(value).arg(now.millis());
        let there: i64 = script.invoke_async(&mut self.connection.clone()).await?;
        Ok(there == 1)
    }

    pub(crate) async fn compare_and_swap(
        &self,
        key: &Key,
        old: &[u8],
        new: &[u8],
        now: Timestamp,
    ) -> Result<Option<Timestamp>, TransientError> {
        let mut script = self.shared.compare_and_swap.key(self.name(key));
        script.arg(new).arg(old).arg(now.millis());
        let until: i64 = script.invoke_async(&mut self.connection.clone()).await?;
        Ok((until > 0).then(|| Timestamp::from_millis(until)))
    }

    pub(crate) async fn prolong(&self, key: &Key, until: Timestamp, now: Timestamp) -> Result<bool, TransientError> {
        let mut script = self.shared.prolong.key(self.name(key));
        script.arg(until.millis()).arg(now.millis()).arg(millis_left(until, now));
        let done: i64 = script.invoke_async(&mut self.connection.clone()).await?;
        Ok(done == 1)
    }

    pub(crate) async fn get(&self, key: &Key, now: Timestamp) -> Result<Option<Vec<u8>>, TransientError> {
        let mut get = cmd("HMGET");
        get.arg(self.name(key)).arg("v").arg("n").arg("e");
        let (value, uses, expires_at): (Option<Vec<u8>>, Option<i64>, Option<i64>) =
            get.query_async(&mut self.connection.clone()).await?;
        Ok(value.filter(|_| uses == Some(0) && expires_at.is_some_and(|at| at > now.millis())))
    }

    pub(crate) async fn take(&self, key: &Key, now: Timestamp) -> Result<Taken<(Vec<u8>, Timestamp)>, TransientError> {
        let mut script = self.shared.take.key(self.name(key));
        script.arg(now.millis());
        let (uses, value, until): (i64, Option<Vec<u8>>, i64) = script.invoke_async(&mut self.connection.clone()).await?;
        Ok(match uses {
            0 => Taken::Unknown,
            1 => Taken::First((value.unwrap_or_default(), Timestamp::from_millis(until))),
            _ => Taken::Again,
        })
    }

    pub(crate) async fn claim(&self, key: &Key, until: Timestamp, now: Timestamp) -> Result<bool, TransientError> {
        let mut script = self.shared.claim.key(self.name(key));
        script.arg(until.millis()).arg(now.millis()).arg(millis_left(until, now));
        let won: i64 = script.invoke_async(&mut self.connection.clone()).await?;
        Ok(won == 1)
    }

    /// Answers for a value once, whether or not it is still stored.
    pub(crate) async fn claim_over(&self, key: &Key, until: Timestamp, now: Timestamp) -> Result<bool, TransientError> {
        let mut script = self.shared.claim_over.key(self.name(key));
        script.arg(until.millis()).arg(now.millis()).arg(millis_left(until, now));
        let won: i64 = script.invoke_async(&mut self.connection.clone()).await?;
        Ok(won == 1)
    }

    pub(crate) async fn count(&self, key: &Key, window: Duration, now: Timestamp) -> Result<(u64, Timestamp), TransientError> {
        let end = now.plus(window);
        let mut script = self.shared.count.key(self.name(key));
        script.arg(end.millis()).arg(now.millis()).arg(millis_left(end, now));
        let (uses, end): (u64, i64) = script.invoke_async(&mut self.connection.clone()).await?;
        Ok((uses, Timestamp::from_millis(end)))
    }

    /// Counts each of several different keys by its weight. If one of them is full, none is counted, and the result is the latest end of the
    /// full windows.
    pub(crate) async fn count_all(&self, keys: &[Bounded], now: Timestamp) -> Result<Option<Timestamp>, TransientError> {
        let mut script = self.shared.count_all.prepare_invoke();
        script.arg(now.millis());
        for Bounded { key, most, window, weight } in keys {
            let end = now.plus(*window);
            script.key(self.name(key)).arg(*most).arg(*weight).arg(end.millis()).arg(millis_left(end, now));
        }
        let full: i64 = script.invoke_async(&mut self.connection.clone()).await?;
        Ok((full > 0).then(|| Timestamp::from_millis(full)))
    }

    pub(crate) async fn refund(&self, keys: &[Key], now: Timestamp) -> Result<(), TransientError> {
        for key in keys {
            let mut script = self.shared.refund.key(self.name(key));
            script.arg(now.millis());
            script.invoke_async::<()>(&mut self.connection.clone()).await?;
        }
        Ok(())
    }

    /// How often each key was counted in its window, and when the window ends, in one round trip. Counts nothing.
    pub(crate) async fn counted(&self, keys: &[Key], now: Timestamp) -> Result<Vec<(u64, Timestamp)>, TransientError> {
        let mut each = redis::pipe();
        for key in keys {
            each.cmd("HMGET").arg(self.name(key)).arg("n").arg("e");
        }
        let found: Vec<(Option<u64>, Option<i64>)> = each.query_async(&mut self.connection.clone()).await?;
        let counted = |(uses, end): (Option<u64>, Option<i64>)| {
            let end = end.filter(|end| *end > now.millis());
            end.map_or((0, now), |end| (uses.unwrap_or(0), Timestamp::from_millis(end)))
        };
        Ok(found.into_iter().map(counted).collect())
    }

    pub(crate) async fn forget(&self, key: &Key) -> Result<(), TransientError> {
        Ok(cmd("DEL").arg(self.name(key)).exec_async(&mut self.connection.clone()).await?)
    }

    pub(crate) async fn forget_all(&self, keys: &[Key]) -> Result<(), TransientError> {
        for key in keys {
            self.forget(key).await?;
        }
        Ok(())
    }
}

/// The remaining time for Redis's own clock. Zero or less deletes at once, which is right for an expired value.
fn millis_left(until: Timestamp, now: Timestamp) -> i64 {
    until.millis().saturating_sub(now.millis())
}
