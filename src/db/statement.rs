//! SQL texts in the portable dialect, declared at the head of the file that runs them.

/// One SQL text in the portable dialect.
pub(crate) struct Statement {
    pub(crate) name: &'static str,
    pub(crate) sql: &'static str,
}

/// Declares the SQL of a file, and lists it for the test that prepares every statement on both databases.
macro_rules! statements {
    ($($name:ident = $sql:literal;)+) => {
        $(pub(crate) static $name: $crate::db::statement::Statement = $crate::db::statement::Statement { name: stringify!($name), sql: $sql };)+
        pub(crate) static STATEMENTS: &[&$crate::db::statement::Statement] = &[$(&$name),+];
    };
}

pub(crate) use statements;
