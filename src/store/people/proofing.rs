//! What people began who have to prove more about themselves: letters on their way, wrong answers until a right one, claims that wait.

use crate::db::from_row::row;
use crate::db::{sql, statements};
use crate::identity::id::AccountId;
use crate::identity::national_id::NationalId;
use crate::records::evidence::{Claim, SentLetter};
use crate::secret::TokenHash;
use crate::store::rows::time;
use crate::store::{Store, StoreError, Tx};
use crate::time::Timestamp;

statements! {
    LETTERS = "SELECT period, code, sent_at, expires_at FROM letters WHERE national_id = $1 AND expires_at > $2 ORDER BY period DESC";
    INSERT_LETTER = "INSERT INTO letters (national_id, period, code, sent_at, expires_at) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (national_id, period) DO NOTHING RETURNING sent_at";
    TAKE_LETTER = "DELETE FROM letters WHERE national_id = $1 AND period = $2 RETURNING sent_at";
    EXPIRE_LETTERS = "DELETE FROM letters WHERE (national_id, period) IN \
        (SELECT national_id, period FROM letters WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2) AND expires_at <= $1 RETURNING expires_at";
    COUNT_MISS = "INSERT INTO proof_misses (lane, misses, last_at) VALUES ($1, 1, $2) \
        ON CONFLICT (lane) DO UPDATE SET misses = proof_misses.misses + 1, last_at = excluded.last_at WHERE proof_misses.misses < $3 \
        RETURNING misses";
    UNCOUNT_MISS = "UPDATE proof_misses SET misses = misses - 1 WHERE lane = $1 AND misses > 0";
    FORGET_MISSES = "DELETE FROM proof_misses WHERE lane = $1";
    EXPIRE_MISSES = "DELETE FROM proof_misses WHERE lane IN \
        (SELECT lane FROM proof_misses WHERE last_at <= $1 ORDER BY last_at LIMIT $2) AND last_at <= $1 RETURNING last_at";
    CLAIM_OF = "SELECT began_at AS began, matures_at, objected_at FROM account_claims WHERE account_id = $1 AND claimant = $2 AND expires_at > $3";
    BEGIN_CLAIM = "INSERT INTO account_claims (account_id, claimant, began_at, matures_at, expires_at) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (account_id, claimant) DO UPDATE SET began_at = excluded.began_at, matures_at = excluded.matures_at, \
        expires_at = excluded.expires_at, objected_at = NULL WHERE account_claims.expires_at <= excluded.began_at RETURNING began_at";
    OBJECT_TO_CLAIMS = "UPDATE account_claims SET objected_at = $2 WHERE account_id = $1 AND objected_at IS NULL";
    TAKE_CLAIM = "DELETE FROM account_claims WHERE account_id = $1 AND claimant = $2 AND objected_at IS NULL AND matures_at <= $3 AND expires_at > $3 \
        RETURNING matures_at";
    END_CLAIMS = "DELETE FROM account_claims WHERE account_id = $1";
    EXPIRE_CLAIMS = "DELETE FROM account_claims WHERE (account_id, claimant) IN \
        (SELECT account_id, claimant FROM account_claims WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2) AND expires_at <= $1 RETURNING expires_at";
}

/// How long wrong answers are counted after the last of them, unless a right one comes.
const MISSES_KEPT_MILLIS: i64 = 365 * 24 * 60 * 60 * 1000;

row! {
    struct LetterRow {
        period: i64,
        code: String,
        sent_at: i64,
        expires_at: i64,
    }
}

row! {
    struct ClaimRow {
        began: i64,
        matures_at: i64,
        objected_at: Option<i64>,
    }
}

impl Store {
    /// The letters to a person whose codes still work, the newest first.
    pub async fn letters_to(&self, person: &NationalId, now: Timestamp) -> Result<Vec<SentLetter>, StoreError> {
        let rows = sql!(self.db, LETTERS, person.as_str(), now.millis() => fetch_all LetterRow)?;
        let read = |LetterRow { period, code, sent_at, expires_at }| SentLetter {
            period,
            sealed_code: code,
            sent_at: time(sent_at),
            expires_at: time(expires_at),
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// The claim of this claimant to an account.
    pub async fn claim_to(&self, account: AccountId, claimant: &TokenHash, now: Timestamp) -> Result<Option<Claim>, StoreError> {
        let row = sql!(self.db, CLAIM_OF, &account.bytes()[..], &claimant.0[..], now.millis() => fetch_optional ClaimRow)?;
        Ok(row.map(|ClaimRow { began, matures_at, objected_at }| Claim {
            began_at: time(began),
            matures_at: time(matures_at),
            objected_at: objected_at.map(time),
        }))
    }
}

impl Tx {
    /// Adds a letter to a person. Of several in one period, exactly one gets `true`.
    pub async fn insert_letter(&mut self, person: &NationalId, letter: &SentLetter) -> Result<bool, StoreError> {
        let SentLetter { period, sealed_code, sent_at, expires_at } = letter;
        let row = sql!(
            self, INSERT_LETTER, person.as_str(), *period, sealed_code.as_str(), sent_at.millis(), expires_at.millis()
            => fetch_optional (i64,)
        )?;
        Ok(row.is_some())
    }

    /// Uses the code of a letter: of several attempts, exactly one gets `true`.
    pub async fn take_letter(&mut self, person: &NationalId, period: i64) -> Result<bool, StoreError> {
        Ok(sql!(self, TAKE_LETTER, person.as_str(), period => fetch_optional (i64,))?.is_some())
    }

    /// Counts an answer as wrong before it is looked at; returns whether it may be looked at, which `most` wrong ones in a row end.
    pub async fn count_miss(&mut self, lane: &TokenHash, most: u32, now: Timestamp) -> Result<bool, StoreError> {
        let row = sql!(self, COUNT_MISS, &lane.0[..], now.millis(), i64::from(most) => fetch_optional (i64,))?;
        Ok(row.is_some())
    }

    /// After an answer that nothing was compared with: it was no guess.
    pub async fn uncount_miss(&mut self, lane: &TokenHash) -> Result<(), StoreError> {
        sql!(self, UNCOUNT_MISS, &lane.0[..] => execute)
    }

    /// After a right answer: only wrong ones in a row count.
    pub async fn forget_misses(&mut self, lane: &TokenHash) -> Result<(), StoreError> {
        sql!(self, FORGET_MISSES, &lane.0[..] => execute)
    }

    /// Begins a claim, unless this claimant has one that still counts; returns whether it did.
    pub async fn begin_claim(&mut self, claim: &NewClaim<'_>) -> Result<bool, StoreError> {
        let NewClaim { account, claimant, now, matures_at, expires_at } = claim;
        let row = sql!(
            self, BEGIN_CLAIM, &account.bytes()[..], &claimant.0[..], now.millis(), matures_at.millis(), expires_at.millis()
            => fetch_optional (i64,)
        )?;
        Ok(row.is_some())
    }

    /// The holder of an account uses it: no claim to it is decided by waiting.
    pub async fn object_to_claims(&mut self, account: AccountId, now: Timestamp) -> Result<(), StoreError> {
        sql!(self, OBJECT_TO_CLAIMS, &account.bytes()[..], now.millis() => execute)
    }

    /// Uses a claim whose waiting time is over and to which the holder did not object: of several attempts, exactly one gets `true`.
    pub async fn take_claim(&mut self, account: AccountId, claimant: &TokenHash, now: Timestamp) -> Result<bool, StoreError> {
        let row = sql!(self, TAKE_CLAIM, &account.bytes()[..], &claimant.0[..], now.millis() => fetch_optional (i64,))?;
        Ok(row.is_some())
    }

    /// Ends all claims to an account that is closed.
    pub async fn end_claims(&mut self, account: AccountId) -> Result<(), StoreError> {
        sql!(self, END_CLAIMS, &account.bytes()[..] => execute)
    }

    /// Removes letters, claims and counted misses that ended by `now`, at most `limit` of each; returns how many.
    pub(crate) async fn expire_proofing(&mut self, now: i64, limit: i64) -> Result<usize, StoreError> {
        let letters = sql!(self, EXPIRE_LETTERS, now, limit => fetch_all (i64,))?.len();
        let claims = sql!(self, EXPIRE_CLAIMS, now, limit => fetch_all (i64,))?.len();
        let misses = sql!(self, EXPIRE_MISSES, now.saturating_sub(MISSES_KEPT_MILLIS), limit => fetch_all (i64,))?.len();
        Ok(letters + claims + misses)
    }
}

/// A claim that begins.
pub struct NewClaim<'a> {
    /// The account.
    pub account: AccountId,
    /// The claimant.
    pub claimant: &'a TokenHash,
    /// When it begins.
    pub now: Timestamp,
    /// When the waiting time ends.
    pub matures_at: Timestamp,
    /// Until when the claimant can use it then.
    pub expires_at: Timestamp,
}
