//! Every statement of the program, for the test that prepares them all on both databases.

use crate::db::Statement;
use crate::db::error::StoreError;
use crate::store::Store;

impl Store {
    /// Prepares every statement on this database; returns how many there are, or the first one that the database rejects.
    pub async fn check_statements(&self) -> Result<usize, (&'static str, StoreError)> {
        let mut count = 0;
        for statement in all_statements() {
            self.db.prepare(statement).await.map_err(|error| (statement.name, error))?;
            count += 1;
        }
        Ok(count)
    }
}

fn all_statements() -> impl Iterator<Item = &'static Statement> {
    let lists: [&'static [&'static Statement]; 27] = [
        crate::store::readiness::STATEMENTS,
        crate::store::people::accounts::STATEMENTS,
        crate::store::people::evidence::STATEMENTS,
        crate::store::people::proofing::STATEMENTS,
        crate::store::clients::agencies::STATEMENTS,
        crate::store::clients::changes::STATEMENTS,
        crate::store::events::STATEMENTS,
        crate::store::events::reading::STATEMENTS,
        crate::store::events::retention::STATEMENTS,
        crate::store::people::authenticators::STATEMENTS,
        crate::store::known_subjects::STATEMENTS,
        crate::store::clients::metadata::STATEMENTS,
        crate::store::grants::consents::STATEMENTS,
        crate::store::expire::STATEMENTS,
        crate::store::grants::issued::STATEMENTS,
        crate::db::sqlite::journal::STATEMENTS,
        crate::store::keys::STATEMENTS,
        crate::store::jobs::STATEMENTS,
        crate::store::outbox::STATEMENTS,
        crate::store::messages::STATEMENTS,
        crate::store::session_clients::STATEMENTS,
        crate::db::migrate::STATEMENTS,
        crate::store::people::persons::STATEMENTS,
        crate::store::people::registry_changes::STATEMENTS,
        crate::store::grants::refresh::STATEMENTS,
        crate::store::clients::registration_tokens::STATEMENTS,
        crate::db::load_memory_rows::STATEMENTS,
    ];
    lists.into_iter().flatten().copied()
}
