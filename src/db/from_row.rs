//! Rows: which columns a statement returns, and how they are read from both drivers.

/// Declares a row. Each field is read from the column of the same name; `..nested: OtherRow` stands for all columns of another
/// row and comes first.
///
/// The expansion is that of `#[derive(sqlx::FromRow)]`. The derive would build SQLite, the PostgreSQL driver and Tokio a second
/// time, for the compiler's own process (30 CPU-seconds of a clean build).
macro_rules! row {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident {
            $(..$nested_vis:vis $nested:ident: $nested_row:ty,)*
            $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$meta])*
        $vis struct $name {
            $($nested_vis $nested: $nested_row,)*
            $($(#[$field_meta])* $field_vis $field: $type,)*
        }

        impl<'r, R: sqlx::Row> sqlx::FromRow<'r, R> for $name
        where
            &'static str: sqlx::ColumnIndex<R>,
            $($nested_row: sqlx::FromRow<'r, R>,)*
            $($type: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,)*
        {
            fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
                Ok(Self {
                    $($nested: sqlx::FromRow::from_row(row)?,)*
                    $($field: row.try_get(stringify!($field))?,)*
                })
            }
        }
    };
}

pub(crate) use row;
