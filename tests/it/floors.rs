//! The floors of the house: imports point down only, and each named package has one home. Reads the sources as text, so that it also
//! sees what is written out as a path, in tests and behind `cfg`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Rooms and single files of `src/` from the ground up. Rooms of floor 1 may use each other; elsewhere a room uses lower floors only.
const FLOORS: [&[&str]; 7] = [
    &["time", "random", "secret", "text"],
    &["oidc", "identity", "settings"],
    &["crypto"],
    &["store", "transient", "registry", "messaging", "outbound"],
    &["flows"],
    &["web"],
    &["cli", "demo", "main", "lib"],
];

/// Floors whose rooms may use each other.
const OPEN_FLOORS: [usize; 3] = [0, 1, 6];

/// Files that may use a room of their own floor.
const NEIGHBOURS: [(&str, &str); 5] = [
    ("transient/embedded.rs", "store"),
    ("transient/table.rs", "store"),
    ("transient/sessions.rs", "store"),
    ("registry/local.rs", "store"),
    ("registry/import.rs", "store"),
];

/// Rooms that a room above may not know all the same.
const UNKNOWN_TO: [(&str, &str); 2] = [("web", "store"), ("web", "transient")];

/// Packages and the places (rooms or files of `src/`) that may name them.
const HOMES: &[(&str, &[&str])] = &[
    ("argon2", &["crypto/password.rs"]),
    ("askama", &["web/", "demo/"]),
    ("aws_lc_rs", &["crypto/", "secret.rs", "identity/account.rs", "oidc/claims.rs", "oidc/pkce.rs", "demo/clients.rs"]),
    ("axum", &["web/", "demo/"]),
    ("clap", &["cli/"]),
    ("csv", &["registry/", "cli/registry.rs"]),
    ("fluent_bundle", &["web/"]),
    ("getrandom", &["random.rs"]),
    ("hyper", &["web/connection.rs"]),
    ("hyper_util", &["web/connection.rs"]),
    ("icu_calendar", &["identity/"]),
    ("indicatif", &["cli/"]),
    ("metrics_exporter_prometheus", &["cli/telemetry.rs", "web/metrics.rs", "demo/run.rs"]),
    ("mimalloc", &["main.rs"]),
    ("openidconnect", &["demo/"]),
    ("phonenumber", &["identity/mobile.rs"]),
    ("rcgen", &["cli/tls.rs"]),
    ("redis", &["transient/redis.rs"]),
    ("reqwest", &["demo/", "outbound/"]),
    ("rustls", &["web/tls.rs", "crypto/certificate.rs"]),
    ("sqlx", &["store/"]),
    ("tokio_rustls", &["web/tls.rs"]),
    ("tracing_subscriber", &["cli/telemetry.rs"]),
    ("x509_parser", &["crypto/certificate.rs"]),
    ("webauthn_rs", &["crypto/passkey.rs", "crypto/passkey/"]),
];

/// The highest floor that knows nothing of async.
const HIGHEST_WITHOUT_TOKIO: usize = 2;

/// No file is longer.
const MOST_LINES: usize = 400;

/// A source file: its path below `src/`, and its text without comments.
struct Source {
    path: String,
    code: String,
    lines: usize,
}

impl Source {
    /// The room, or the name of a file that stands in none.
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

/// Comments may name anything. A `//` inside a text is not told apart; what follows it on that line is not looked at.
fn without_comments(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

fn floor_of(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
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

/// The first words of the parts of a `{…}` that has just been opened.
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

/// Whether a file names a package: `package::…` that is no tail of a longer path, or `use package;`, `use package as …`. Where the file
/// has a module of that name, only `::package` is the package.
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
    let Some(floor) = floor_of(room) else {
        return vec![format!("src/{path}: the room `{room}` has no floor; give it one in tests/it/floors.rs and DESIGN.md")];
    };
    let mut found = Vec::new();
    for other in rooms_named(&source.code) {
        let Some(other_floor) = floor_of(other).filter(|_| other != room) else { continue };
        let neighbour = other_floor == floor && (OPEN_FLOORS.contains(&floor) || NEIGHBOURS.contains(&(path.as_str(), other)));
        if other_floor > floor {
            found.push(format!(
                "src/{path} (floor {floor}) imports from `{other}` (floor {other_floor}): imports point down only"
            ));
        } else if other_floor == floor && !neighbour {
            found.push(format!("src/{path} imports from `{other}`: rooms of floor {floor} know nothing of each other"));
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
    if floor_of(source.room()).is_some_and(|floor| floor <= HIGHEST_WITHOUT_TOKIO) && names_package(&source.code, "tokio") {
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

/// Whether a line compares what a secret holds byte by byte, and stops at the first that differs (RFC 6749 §10.10).
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
    assert_eq!(without_comments("a // sqlx::b\n/// sqlx::c\nd"), "a \n\nd");
}
