//! The authenticators of an account: password, passkeys, recovery codes.

use crate::db::from_row::row;
use crate::db::{sql, statements};
use crate::identity::account::{Authenticators, PasskeyRecord, PasswordRecord};
use crate::identity::id::{AccountId, PasskeyId};
use crate::secret::{Secret, TokenHash};
use crate::store::rows::{Hex, id_bytes, time};
use crate::store::{Store, StoreError, Tx};
use crate::time::Timestamp;

statements! {
    AUTHENTICATORS = "SELECT p.phc, p.set_at, k.credential_id, k.id AS passkey_id, k.credential, k.created_at, k.used_at, \
        (SELECT COUNT(*) FROM recovery_codes r WHERE r.account_id = a.id AND r.used_at IS NULL) AS codes_left \
        FROM accounts a LEFT JOIN passwords p ON p.account_id = a.id LEFT JOIN passkeys k ON k.account_id = a.id \
        WHERE a.id = $1 ORDER BY k.created_at, k.credential_id";
    PASSKEY = "SELECT account_id, credential_id, id AS passkey_id, credential, created_at, used_at FROM passkeys \
        WHERE credential_id = $1";
    SET_PASSWORD = "INSERT INTO passwords (account_id, phc, set_at) VALUES ($1, $2, $3) \
        ON CONFLICT (account_id) DO UPDATE SET phc = excluded.phc, set_at = excluded.set_at";
    DELETE_PASSWORD = "DELETE FROM passwords WHERE account_id = $1";
    DELETE_PASSKEYS = "DELETE FROM passkeys WHERE account_id = $1";
    INSERT_PASSKEY = "INSERT INTO passkeys (credential_id, id, account_id, credential, created_at, used_at) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    PASSKEY_USED = "UPDATE passkeys SET used_at = $2, credential = COALESCE(CAST($3 AS TEXT), credential) WHERE credential_id = $1 \
        RETURNING used_at";
    DELETE_RECOVERY_CODES = "DELETE FROM recovery_codes WHERE account_id = $1";
    INSERT_RECOVERY_CODE = "INSERT INTO recovery_codes (account_id, code_hash) VALUES ($1, $2)";
    CLAIM_RECOVERY_CODE = "UPDATE recovery_codes SET used_at = $3 WHERE account_id = $1 AND code_hash = $2 AND used_at IS NULL \
        RETURNING used_at";
}

/// The password of a row, if there is one.
pub(crate) fn password_of(phc: Option<String>, set_at: Option<i64>) -> Option<PasswordRecord> {
    let (phc, set_at) = phc.zip(set_at)?;
    Some(PasswordRecord { phc: Secret::new(phc), set_at: time(set_at) })
}

row! {
    struct AuthenticatorsRow {
        phc: Option<String>,
        set_at: Option<i64>,
        credential_id: Option<Vec<u8>>,
        passkey_id: Option<Vec<u8>>,
        credential: Option<String>,
        created_at: Option<i64>,
        used_at: Option<i64>,
        codes_left: i64,
    }
}

impl AuthenticatorsRow {
    fn password(&mut self) -> Option<PasswordRecord> {
        password_of(self.phc.take(), self.set_at)
    }

    fn passkey(self) -> Option<PasskeyRow> {
        Some(PasskeyRow {
            credential_id: self.credential_id?,
            passkey_id: self.passkey_id?,
            credential: self.credential?,
            created_at: self.created_at?,
            used_at: self.used_at,
        })
    }
}

row! {
    struct PasskeyRow {
        credential_id: Vec<u8>,
        passkey_id: Vec<u8>,
        credential: String,
        created_at: i64,
        used_at: Option<i64>,
    }
}

impl TryFrom<PasskeyRow> for PasskeyRecord {
    type Error = StoreError;

    fn try_from(row: PasskeyRow) -> Result<Self, StoreError> {
        let id = row.passkey_id.as_slice().try_into();
        Ok(Self {
            id: PasskeyId::from_bytes(id.map_err(|_| StoreError::corrupt("passkeys", "id", Hex(&row.credential_id)))?),
            credential_id: row.credential_id,
            credential: row.credential,
            created_at: time(row.created_at),
            used_at: row.used_at.map(time),
        })
    }
}

row! {
    struct OwnedPasskeyRow {
        ..passkey: PasskeyRow,
        account_id: Vec<u8>,
    }
}

row! {
    struct UsedRow {
        #[expect(dead_code, reason = "only the existence of the row matters")]
        used_at: Option<i64>,
    }
}

impl Store {
    /// The authenticators of an account; none for an account that does not exist.
    pub async fn authenticators(&self, account: AccountId) -> Result<Authenticators, StoreError> {
        let rows = sql!(self.db, AUTHENTICATORS, &account.bytes()[..] => fetch_all AuthenticatorsRow)?;
        let mut found = Authenticators { password: None, passkeys: Vec::new(), recovery_codes_left: 0 };
        for mut row in rows {
            found.recovery_codes_left = u32::try_from(row.codes_left).unwrap_or(u32::MAX);
            found.password = row.password();
            if let Some(passkey) = row.passkey() {
                found.passkeys.push(passkey.try_into()?);
            }
        }
        Ok(found)
    }

    /// The passkey with that credential id, and its account.
    pub async fn passkey(&self, credential_id: &[u8]) -> Result<Option<(AccountId, PasskeyRecord)>, StoreError> {
        let Some(row) = sql!(self.db, PASSKEY, credential_id => fetch_optional OwnedPasskeyRow)? else { return Ok(None) };
        let account = AccountId::from_bytes(id_bytes("passkeys", "account_id", &row.account_id)?);
        Ok(Some((account, row.passkey.try_into()?)))
    }
}

impl Tx {
    /// Sets the password of an account in place of an earlier one.
    pub async fn set_password(&mut self, account: AccountId, password: &PasswordRecord) -> Result<(), StoreError> {
        sql!(self, SET_PASSWORD, &account.bytes()[..], password.phc.expose().as_str(), password.set_at.millis() => execute)
    }

    /// Adds a passkey. A credential that is already known is a [`StoreError::Conflict`] with `passkeys_credential_id`.
    pub async fn insert_passkey(&mut self, account: AccountId, passkey: &PasskeyRecord) -> Result<(), StoreError> {
        sql!(
            self, INSERT_PASSKEY,
            passkey.credential_id.as_slice(),
            &passkey.id.bytes()[..],
            &account.bytes()[..],
            passkey.credential.as_str(),
            passkey.created_at.millis(),
            passkey.used_at.map(Timestamp::millis)
            => execute
        )
    }

    /// Removes all authenticators of an account.
    pub async fn remove_authenticators(&mut self, account: AccountId) -> Result<(), StoreError> {
        sql!(self, DELETE_PASSWORD, &account.bytes()[..] => later)?;
        sql!(self, DELETE_PASSKEYS, &account.bytes()[..] => later)?;
        sql!(self, DELETE_RECOVERY_CODES, &account.bytes()[..] => execute)
    }

    /// Records that a passkey was used to sign in, with its changed record (counter, backup state) if there is one; returns
    /// whether the passkey still exists.
    pub async fn passkey_used(
        &mut self,
        credential_id: &[u8],
        credential: Option<&str>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let used = sql!(self, PASSKEY_USED, credential_id, now.millis(), credential => fetch_optional UsedRow)?;
        Ok(used.is_some())
    }

    /// Replaces the recovery codes of an account by these.
    pub async fn replace_recovery_codes(&mut self, account: AccountId, codes: &[TokenHash]) -> Result<(), StoreError> {
        sql!(self, DELETE_RECOVERY_CODES, &account.bytes()[..] => execute)?;
        for code in codes {
            sql!(self, INSERT_RECOVERY_CODE, &account.bytes()[..], &code.0[..] => execute)?;
        }
        Ok(())
    }

    /// Uses a recovery code: of several attempts, exactly one gets `true`.
    pub async fn claim_recovery_code(
        &mut self,
        account: AccountId,
        code: &TokenHash,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let used = sql!(self, CLAIM_RECOVERY_CODE, &account.bytes()[..], &code.0[..], now.millis() => fetch_optional UsedRow)?;
        Ok(used.is_some())
    }
}
