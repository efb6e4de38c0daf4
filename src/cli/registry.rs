//! `panjereh registry`: imports a file into the local civil registry, writes such a file of synthetic people, and serves the registry to
//! other sign-in servers.

mod serve;

use crate::boot::failure::Failure;
use crate::boot::stores::open_checked_store;
use crate::cli::output::{complain, print};
use crate::cli::sources::Surroundings;
use crate::identity::person::Person;
use crate::private_file::private;
use crate::random::Random;
use crate::records::event::{EventDraft, EventKind};
use crate::records::principal::Principal;
use crate::registry::generate::Generator;
use crate::registry::import::{Import, ImportError, ImportReport, OnBadLines, import, write_header, write_row};
use crate::settings::Settings;
use crate::time::Clock;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, ErrorKind, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum RegistryCommand {
    /// Import a CSV file: all of it, or nothing if one line is bad
    Import {
        /// The file; `panjereh registry generate --people 1` prints an example
        file: PathBuf,
        /// Import the good lines all the same, and write the bad ones to a new file [default: the name of the file, with .bad]
        #[arg(long, value_name = "NEW FILE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
        keep_good: Option<OsString>,
    },
    /// Answer other sign-in servers over HTTPS (docs/registry.md); they must show a certificate
    Serve(serve::ServeArguments),
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
        RegistryCommand::Import { file, keep_good } => {
            let bad = keep_good.map(|named| if named.is_empty() { with_bad(&file) } else { named.into() });
            import_file(&settings, &file, bad.as_deref()).await
        }
        RegistryCommand::Serve(arguments) => serve::run(arguments, settings).await,
        RegistryCommand::Generate { people, seed, out } => {
            let people_of = Generator::new(seed, settings.country_profile().today(Clock::System.now())).take(people as usize);
            generate(people_of, people, out.as_deref())
        }
    }
}

/// `people.csv.bad`.
fn with_bad(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".bad");
    name.into()
}

async fn import_file(settings: &Settings, path: &Path, keep_good: Option<&Path>) -> Result<(), Failure> {
    let file = File::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
    let (length, file) = file.map_err(|error| {
        Failure::new(format!("{} cannot be read: {error}", path.display()), "name a CSV file that exists and can be read")
    })?;
    let store = open_checked_store(settings).await?;
    let mut bad_file = keep_good.map(new_private_file).transpose()?;
    let on_bad = match &mut bad_file {
        None => OnBadLines::ImportNothing,
        Some(file) => OnBadLines::KeepGood(file),
    };
    let now = Clock::System.now();
    let today = settings.country_profile().today(now);
    let opened = Import::open(file, today, on_bad).map_err(|error| import_failure(&error, path))?;
    let bar = progress_bar(length, "{bar:40} {bytes}/{total_bytes}, {msg} lines, {eta} left");
    let report = import(opened, &store, now, |bytes, lines| {
        bar.set_position(bytes);
        bar.set_message(lines.to_string());
    })
    .await;
    bar.finish_and_clear();
    let report = report.map_err(|error| import_failure(&error, path))?;
    let event = EventDraft::new(&Random::Os, now, EventKind::RegistryImported).by(Principal::Operator);
    let mut tx = store.write().await?;
    tx.append_event(&event.because(format!("{} people", report.rows))).await?;
    tx.save().await?;
    if let Some(file) = &mut bad_file {
        file.flush().map_err(|error| import_failure(&ImportError::Write(error), path))?;
    }
    say(&report, path, keep_good)
}

/// Says what was imported, and what is bad.
fn say(report: &ImportReport, path: &Path, keep_good: Option<&Path>) -> Result<(), Failure> {
    for line in &report.bad {
        complain(&format!("{}: {line}", path.display()));
    }
    let further = report.bad_lines - report.bad.len() as u64;
    if further > 0 {
        complain(&format!("{}: and {further} more bad lines", path.display()));
    }
    let lines = match report.bad_lines {
        1 => "1 line is bad".to_owned(),
        count => format!("{count} lines are bad"),
    };
    match keep_good {
        _ if report.bad_lines == 0 => {
            // It holds the header alone.
            if let Some(file) = keep_good {
                std::fs::remove_file(file).unwrap_or(());
            }
            print(&format!("imported {} people", report.rows))
        }
        Some(file) => print(&format!("imported {} people; {lines}, written to {}", report.rows, file.display())),
        None => Err(Failure::new(
            format!("{lines}, so nothing was imported"),
            "correct the lines above and import the file again, or import the good lines with --keep-good",
        )),
    }
}

/// A new file that only its owner can read: its lines are personal data.
fn new_private_file(path: &Path) -> Result<BufWriter<File>, Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    private(&mut options).open(path).map(BufWriter::new).map_err(|error| {
        let remedy = "name a new file with --keep-good=FILE, in a folder that can be written";
        Failure::new(format!("{} cannot be written: {error}; nothing was imported", path.display()), remedy)
    })
}

fn import_failure(error: &ImportError, path: &Path) -> Failure {
    let remedy = match error {
        ImportError::Read(_) => "check that the whole file can be read, and import it again",
        ImportError::Header => "write that line first; `panjereh registry generate --people 1` prints an example",
        ImportError::Separator(_) => "export it as CSV (RFC 4180), with commas",
        ImportError::Utf16 => "export it as UTF-8",
        ImportError::Write(_) => "check that the file of --keep-good can be written and has space, and import the file again",
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
