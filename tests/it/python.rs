//! Python packages for tests, in a virtual environment under `target/`: Authlib (an independent client) and axe-core.

use crate::environment;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

static ENVIRONMENT: OnceLock<Option<PathBuf>> = OnceLock::new();

/// The virtual environment, made at the first call; `None` after a message, and a failure where tests must not be skipped.
pub fn packages() -> Option<&'static Path> {
    ENVIRONMENT
        .get_or_init(|| match make() {
            Ok(folder) => Some(folder),
            Err(why) => {
                assert!(environment("CI").is_none(), "no Python packages for the tests: {why}");
                println!("SKIPPED: no Python packages for the tests: {why}");
                None
            }
        })
        .as_deref()
}

/// The environment's interpreter.
pub fn interpreter() -> Option<PathBuf> {
    packages().map(|folder| folder.join("bin/python"))
}

/// axe-core's script, which a package in the environment contains.
pub fn axe() -> Option<PathBuf> {
    let libraries = std::fs::read_dir(packages()?.join("lib")).ok()?;
    let files =
        libraries.filter_map(Result::ok).map(|version| version.path().join("site-packages/axe_playwright_python/axe.min.js"));
    files.into_iter().find(|file| file.is_file())
}

fn make() -> Result<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let wanted = root.join("tests/other_clients/requirements.txt");
    let without_dependencies = root.join("tests/other_clients/requirements-no-deps.txt");
    let read = |file: &Path| std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()));
    let contents = read(&wanted)? + &read(&without_dependencies)?;

    let folder = root.join("target/test-python");
    let done = folder.join("installed.txt");
    if std::fs::read_to_string(&done).is_ok_and(|installed| installed == contents) {
        return Ok(folder);
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let pip = || {
        let mut pip = Command::new(folder.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        pip
    };
    run(pip().arg("-r").arg(&wanted))?;
    run(pip().arg("--no-deps").arg("-r").arg(&without_dependencies))?;
    std::fs::write(&done, contents).map_err(|error| error.to_string())?;
    Ok(folder)
}

/// Runs a command to its end; returns its output, or its error output.
pub fn run(command: &mut Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(format!("{command:?} ended with {}:\n{}", output.status, String::from_utf8_lossy(&output.stderr)))
}
