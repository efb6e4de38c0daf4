//! Lists the files of `migrations/` for `src/db/migrate.rs`, and is run again when one is added or changed.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=migrations");
    println!("cargo::rerun-if-changed=build.rs");
    let folder = Path::new(&variable("CARGO_MANIFEST_DIR")?).join("migrations");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "sql") {
            files.push(path);
        }
    }
    files.sort();
    let mut list = String::from("&[\n");
    for path in &files {
        let name = path.file_stem().and_then(|name| name.to_str()).ok_or("a migration's name is no UTF-8")?;
        let (version, description) = name.split_once('_').ok_or_else(|| format!("{name}: write NUMBER_DESCRIPTION.sql"))?;
        let version: i64 = version.parse().map_err(|_| format!("{name}: the name begins with no number"))?;
        let (description, path) = (description.replace('_', " "), path.to_str().ok_or("a path is no UTF-8")?);
        writeln!(list, "({version}, {description:?}, include_str!({path:?})),")?;
    }
    list.push(']');
    std::fs::write(Path::new(&variable("OUT_DIR")?).join("migrations.rs"), list)?;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script where things are in the environment")]
fn variable(name: &str) -> Result<String, std::env::VarError> {
    std::env::var(name)
}
