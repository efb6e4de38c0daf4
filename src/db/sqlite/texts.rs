//! The texts that are sent to SQLite's writer in one round trip: how a transaction begins, its statements, and possibly the
//! commit.
//!
//! A round trip to the driver's thread costs several times as much as a small statement. So statements whose result is not needed
//! are sent together with the next one. The texts are joined from the program's own statements, once for each combination, and
//! never from data.

use crate::db::Statement;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

/// More combinations than this indicate that the combinations have no bound; then all texts are dropped and composed again.
const MAX_TEXTS: usize = 1024;

/// What precedes the statements.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Opening {
    /// Nothing: the transaction has begun, or needs no beginning.
    None,
    /// The batch begins.
    Begin,
    /// The first savepoint of a batch.
    A,
    /// Replaces savepoint `a` by savepoint `b`.
    AToB,
    /// Replaces savepoint `b` by savepoint `a`.
    BToA,
}

impl Opening {
    const fn text(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Begin => "BEGIN IMMEDIATE; ",
            Self::A => "SAVEPOINT a; ",
            Self::AToB => "RELEASE a; SAVEPOINT b; ",
            Self::BToA => "RELEASE b; SAVEPOINT a; ",
        }
    }
}

/// What follows the statements.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Closing {
    /// Nothing.
    None,
    /// The batch ends here.
    Commit,
}

/// The texts composed so far. The address of a statement is its key: each is a `static`.
#[derive(Default)]
pub(crate) struct Texts(HashMap<(Opening, Vec<usize>, Closing), Arc<str>>);

impl Texts {
    pub(crate) fn text(&mut self, opening: Opening, statements: &[&'static Statement], closing: Closing) -> Arc<str> {
        if self.0.len() >= MAX_TEXTS {
            self.0.clear();
        }
        let addresses = statements.iter().map(|statement| std::ptr::from_ref(*statement).addr()).collect();
        self.0.entry((opening, addresses, closing)).or_insert_with(|| compose(opening, statements, closing).into()).clone()
    }
}

fn compose(opening: Opening, statements: &[&'static Statement], closing: Closing) -> String {
    let mut text = opening.text().to_owned();
    let mut bound = 0;
    for (index, statement) in statements.iter().enumerate() {
        if index > 0 {
            text.push_str("; ");
        }
        bound = append_renumbered(&mut text, statement.sql, bound);
    }
    if closing == Closing::Commit {
        text.push_str("; COMMIT");
    }
    text
}

/// Appends a statement with its `$1` renumbered to follow the `bound` values before it; returns how many values are bound then.
fn append_renumbered(text: &mut String, sql: &str, bound: usize) -> usize {
    let mut pieces = sql.split('$');
    text.push_str(pieces.next().unwrap_or_default());
    let mut last = bound;
    for piece in pieces {
        let digits = piece.len() - piece.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let number = bound + piece[..digits].parse::<usize>().unwrap_or(0);
        last = last.max(number);
        // Writing to a `String` cannot fail.
        write!(text, "${number}{}", &piece[digits..]).ok();
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    static ADD: Statement = Statement { name: "ADD", sql: "INSERT INTO t (a, b) VALUES ($1, $2)" };
    static SET: Statement = Statement { name: "SET", sql: "UPDATE t SET b = $2 WHERE a = $1 AND b < $2" };

    #[test]
    fn statements_sent_together_keep_their_values_apart() {
        let mut texts = Texts::default();
        assert_eq!(&*texts.text(Opening::None, &[&ADD], Closing::None), ADD.sql);
        assert_eq!(
            &*texts.text(Opening::AToB, &[&ADD, &SET, &ADD], Closing::Commit),
            "RELEASE a; SAVEPOINT b; INSERT INTO t (a, b) VALUES ($1, $2); UPDATE t SET b = $4 WHERE a = $3 AND b < $4; \
             INSERT INTO t (a, b) VALUES ($5, $6); COMMIT"
        );
    }
}
