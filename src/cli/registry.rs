//! `panjereh registry`: imports a file into the local civil registry, and writes such a file of synthetic people.

use crate::boot::failure::Failure;
use crate::boot::stores::open_checked_store;
use crate::cli::output::{complain, print};
use crate::cli::sources::Surroundings;
use crate::identity::person::Person;
use crate::registry::generate::Generator;
use crate::registry::import::{ImportError, ImportReport, import, write_header, write_row};
use crate::settings::Settings;
use crate::time::Clock;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::fs::File;
use std::io::{BufWriter, ErrorKind, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum RegistryCommand {
    /// Import a CSV file: all of it, or nothing if one line is bad
    Import {
        /// The file; `panjereh registry generate --people 1` prints an example
        file: PathBuf,
    },
    /// Write a CSV file of synthetic people, none of them real; the same seed and day give the same people
    Generate {
        /// How many people
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
        people: u32,
        /// The seed; another seed gives other people
        #[arg(long, value_name = "S", default_value_t = 1)]
        seed: u64,
        /// The file to write [default: standard output]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

pub(crate) async fn run(command: RegistryCommand, surroundings: &Surroundings) -> Result<(), Failure> {
    let settings = surroundings.settings()?;
    match command {
        RegistryCommand::Import { file } => import_file(&settings, &file).await,
        RegistryCommand::Generate { people, seed, out } => {
            let people_of = Generator::new(seed, settings.country_profile().today(Clock::System.now())).take(people as usize);
            generate(people_of, people, out.as_deref())
        }
    }
}

async fn import_file(settings: &Settings, path: &Path) -> Result<(), Failure> {
    let file = File::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
    let (length, file) = file.map_err(|error| {
        Failure::new(format!("{} cannot be read: {error}", path.display()), "name a CSV file that exists and can be read")
    })?;
    let store = open_checked_store(settings).await?;
    let bar = progress_bar(length, "{bar:40} {bytes}/{total_bytes}, {msg} lines, {eta} left");
    let report = import(file, &store, |bytes, lines| {
        bar.set_position(bytes);
        bar.set_message(lines.to_string());
    })
    .await;
    bar.finish_and_clear();
    let ImportReport { rows, bad } = report.map_err(|error| import_failure(&error, path))?;
    if bad.is_empty() {
        return print(&format!("imported {rows} people"));
    }
    for line in &bad {
        complain(&format!("{}: {line}", path.display()));
    }
    let lines = if bad.len() == 1 { "1 line is bad".to_owned() } else { format!("{} lines are bad", bad.len()) };
    Err(Failure::new(format!("{lines}, so nothing was imported"), "correct the lines above and import the file again"))
}

fn import_failure(error: &ImportError, path: &Path) -> Failure {
    let remedy = match error {
        ImportError::Read(_) => "check that the whole file can be read, and import it again",
        ImportError::Header => "write that line first; `panjereh registry generate --people 1` prints an example",
        ImportError::Store(_) => "check that the database of database.url exists and has space, and import the file again",
    };
    Failure::new(format!("{}: {error}; nothing was imported", path.display()), remedy)
}

fn generate(people: impl Iterator<Item = Person>, count: u32, out: Option<&Path>) -> Result<(), Failure> {
    let bar = progress_bar(count.into(), "{bar:40} {pos}/{len} people, {eta} left");
    let written = match out {
        None => write_people(people, std::io::stdout().lock(), &bar).map(drop),
        Some(path) => write_file(people, path, &bar),
    };
    bar.finish_and_clear();
    match (written, out) {
        (Ok(()), None) => Ok(()),
        // The reader closed the pipe: no failure.
        (Err(error), None) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        (Err(error), None) => Err(Failure::new(format!("standard output cannot be written: {error}"), "name a file with --out")),
        (Ok(()), Some(path)) => print(&format!("wrote {count} people to {}", path.display())),
        (Err(error), Some(path)) => Err(Failure::new(
            format!("{} cannot be written: {error}", path.display()),
            "set --out to a path that can be written and has space",
        )),
    }
}

/// Writes to a temporary file first, so that the file of that name is never incomplete.
fn write_file(people: impl Iterator<Item = Person>, path: &Path, bar: &ProgressBar) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let unfinished = tempfile::NamedTempFile::new_in(folder)?;
    write_people(people, unfinished.as_file(), bar)?;
    unfinished.as_file().sync_all()?;
    unfinished.persist(path).map(drop).map_err(|error| error.error)
}

fn write_people(people: impl Iterator<Item = Person>, out: impl Write, bar: &ProgressBar) -> std::io::Result<()> {
    let mut writer = csv::Writer::from_writer(BufWriter::with_capacity(1 << 16, out));
    write_header(&mut writer).map_err(cause)?;
    for person in people {
        write_row(&mut writer, &person).map_err(cause)?;
        bar.inc(1);
    }
    writer.flush()
}

/// The I/O error inside a CSV error, so that a closed pipe is recognised.
fn cause(error: csv::Error) -> std::io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => std::io::Error::other(format!("{other:?}")),
    }
}

/// A progress bar on standard error, if that is a terminal.
fn progress_bar(length: u64, template: &str) -> ProgressBar {
    let target = if std::io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(length), target);
    // A template that cannot be parsed leaves the bar with its default style.
    ProgressStyle::with_template(template).map_or_else(|_| bar.clone(), |style| bar.clone().with_style(style))
}
