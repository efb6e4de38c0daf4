//! The documents are true to the tree: links lead to files, and the files and functions that they name exist.

use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Files below a folder with one of these extensions.
fn files(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|it| it == extension) {
            found.push(path);
        }
    }
}

fn below(folders: &[&str], extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in folders {
        files(&Path::new(ROOT).join(folder), extension, &mut found);
    }
    found.sort();
    found
}

/// A document without its blocks of code, and its name.
struct Document {
    path: PathBuf,
    text: String,
}

/// Every document of the project itself; what the packages of the test clients bring along is not looked at.
fn documents() -> Vec<Document> {
    let mut paths = below(&["docs", "deploy", "keys"], "md");
    paths.push(Path::new(ROOT).join("fuzz/README.md"));
    let top = std::fs::read_dir(ROOT).unwrap().map(|entry| entry.unwrap().path());
    paths.extend(top.filter(|path| path.extension().is_some_and(|extension| extension == "md")));
    let prose = |text: &str| text.split("```").step_by(2).collect::<String>();
    paths.into_iter().map(|path| Document { text: prose(&std::fs::read_to_string(&path).unwrap()), path }).collect()
}

/// What stands between backticks.
fn code_spans(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2).map(str::trim)
}

fn is_path_of_source(span: &str) -> bool {
    let is_part_of_path = |sign: char| sign.is_ascii_alphanumeric() || "_-./".contains(sign);
    span.strip_suffix(".rs").is_some_and(|name| name.chars().all(is_part_of_path))
}

/// Whether a source file exists: from the top, below `src/` or `tests/it/`, beside the text that names it, or, without a folder, anywhere.
fn exists(name: &str, beside: &Path, sources: &[PathBuf]) -> bool {
    let root = Path::new(ROOT);
    let places = [root.to_owned(), root.join("src"), root.join("tests/it"), beside.parent().unwrap().to_owned()];
    places.iter().any(|place| place.join(name).is_file())
        || (!name.contains('/') && sources.iter().any(|source| source.file_name().is_some_and(|file| file == name)))
}

fn below_root(path: &Path) -> String {
    path.strip_prefix(ROOT).unwrap().display().to_string()
}

#[test]
fn every_link_between_documents_leads_to_a_file() {
    let mut findings = Vec::new();
    for document in documents() {
        let targets = document.text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains("://") && !target.starts_with('#')) {
            let file = target.split('#').next().unwrap_or_default();
            if !document.path.parent().unwrap().join(file).exists() {
                findings.push(format!("{}: {target}", below_root(&document.path)));
            }
        }
    }
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

#[test]
fn every_source_file_that_a_document_or_a_room_names_exists() {
    let sources = below(&["src", "tests/it", "benches", "fuzz/src"], "rs");
    let mut texts: Vec<(PathBuf, String)> = documents()
        .into_iter()
        .filter(|document| !document.path.ends_with("CHANGELOG.md"))
        .map(|it| (it.path, it.text))
        .collect();
    for path in sources.iter().filter(|path| path.ends_with("mod.rs") || path.ends_with("src/lib.rs")) {
        let text = std::fs::read_to_string(path).unwrap();
        let head: Vec<&str> = text.lines().map_while(|line| line.strip_prefix("//!")).collect();
        texts.push((path.clone(), head.join("\n")));
    }
    let mut findings = Vec::new();
    for (path, text) in &texts {
        let names = code_spans(text).flat_map(str::split_whitespace).filter(|name| is_path_of_source(name));
        let missing = names.filter(|name| !exists(name, path, &sources));
        findings.extend(missing.map(|name| format!("{}: {name}", below_root(path))));
    }
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

#[test]
fn every_function_that_the_pages_about_the_code_name_exists() {
    let sources = below(&["src"], "rs");
    let code: String = sources.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let mut findings = Vec::new();
    let mut named = 0;
    for page in ["CONTRIBUTING.md", "docs/architecture.md", "docs/engine.md"] {
        let text = std::fs::read_to_string(Path::new(ROOT).join(page)).unwrap();
        for call in code_spans(&text).filter_map(|span| span.strip_suffix("()")) {
            let name = call.rsplit(['.', ':']).next().unwrap_or_default();
            named += 1;
            if !code.contains(&format!("fn {name}(")) && !code.contains(&format!("fn {name}<")) {
                findings.push(format!("{page}: {call}()"));
            }
        }
    }
    assert!(findings.is_empty(), "{}", findings.join("\n"));
    assert!(named > 50, "only {named} functions are named");
}
