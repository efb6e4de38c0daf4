//! `panjereh migrate`: brings the database to the schema that this program knows.

use crate::boot::failure::Failure;
use crate::boot::stores::open_store;
use crate::cli::output::print;
use crate::settings::Settings;

pub(crate) async fn run(settings: &Settings) -> Result<(), Failure> {
    let applied = open_store(settings).await?.migrate().await?;
    print(&match applied.as_slice() {
        [] => "nothing to do: the database has the schema that this version knows".to_owned(),
        applied => format!("applied {}", applied.join(", ")),
    })
}
