//! The built program, run as an operator runs it: its output, and its exit code.

mod agencies;
mod demo;
mod doctor;
mod events;
mod image;
mod keys;
mod readme;
mod registry;
mod serve;
mod settings;
mod shell;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// The working folder of an operator, with only those environment variables that a test sets.
struct Place {
    folder: TempDir,
    environment: Vec<(String, String)>,
}

/// The output of a command.
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Place {
    /// Empty: no settings file, no database.
    fn empty() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), environment: Vec::new() }
    }

    /// With a migrated database.
    fn migrated() -> Self {
        let place = Self::empty();
        place.run(&["migrate"]).succeeded();
        place
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: &str) {
        std::fs::write(self.path(name), content).expect("a file");
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("a file")
    }

    fn run(&self, arguments: &[&str]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_panjereh"));
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null()).env_clear();
        let output = command.envs(self.environment.iter().cloned()).output().expect("the program runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Said { code: output.status.code().expect("no signal"), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Said {
    /// It succeeded, and writes to standard output only.
    #[track_caller]
    fn succeeded(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (0, ""), "{}", self.out);
        self.out
    }

    /// It failed, and says why and what to do on standard error.
    #[track_caller]
    fn failed(self) -> String {
        assert_eq!(self.code, 1, "{}{}", self.out, self.err);
        assert!(self.err.contains("error: ") && self.err.contains("\nto do: "), "{}", self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self.err
    }
}

#[track_caller]
fn assert_has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is missing in:\n{text}");
    }
}

/// Whether neither the group nor others have any permission on it.
fn is_private(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path).expect("a file").permissions().mode();
    mode.trailing_zeros() >= 6
}

#[test]
fn a_wrong_command_line_ends_with_2_and_help_with_0() {
    let place = Place::empty();
    for wrong in
        [&["serv"][..], &[], &["keys"], &["agency", "apply"], &["--set", "log.level", "config", "check"], &["keys", "list", "x"]]
    {
        assert_eq!(place.run(wrong).code, 2, "{wrong:?}");
    }
    for right in [&["--help"][..], &["--version"], &["help", "registry"], &["keys", "rotate", "--help"]] {
        assert_eq!(place.run(right).code, 0, "{right:?}");
    }
    let told = place.run(&["demo", "--port", "0"]);
    assert_eq!(told.code, 2, "{}", told.err);
}

#[test]
fn migrate_says_what_it_applied_and_the_second_time_that_nothing_is_left() {
    let place = Place::empty();
    assert_has(&place.run(&["migrate"]).succeeded(), &["applied 0001_"]);
    assert_has(&place.run(&["migrate"]).succeeded(), &["nothing to do"]);
    assert!(is_private(&place.path("data")), "only its owner may read the folder");
}

#[test]
fn without_a_schema_every_command_says_to_migrate_and_changes_nothing() {
    let place = Place::empty();
    for command in [&["serve"][..], &["keys", "list"], &["keys", "generate"], &["agency", "list"]] {
        assert_has(&place.run(command).failed(), &["the database lacks 0001_", "to do: run `panjereh migrate`"]);
    }
    assert!(!place.path("keys").exists());
}

#[test]
fn a_database_that_is_not_there_is_told_without_its_password() {
    let place = Place::empty().with("PANJEREH_DATABASE_URL", "postgres://panjereh:hunter2@127.0.0.1:1/panjereh");
    let told = place.run(&["migrate"]).failed();
    assert_has(&told, &["the database does not answer", "database.url"]);
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_as_it_is() {
    let place = Place::empty().with("PANJEREH_DATABASE_URL", "sqlite:notes.txt");
    let notes = "this is no database. ".repeat(100);
    place.write("notes.txt", &notes);
    std::fs::set_permissions(place.path("notes.txt"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("a file");
    for command in ["migrate", "serve"] {
        assert_has(&place.run(&[command]).failed(), &["the database does not answer: "]);
    }
    assert_eq!(place.read("notes.txt"), notes);
}
