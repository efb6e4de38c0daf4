//! npm packages for tests, in a folder under `target/`: openid-client (another independent client), and those of the page about
//! Express.

use crate::environment;
use crate::python::run;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The oldest Node.js that the packages run on.
const OLDEST: u32 = 20;

static PACKAGES: OnceLock<Option<PathBuf>> = OnceLock::new();

/// The folder that holds `node_modules`, filled at the first call; `None` after a message, and a failure where tests must not be
/// skipped. A script in or below it finds the packages.
pub fn packages() -> Option<&'static Path> {
    PACKAGES
        .get_or_init(|| match install() {
            Ok(folder) => Some(folder),
            Err(why) => {
                assert!(environment("CI").is_none(), "no npm packages for the tests: {why}");
                println!("SKIPPED: no npm packages for the tests: {why}");
                None
            }
        })
        .as_deref()
}

fn install() -> Result<PathBuf, String> {
    let version = run(Command::new("node").arg("--version"))?;
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < OLDEST) {
        return Err(format!("Node.js {OLDEST} or later is needed, and this is {}", version.trim()));
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("target/test-node");
    let mut contents = String::new();
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    for name in ["package.json", "package-lock.json"] {
        let from = root.join("tests/other_clients").join(name);
        let text = std::fs::read_to_string(&from).map_err(|error| format!("{}: {error}", from.display()))?;
        std::fs::write(folder.join(name), &text).map_err(|error| error.to_string())?;
        contents += &text;
    }
    let done = folder.join("installed.txt");
    if std::fs::read_to_string(&done).is_ok_and(|installed| installed == contents) {
        return Ok(folder);
    }
    run(Command::new("npm").args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]).current_dir(&folder))?;
    std::fs::write(&done, contents).map_err(|error| error.to_string())?;
    Ok(folder)
}
