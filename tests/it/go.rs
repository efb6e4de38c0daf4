//! Go for tests: programs are built with the modules and versions of `tests/other_clients/go`, and oauth2-proxy is installed under
//! `target/`. What was compiled once is in Go's own cache.

use crate::environment;
use crate::python::run;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The version that `docs/connect/oauth2-proxy.md` names.
pub const OAUTH2_PROXY: &str = "github.com/oauth2-proxy/oauth2-proxy/v7@v7.15.6";

/// The oldest Go that the modules build with.
const OLDEST: (u32, u32) = (1, 26);

/// One build at a time: two would compile the same packages.
static BUILDING: std::sync::Mutex<()> = std::sync::Mutex::new(());

/// Whether there is a Go that is new enough; `None` after a message, and a failure where tests must not be skipped.
pub fn tool() -> Option<()> {
    static THERE: OnceLock<Option<()>> = OnceLock::new();
    *THERE.get_or_init(|| match version() {
        Ok(version) if version >= OLDEST => Some(()),
        Ok((major, minor)) => lacking(&format!("Go {}.{} or later is needed, and this is {major}.{minor}", OLDEST.0, OLDEST.1)),
        Err(why) => lacking(&why),
    })
}

fn version() -> Result<(u32, u32), String> {
    let text = run(Command::new("go").args(["env", "GOVERSION"]))?;
    let mut parts = text.trim().trim_start_matches("go").split('.').map(str::parse::<u32>);
    match (parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => Ok((major, minor)),
        _ => Err(format!("`go env GOVERSION` answers {text}")),
    }
}

/// Builds a package of a folder that holds Go files beside the `go.mod` of the tests; returns the program.
pub fn build(folder: &Path, package: &str) -> PathBuf {
    for name in ["go.mod", "go.sum"] {
        std::fs::copy(modules().join(name), folder.join(name)).expect("the module's files");
    }
    let program = folder.join("program");
    build_to(&program, folder, &[package]);
    program
}

/// Builds a package of `tests/other_clients/go`.
pub fn build_ours(folder: &Path, package: &str) -> PathBuf {
    let program = folder.join("program");
    build_to(&program, &modules(), &[package]);
    program
}

fn build_to(program: &Path, folder: &Path, packages: &[&str]) {
    let _alone = BUILDING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut go = Command::new("go");
    go.args(["build", "-mod=readonly", "-o"]).arg(program).args(packages).current_dir(folder);
    run(&mut go).unwrap_or_else(|why| panic!("{why}"));
}

/// oauth2-proxy, installed at the first call.
pub fn oauth2_proxy() -> Option<PathBuf> {
    static INSTALLED: OnceLock<Option<PathBuf>> = OnceLock::new();
    tool()?;
    INSTALLED
        .get_or_init(|| {
            let version = OAUTH2_PROXY.rsplit('@').next().unwrap_or_default();
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-go").join(version);
            let program = folder.join("oauth2-proxy");
            if program.is_file() {
                return Some(program);
            }
            let _alone = BUILDING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            match run(Command::new("go").args(["install", OAUTH2_PROXY]).env("GOBIN", &folder)) {
                Ok(_) => Some(program),
                Err(why) => lacking(&why),
            }
        })
        .clone()
}

fn modules() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/other_clients/go")
}

fn lacking<T>(why: &str) -> Option<T> {
    assert!(environment("CI").is_none(), "no Go for the tests: {why}");
    println!("SKIPPED: no Go for the tests: {why}");
    None
}
