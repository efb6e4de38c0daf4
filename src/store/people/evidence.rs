//! The evidence of accounts, and the level that follows from it: both are written in one transaction.

use crate::db::from_row::row;
use crate::db::{sql, statements};
use crate::identity::assurance::{EvidenceKind, IdentityAssurance};
use crate::identity::id::AccountId;
use crate::records::evidence::Evidence;
use crate::store::row_cache::Touched;
use crate::store::rows::{RowPlace, name_of, time};
use crate::store::{Store, StoreError, Tx};

statements! {
    EVIDENCE = "SELECT kind, at, source, sealed FROM evidence WHERE account_id = $1 ORDER BY at, kind";
    KINDS_OF_EVIDENCE = "SELECT DISTINCT kind FROM evidence WHERE account_id = $1";
    LOCK_ACTIVE_ACCOUNT = "UPDATE accounts SET status = status WHERE id = $1 AND status = 'active' RETURNING id";
    INSERT_EVIDENCE = "INSERT INTO evidence (account_id, kind, at, source, sealed) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (account_id, kind, at) DO UPDATE SET source = excluded.source, sealed = excluded.sealed";
    SET_ASSURANCE = "UPDATE accounts SET assurance = $2 WHERE id = $1";
}

row! {
    struct EvidenceRow {
        kind: String,
        at: i64,
        source: String,
        sealed: Option<String>,
    }
}

impl Store {
    /// All evidence of an account, the oldest first.
    pub async fn evidence_of(&self, account: AccountId) -> Result<Vec<Evidence>, StoreError> {
        let rows = sql!(self.db, EVIDENCE, &account.bytes()[..] => fetch_all EvidenceRow)?;
        let place = RowPlace { table: "evidence", row: &account };
        let read = |row: EvidenceRow| {
            let EvidenceRow { kind, at, source, sealed } = row;
            Ok(Evidence { account, kind: place.named("kind", &kind)?, at: time(at), source, sealed })
        };
        rows.into_iter().map(read).collect()
    }
}

impl Tx {
    /// Adds evidence to an active account, and sets the level that follows from all of its evidence. Returns that level; `None` if
    /// the account is not active. Two at once are added one after the other, so that neither computes the level without the other.
    pub async fn add_evidence(&mut self, evidence: &Evidence) -> Result<Option<IdentityAssurance>, StoreError> {
        let account = evidence.account;
        if sql!(self, LOCK_ACTIVE_ACCOUNT, &account.bytes()[..] => fetch_optional (Vec<u8>,))?.is_none() {
            return Ok(None);
        }
        self.touch(Touched::Account(account));
        sql!(
            self, INSERT_EVIDENCE,
            &account.bytes()[..],
            evidence.kind.name(),
            evidence.at.millis(),
            evidence.source.as_str(),
            evidence.sealed.as_deref()
            => execute
        )?;
        let kinds = sql!(self, KINDS_OF_EVIDENCE, &account.bytes()[..] => fetch_all (String,))?;
        let place = RowPlace { table: "evidence", row: &account };
        let kinds: Vec<EvidenceKind> =
            kinds.iter().map(|(kind,)| place.named("kind", kind)).collect::<Result<_, StoreError>>()?;
        let level = IdentityAssurance::of(&kinds);
        sql!(self, SET_ASSURANCE, &account.bytes()[..], name_of(&level) => execute)?;
        Ok(Some(level))
    }
}
