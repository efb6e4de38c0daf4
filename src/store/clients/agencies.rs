//! Agencies, and the revision that increases with every change of something that instances cache in memory.

use crate::client::agency::Agency;
use crate::db::from_row::row;
use crate::db::{sql, statements};
use crate::store::{Store, StoreError, Tx};
use crate::text::LocalName;

statements! {
    AGENCIES = "SELECT slug, name_fa, name_en FROM agencies ORDER BY slug";
    PUT_AGENCY = "INSERT INTO agencies (slug, name_fa, name_en) VALUES ($1, $2, $3) \
        ON CONFLICT (slug) DO UPDATE SET name_fa = excluded.name_fa, name_en = excluded.name_en";
    DELETE_AGENCY = "DELETE FROM agencies WHERE slug = $1 RETURNING slug";
    REVISION = "SELECT value FROM revision WHERE id = 1";
    MOVE_REVISION = "UPDATE revision SET value = value + 1 WHERE id = 1";
}

row! {
    struct AgencyRow {
        slug: String,
        name_fa: String,
        name_en: String,
    }
}

impl Store {
    /// All agencies, by slug.
    pub async fn agencies(&self) -> Result<Vec<Agency>, StoreError> {
        let rows = sql!(self.db, AGENCIES => fetch_all AgencyRow)?;
        let agency = |row: AgencyRow| Agency { slug: row.slug, name: LocalName { fa: row.name_fa, en: row.name_en } };
        Ok(rows.into_iter().map(agency).collect())
    }

    /// Increases with each change of agencies, clients or signing keys. An instance that caches them compares it to notice a
    /// change.
    pub async fn revision(&self) -> Result<i64, StoreError> {
        sql!(self.db, REVISION => fetch_one (i64,)).map(|(value,)| value)
    }
}

impl Tx {
    /// Adds an agency, or replaces the one with the same slug.
    pub async fn put_agency(&mut self, agency: &Agency) -> Result<(), StoreError> {
        sql!(self, PUT_AGENCY, agency.slug.as_str(), agency.name.fa.as_str(), agency.name.en.as_str() => execute)?;
        self.move_revision().await
    }

    /// Removes an agency; returns whether there was one. While it owns clients, this is a [`StoreError::Conflict`] with
    /// `foreign_key`.
    pub async fn delete_agency(&mut self, slug: &str) -> Result<bool, StoreError> {
        let removed = sql!(self, DELETE_AGENCY, slug => fetch_optional (String,))?;
        self.move_revision().await?;
        Ok(removed.is_some())
    }

    pub(crate) async fn move_revision(&mut self) -> Result<(), StoreError> {
        sql!(self, MOVE_REVISION => execute)
    }
}
