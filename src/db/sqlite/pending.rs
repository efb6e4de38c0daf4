//! Statements that are not yet sent to SQLite's writer, with the values bound to them.

use crate::db::sqlite::texts::{Closing, Opening, Texts};
use crate::db::statement::Statement;
use sqlx::sqlite::{Sqlite, SqliteArguments};
use sqlx::{Arguments as _, AssertSqlSafe, Encode, SqlSafeStr as _, SqlStr, Type};

/// A text, and the values that are already bound to it.
pub(crate) type SqliteQuery = (SqlStr, SqliteArguments);

/// Statements that are sent together with the next one, and the values bound to them, in order.
#[derive(Default)]
pub(crate) struct Pending {
    pub(crate) statements: Vec<&'static Statement>,
    arguments: SqliteArguments,
}

impl Pending {
    /// Adds a statement. Its values are bound next.
    pub(crate) fn push(&mut self, statement: &'static Statement) {
        self.statements.push(statement);
    }

    /// The text to send, with its values.
    pub(crate) fn into_query(self, texts: &mut Texts, opening: Opening, closing: Closing) -> SqliteQuery {
        let text = texts.text(opening, &self.statements, closing);
        (AssertSqlSafe(text).into_sql_str(), self.arguments)
    }

    /// Binds the next value of the last statement.
    pub(crate) fn bind<'t, T: Encode<'t, Sqlite> + Type<Sqlite>>(&mut self, value: T) {
        // The portable dialect binds only numbers, texts and bytes, whose encoding cannot fail. If it did, a value would be
        // missing and the database would report it.
        self.arguments.add(value).ok();
    }
}
