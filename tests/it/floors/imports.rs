//! Which file imports which, by the paths in the sources, and the circles among them.
//!
//! A path counts for the file that defines its last name: a name that a file only re-exports (`pub use`) is followed to its
//! source. The declaration `mod name;` is no import.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

/// A path inside the crate, without `crate`.
type Segments = Vec<String>;

/// The imports of all files.
pub struct Imports {
    /// From a file to the files that it imports, each with the imported names.
    of: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
}

impl Imports {
    /// Reads them from sources without comments: path below `src/`, and text.
    pub fn of(sources: &[(String, String)]) -> Self {
        let modules: HashMap<Segments, &str> = sources.iter().map(|(path, _)| (module_of(path), path.as_str())).collect();
        let mut reexports = HashMap::new();
        let mut named = Vec::new();
        for (path, code) in sources {
            let reader = Reader { module: module_of(path), modules: &modules };
            let read = reader.read(code);
            reexports.extend(read.reexports);
            named.push((path, read.named));
        }
        let mut of: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
        for (path, paths) in named {
            for segments in paths {
                let segments = followed(segments, &reexports);
                let Some((file, name)) = home_of(&segments, &modules) else { continue };
                if file != *path {
                    of.entry(path.clone()).or_default().entry(file).or_default().insert(name);
                }
            }
        }
        Self { of }
    }
}

/// One circle for each group of files that import each other, as a line: `a -> b (names) -> a (names)`.
pub fn circles(imports: &Imports) -> Vec<String> {
    let mut found = Vec::new();
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for start in imports.of.keys() {
        if told.contains(start.as_str()) {
            continue;
        }
        if let Some(way) = way_back(imports, start) {
            told.extend(way.iter().copied());
            found.push(shown(imports, &way));
        }
    }
    found
}

/// The shortest path from a file over its imports back to itself.
fn way_back<'a>(imports: &'a Imports, start: &'a str) -> Option<Vec<&'a str>> {
    let mut ways = std::collections::VecDeque::from([vec![start]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        let here = *way.last()?;
        for next in imports.of.get(here).into_iter().flat_map(BTreeMap::keys) {
            if next == start {
                return Some([way, vec![start]].concat());
            }
            if seen.insert(next.as_str()) {
                ways.push_back([way.as_slice(), &[next.as_str()]].concat());
            }
        }
    }
    None
}

fn shown(imports: &Imports, way: &[&str]) -> String {
    let mut line = format!("src/{}", way[0]);
    for pair in way.windows(2) {
        let names: Vec<&str> = imports.of[pair[0]][pair[1]].iter().map(String::as_str).collect();
        // Writing to a `String` cannot fail.
        write!(line, " -> src/{} ({})", pair[1], names.join(", ")).ok();
    }
    line
}

/// `a/b.rs` and `a/b/mod.rs` are both the module `a::b`; `a/b_tests.rs` holds the tests of `a::b`.
fn module_of(path: &str) -> Segments {
    let path = path.trim_end_matches(".rs");
    let mut segments: Segments = path.split('/').map(str::to_owned).collect();
    if segments.last().is_some_and(|last| last == "mod") || path == "lib" {
        segments.pop();
    }
    if let Some(tested) = segments.last().and_then(|last| last.strip_suffix("_tests")).map(str::to_owned) {
        segments.pop();
        segments.extend([tested, "tests".to_owned()]);
    }
    segments
}

/// The file that defines what a path names, and the name; a module by itself counts with the name `mod`.
fn home_of(segments: &[String], modules: &HashMap<Segments, &str>) -> Option<(String, String)> {
    let (at, file) = (1..=segments.len()).rev().find_map(|at| modules.get(&segments[..at]).map(|file| (at, *file)))?;
    match segments.get(at) {
        Some(name) => Some((file.to_owned(), name.clone())),
        // The bare name of a room or wing imports no item, only its modules.
        None if file.ends_with("mod.rs") => None,
        None => Some((file.to_owned(), "mod".to_owned())),
    }
}

fn followed(mut segments: Segments, reexports: &HashMap<Segments, Segments>) -> Segments {
    for _ in 0..8 {
        let found = (1..=segments.len()).rev().find_map(|at| reexports.get(&segments[..at]).map(|target| (at, target)));
        let Some((at, target)) = found.filter(|(at, target)| segments[..*at] != target[..]) else { break };
        segments = [target.as_slice(), &segments[at..]].concat();
    }
    segments
}

/// Reads the paths of one file.
struct Reader<'a> {
    module: Segments,
    modules: &'a HashMap<Segments, &'a str>,
}

/// What a file names, and what it only re-exports.
#[derive(Default)]
struct Read {
    named: Vec<Segments>,
    reexports: Vec<(Segments, Segments)>,
}

impl Reader<'_> {
    fn read(&self, code: &str) -> Read {
        let mut read = Read::default();
        let mut rest = String::new();
        // Statements end with `;`, and `use` begins one: so it never occurs in the middle of another.
        for statement in code.split_inclusive(';') {
            let Some(at) = use_in(statement) else {
                rest.push_str(statement);
                continue;
            };
            let (before, tree) = (&statement[..at], statement[at + "use ".len()..].trim_end_matches(';'));
            let last_line = before.rsplit(['\n', '{', '}']).next().unwrap_or_default().trim();
            rest.push_str(before);
            for leaf in leaves(tree) {
                let Some(path) = self.absolute(&leaf) else { continue };
                if last_line.starts_with("pub") {
                    let name = path.last().cloned().unwrap_or_default();
                    read.reexports.push(([self.module.as_slice(), &[name]].concat(), path));
                } else {
                    read.named.push(path);
                }
            }
        }
        read.named.extend(self.written_out(&rest));
        read
    }

    /// Paths that begin with `crate::` or `super::` outside of `use`.
    fn written_out(&self, code: &str) -> Vec<Segments> {
        let mut found = Vec::new();
        for head in ["crate::", "super::"] {
            for (at, _) in code.match_indices(head) {
                let before = code[..at].chars().next_back();
                if before.is_some_and(|sign| sign.is_alphanumeric() || sign == '_' || sign == ':') {
                    continue;
                }
                let end = code[at..].find(|sign: char| !(sign.is_alphanumeric() || sign == '_' || sign == ':'));
                let path = &code[at..end.map_or(code.len(), |end| at + end)];
                let leaf: Segments = path.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect();
                found.extend(self.absolute(&leaf));
            }
        }
        found
    }

    /// The path inside the crate; `None` for another package's.
    fn absolute(&self, path: &[String]) -> Option<Segments> {
        let (first, rest) = path.split_first()?;
        let up = path.iter().take_while(|part| *part == "super").count();
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([self.module.as_slice(), rest].concat()),
            "super" if up <= self.module.len() => Some([&self.module[..self.module.len() - up], &path[up..]].concat()),
            _ => {
                let child = [self.module.as_slice(), std::slice::from_ref(first)].concat();
                self.modules.contains_key(&child).then(|| [child.as_slice(), rest].concat())
            }
        }
    }
}

/// Where `use ` begins in a statement.
fn use_in(statement: &str) -> Option<usize> {
    statement.match_indices("use ").map(|(at, _)| at).find(|at| {
        let before = statement[..*at].trim_end_matches(' ');
        before.is_empty() || before.ends_with(['\n', '{', '}', ')']) || before.ends_with("pub")
    })
}

/// The single paths of a use tree, without `as …`; `{self}` is the path before it, and `*` is left out.
fn leaves(tree: &str) -> Vec<Segments> {
    let tree = tree.trim();
    let segments = |text: &str| -> Segments {
        let text = text.split(" as ").next().unwrap_or_default();
        text.split("::").map(str::trim).filter(|part| !part.is_empty() && *part != "*").map(str::to_owned).collect()
    };
    let Some(open) = tree.find('{') else { return vec![segments(tree)] };
    let head = segments(&tree[..open]);
    let body = tree[open + 1..].trim_end().trim_end_matches('}');
    let (mut depth, mut from, mut parts) = (0_i32, 0, Vec::new());
    for (at, sign) in body.char_indices() {
        match sign {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&body[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&body[from..]);
    let inner = parts.into_iter().filter(|part| !part.trim().is_empty()).flat_map(leaves);
    inner.map(|leaf| if leaf == ["self"] { head.clone() } else { [head.as_slice(), &leaf].concat() }).collect()
}
