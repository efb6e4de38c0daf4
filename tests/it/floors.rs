//! The floors of the source tree: imports point down only, no files import each other in a circle, and each named package has one
//! home. Reads the sources as text, so that it also sees full paths, in tests and behind `cfg`.
//!
//! The search for circles reads imports with `floors/imports.rs`.

mod imports;

use imports::{Imports, circles};

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Rooms and single files of `src/`: the floors from the bottom up, and on each floor the rooms in their order. A room uses the
/// floors below and the rooms before it on its own floor, never one after it.
const FLOORS: [&[&str]; 11] = [
    &["time", "secret", "random", "text", "private_file"],
    &["identity", "locale"],
    &["client", "oidc", "registration", "settings", "guide"],
    &["records"],
    &["db", "crypto", "outbound"],
    &["store", "transient", "registry", "messaging"],
    &["app"],
    &["upkeep", "clients", "flows"],
    &["edge", "web"],
    &["boot"],
    &["demo", "cli", "main", "lib"],
];

/// Rooms that a room above must not use all the same.
const UNKNOWN_TO: [(&str, &str); 6] =
    [("web", "store"), ("web", "transient"), ("web", "db"), ("edge", "store"), ("edge", "transient"), ("edge", "db")];

/// Packages and the places (rooms or files of `src/`) that may use them.
const HOMES: &[(&str, &[&str])] = &[
    ("argon2", &["crypto/password.rs"]),
    ("askama", &["web/", "demo/"]),
    ("aws_lc_rs", &["crypto/", "secret.rs", "oidc/claims/token.rs", "oidc/authorization/pkce.rs", "demo/clients.rs"]),
    ("axum", &["web/", "edge/", "boot/program.rs", "boot/listeners.rs", "demo/"]),
    ("clap", &["cli/"]),
    ("csv", &["registry/", "cli/registry.rs"]),
    ("fluent_bundle", &["web/"]),
    ("getrandom", &["random.rs"]),
    ("hyper", &["edge/server/connection.rs", "edge/bodies.rs"]),
    ("hyper_util", &["edge/server/connection.rs"]),
    ("icu_calendar", &["identity/"]),
    ("indicatif", &["cli/"]),
    ("ipnet", &["settings/network.rs"]),
    ("jsonwebtoken", &["crypto/jose/"]),
    ("metrics_exporter_prometheus", &["boot/telemetry.rs", "boot/program.rs", "edge/metrics.rs"]),
    ("mimalloc", &["main.rs"]),
    ("openidconnect", &["demo/"]),
    ("phonenumber", &["identity/mobile.rs"]),
    ("pulldown_cmark", &["guide/"]),
    ("rcgen", &["boot/tls.rs"]),
    ("redis", &["transient/redis.rs", "transient/redis/"]),
    ("reqwest", &["demo/", "outbound/"]),
    ("rusmpp", &["messaging/smpp/", "messaging/provider_file.rs"]),
    ("rustls", &["edge/server/tls.rs", "crypto/certificate.rs", "crypto/server_tls.rs", "crypto/jose/key_pair.rs"]),
    ("sqlx", &["db/", "store/"]),
    ("strsim", &["text.rs"]),
    ("tokio_rustls", &["edge/server/tls.rs", "crypto/server_tls.rs"]),
    ("tracing_subscriber", &["boot/telemetry.rs"]),
    ("unicode_security", &["client/display_name.rs"]),
    ("uuid", &["edge/interaction_id.rs"]),
    ("x509_parser", &["crypto/certificate.rs"]),
    ("webpki_roots", &["crypto/server_tls.rs"]),
    ("webauthn_rs", &["crypto/passkey.rs", "crypto/passkey/"]),
];

/// The highest floor without async.
const HIGHEST_WITHOUT_TOKIO: usize = 3;

/// The longest permitted file.
const MOST_LINES: usize = 400;

/// A source file: its path below `src/`, and its text without comments.
struct Source {
    path: String,
    code: String,
    lines: usize,
}

impl Source {
    /// The room, or the name of a file outside of any room.
    fn room(&self) -> &str {
        self.path.split('/').next().unwrap_or_default().trim_end_matches(".rs")
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let below_src = |file: &Path| file.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
    let read = |file: &PathBuf| {
        let text = fs::read_to_string(file).unwrap();
        Source { path: below_src(file), lines: text.lines().count(), code: without_comments(&text) }
    };
    files.iter().map(read).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Comments may name anything. A `//` inside a string is not told apart; the rest of that line is ignored.
fn without_comments(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The code without the items behind `#[cfg(test)]`. An item ends with its `}` in the column in which it began, or with its first
/// `;`.
fn without_tests(code: &str) -> String {
    let mut kept = Vec::new();
    let mut skipped_at: Option<usize> = None;
    for line in code.lines() {
        let indent = line.len() - line.trim_start().len();
        match skipped_at {
            None if line.trim_start().starts_with("#[cfg(test)]") => skipped_at = Some(indent),
            None => kept.push(line),
            Some(at) if indent == at && !line.trim_start().starts_with("#[") && line.trim_end().ends_with(['}', ';']) => {
                skipped_at = None;
            }
            Some(_) => {}
        }
    }
    kept.join("\n")
}

/// The floor of a room, and its place on that floor.
fn place_of(room: &str) -> Option<(usize, usize)> {
    FLOORS.iter().enumerate().find_map(|(floor, rooms)| rooms.iter().position(|name| *name == room).map(|place| (floor, place)))
}

/// The rooms that a file names: `crate::store::…`, and every head of `crate::{store::…, time::…}`.
fn rooms_named(code: &str) -> BTreeSet<&str> {
    let mut rooms = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        if !begins_word(code, at) {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => rooms.extend(heads(group)),
            None => rooms.extend([word(rest)]),
        }
    }
    rooms.remove("");
    rooms
}

/// The first words of the parts of a `{…}` after its opening brace.
fn heads(group: &str) -> Vec<&str> {
    let (mut depth, mut from, mut found) = (0_usize, 0, Vec::new());
    for (at, sign) in group.char_indices() {
        match sign {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                found.push(word(group[from..at].trim_start()));
                from = at + 1;
                if sign == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    found
}

fn word(text: &str) -> &str {
    let end = text.find(|sign: char| !is_word(sign)).unwrap_or(text.len());
    &text[..end]
}

fn is_word(sign: char) -> bool {
    sign.is_alphanumeric() || sign == '_'
}

fn begins_word(code: &str, at: usize) -> bool {
    !code[..at].ends_with(is_word)
}

/// Whether a file uses a package: `package::…` that is not the end of a longer path, or `use package;`, `use package as …`. Where
/// the file has a module of that name, only `::package` is the package.
fn names_package(code: &str, package: &str) -> bool {
    let shadowed = code.contains(&format!("mod {package};"));
    code.match_indices(package).any(|(at, _)| {
        let (before, rest) = (code[..at].trim_end(), &code[at + package.len()..]);
        let outer = before.strip_suffix("::").map(str::trim_end);
        let tail_of_path = outer.is_some_and(|outer| outer.ends_with(|sign: char| is_word(sign) || sign == '>'));
        let absolute = outer.is_some() && !tail_of_path;
        let used = before.ends_with("use") && (rest.starts_with(';') || rest.starts_with(" as "));
        begins_word(code, at) && !tail_of_path && (rest.starts_with("::") || used) && (absolute || !shadowed)
    })
}

fn lives_in(path: &str, homes: &[&str]) -> bool {
    homes.iter().any(|home| if home.ends_with('/') { path.starts_with(home) } else { path == *home })
}

fn upward(source: &Source) -> Vec<String> {
    let (path, room) = (&source.path, source.room());
    let Some(here) = place_of(room) else {
        return vec![format!("src/{path}: the room `{room}` has no floor; give it one in tests/it/floors.rs and src/lib.rs")];
    };
    let mut found = Vec::new();
    for other in rooms_named(&source.code) {
        let Some(there) = place_of(other).filter(|_| other != room) else { continue };
        if there.0 > here.0 {
            found.push(format!(
                "src/{path} (floor {}) imports from `{other}` (floor {}): imports point down only",
                here.0, there.0
            ));
        } else if there > here {
            found.push(format!("src/{path} imports from `{other}`, which stands after `{room}` on floor {}", here.0));
        } else if UNKNOWN_TO.contains(&(room, other)) {
            found.push(format!("src/{path} imports from `{other}`: `{room}` reaches it through flows only"));
        }
    }
    found
}

fn homeless(source: &Source) -> Vec<String> {
    let path = &source.path;
    let strangers = HOMES.iter().filter(|(package, homes)| !lives_in(path, homes) && names_package(&source.code, package));
    let mut found: Vec<String> = strangers
        .map(|(package, homes)| format!("src/{path} names `{package}`, whose home is {}", homes.join(" and ")))
        .collect();
    if place_of(source.room()).is_some_and(|(floor, _)| floor <= HIGHEST_WITHOUT_TOKIO) && names_package(&source.code, "tokio") {
        found.push(format!("src/{path} names `tokio`: floors 0 to {HIGHEST_WITHOUT_TOKIO} know nothing of async"));
    }
    found
}

#[test]
fn imports_point_down_packages_stay_at_home_and_files_stay_short() {
    let mut findings = Vec::new();
    for source in sources() {
        findings.extend(upward(&source));
        findings.extend(homeless(&source));
        if source.lines > MOST_LINES {
            findings.push(format!("src/{} has {} lines, {MOST_LINES} is the most: split it", source.path, source.lines));
        }
    }
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    // Tests are above everything: their imports make no circle.
    let is_test = |path: &str| path.ends_with("tests.rs");
    let product = sources().into_iter().filter(|source| !is_test(&source.path));
    let sources: Vec<(String, String)> = product.map(|source| (source.path, without_tests(&source.code))).collect();
    let found = circles(&Imports::of(&sources));
    assert!(found.is_empty(), "{} circles of files:\n{}", found.len(), found.join("\n"));
}

/// The most files in one folder, `mod.rs` among them, and the most lines in one room.
const MOST_FILES: usize = 15;
const MOST_LINES_OF_A_ROOM: usize = 7_000;

#[test]
fn no_folder_and_no_room_is_too_large() {
    let mut folders: BTreeMap<String, usize> = BTreeMap::new();
    let mut rooms: BTreeMap<String, usize> = BTreeMap::new();
    for source in sources() {
        let folder = source.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        // The files at the top are the rooms with one file each, the map and the main program.
        if !folder.is_empty() {
            *folders.entry(folder.to_owned()).or_default() += 1;
            *rooms.entry(source.room().to_owned()).or_default() += source.lines;
        }
    }
    let crowded =
        folders.into_iter().filter(|(_, files)| *files > MOST_FILES).map(|(name, files)| format!("{name}: {files} files"));
    let long = rooms
        .into_iter()
        .filter(|(_, lines)| *lines > MOST_LINES_OF_A_ROOM)
        .map(|(name, lines)| format!("{name}: {lines} lines"));
    let found: Vec<String> = crowded.chain(long).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Whether a line compares a secret byte by byte and stops at the first difference (RFC 6749 §10.10).
fn compares_a_secret(line: &str) -> bool {
    let line = line.replace(".as_str()", "").replace(".as_bytes()", "");
    ["==", "!="].iter().any(|sign| {
        line.split_once(sign).is_some_and(|(left, right)| {
            let right = right.split([',', ')', '&', '|', ';', '{']).next().unwrap_or_default();
            left.trim_end().ends_with(".expose()") || right.contains(".expose(")
        })
    })
}

#[test]
fn every_secret_is_compared_in_constant_time_or_by_its_hash() {
    assert!(compares_a_secret("if a.expose() == b {") && compares_a_secret("a != secret.expose().as_str()"));
    assert!(!compares_a_secret("same_bytes(a.expose(), b)") && !compares_a_secret("a.expose().len() == 6"));
    let mut findings = Vec::new();
    for source in sources() {
        let code = source.code.split("#[cfg(test)]").next().unwrap_or_default();
        let lines = code.lines().filter(|line| compares_a_secret(line));
        findings.extend(lines.map(|line| format!("src/{}: use same_bytes: {}", source.path, line.trim())));
    }
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

#[test]
fn the_test_itself_sees_what_it_looks_for() {
    let named = |code| rooms_named(code).into_iter().collect::<Vec<_>>();
    assert_eq!(named("use crate::store::{self, Store};"), ["store"]);
    assert_eq!(named("use crate::{flows::{App, Other}, time::Clock, web};"), ["flows", "time", "web"]);
    assert_eq!(named("let x = crate::crypto::seal::open(a); pub(in crate::store) fn f() {}"), ["crypto", "store"]);
    assert_eq!(named("use othercrate::store;"), [""; 0]);
    let naming = ["use sqlx::Row;", "sqlx::query(a)", "use sqlx;", "use sqlx as db;", "(sqlx::Error, u8)", " ::sqlx::query(a)"];
    for code in naming {
        assert!(names_package(code, "sqlx"), "{code}");
    }
    let others = ["use super::sqlx_like::A;", "crate::db::sqlx::A", "let sqlx = 1;", "mysqlx::a()", "mod sqlx; use sqlx::A;"];
    for code in others {
        assert!(!names_package(code, "sqlx"), "{code}");
    }
    let files =
        |texts: &[(&str, &str)]| texts.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect::<Vec<_>>();
    let circle = files(&[
        ("a/mod.rs", "pub mod b; pub use b::B;"),
        ("a/b.rs", "use crate::c::{d::D, E};"),
        ("c/mod.rs", "mod d;"),
        ("c/d.rs", "use crate::a::B;"),
    ]);
    assert_eq!(circles(&Imports::of(&circle)), ["src/a/b.rs -> src/c/d.rs (D) -> src/a/b.rs (B)"]);
    let line = files(&[
        ("a/mod.rs", "mod b; pub use b::B; use b::C;"),
        ("a/b.rs", "use super::super::c::D;"),
        ("c.rs", "mod tests { use super::*; }"),
    ]);
    assert_eq!(circles(&Imports::of(&line)), [""; 0]);
    assert_eq!(without_tests("a\n#[cfg(test)]\nmod t {\n    b\n}\nc\n    #[cfg(test)]\n    fn d();\n    e"), "a\nc\n    e");
    assert_eq!(without_comments("a // sqlx::b\n/// sqlx::c\nd"), "a \n\nd");
}
