//! The kinds of work, and the ways to do each.

use crate::Failure;
use crate::engine::Engine;
use crate::plain::Plain;
use std::path::Path;
use tokio::sync::Mutex;

/// One way to do one kind of work.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Way {
    WriteGrouped,
    WriteOneByOne,
    WritePlain,
    StepInMemory,
    StepInTable,
    StepPlain,
    ReadFromMemory,
    ReadBySql,
}

/// Ways of the same kind of work run in turns.
pub const ALL: &[&[Way]] = &[
    &[Way::WriteGrouped, Way::WriteOneByOne, Way::WritePlain],
    &[Way::StepInMemory, Way::StepInTable, Way::StepPlain],
    &[Way::ReadFromMemory, Way::ReadBySql],
];

impl Way {
    pub const fn name(self) -> &'static str {
        match self {
            Self::WriteGrouped => "write: group commit",
            Self::WriteOneByOne => "write: the engine, one commit each",
            Self::WritePlain => "write: sqlx alone, one commit each",
            Self::StepInMemory => "step: rows in memory, journal",
            Self::StepInTable => "step: rows of a table, group commit",
            Self::StepPlain => "step: sqlx alone, rows of a table, one commit",
            Self::ReadFromMemory => "read: account and consent from memory",
            Self::ReadBySql => "read: account and consent by SQL",
        }
    }

    /// Does it once, or several times where once is too short to check the time; returns how often.
    pub async fn run(self, worlds: &Worlds) -> Result<u32, Failure> {
        let Worlds { engine, plain, alone } = worlds;
        match self {
            Self::WriteGrouped => engine.write().await?,
            Self::WriteOneByOne => {
                let _alone = alone.lock().await;
                engine.write().await?;
            }
            Self::WritePlain => plain.write().await?,
            Self::StepInMemory => engine.step_in_memory().await?,
            Self::StepInTable => engine.step_in_table().await?,
            Self::StepPlain => plain.step().await?,
            Self::ReadFromMemory => return engine.read().await,
            Self::ReadBySql => plain.read().await?,
        }
        Ok(1)
    }
}

/// The databases of one measurement.
pub struct Worlds {
    engine: Engine,
    plain: Plain,
    /// Held by the one running transaction where no commit may be shared.
    alone: Mutex<()>,
}

impl Worlds {
    pub async fn make(folder: &Path, way: Way) -> Result<Self, Failure> {
        let database = folder.join("panjereh.sqlite");
        let engine = Engine::make(&database, way == Way::ReadFromMemory || way == Way::ReadBySql).await?;
        let plain = Plain::make(&database, &folder.join("plain.sqlite"), engine.accounts()).await?;
        Ok(Self { engine, plain, alone: Mutex::new(()) })
    }

    pub fn commits(&self) -> u64 {
        self.engine.commits()
    }
}
