//! `docs/conformance.md`, `docs/attacks.md` and `docs/bugs.md` name tests that exist; each module occurs once in a plan.

use std::collections::BTreeSet;
use std::path::Path;

/// The names of all functions below a folder.
fn functions(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            functions(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let names = text.split("fn ").skip(1).map(|rest| rest.split(['(', '<']).next().unwrap().to_owned());
            found.extend(names);
        }
    }
}

fn in_backticks(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// Every function of the product, of its tests and of its benchmarks, one of which runs in the tests.
fn known() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut known = BTreeSet::new();
    functions(&root.join("src"), &mut known);
    functions(&root.join("tests/it"), &mut known);
    functions(&root.join("benches"), &mut known);
    known
}

fn document(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The first cell of each row of a document's tables of three cells; each row stands once, has a source, and names tests that exist.
fn rows_with_tests(path: &str) -> BTreeSet<String> {
    let (known, text) = (known(), document(path));
    let is_head = |line: &str| line.starts_with("| attack |") || line.starts_with("| kind |");
    let rows = text.lines().filter(|line| line.starts_with("| ") && !is_head(line));
    let (mut found, mut findings) = (BTreeSet::new(), Vec::new());
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [kind, source, tests] = cells[..] else {
            findings.push(format!("not three cells: {row}"));
            continue;
        };
        if !found.insert(kind.to_owned()) || source.is_empty() {
            findings.push(format!("{kind}: stands twice, or its source is missing"));
        }
        let unknown = in_backticks(tests).filter(|name| !known.contains(*name));
        findings.extend(unknown.map(|name| format!("{kind}: no test {name}")));
        if in_backticks(tests).next().is_none() {
            findings.push(format!("{kind}: no test"));
        }
    }
    assert!(findings.is_empty(), "{path}: {}", findings.join("\n"));
    found
}

#[test]
fn every_attack_of_the_table_is_tried_by_a_test_that_exists() {
    let attacks = rows_with_tests("docs/attacks.md");
    assert!(attacks.len() >= 60, "only {} attacks", attacks.len());
}

#[test]
fn every_kind_of_fault_has_a_test_that_exists() {
    let kinds = rows_with_tests("docs/bugs.md");
    assert!(!kinds.is_empty(), "no fault is listed");
}

#[test]
fn every_test_that_the_conformance_table_names_exists_and_every_module_stands_once_in_its_plan() {
    let (known, text) = (known(), document("docs/conformance.md"));
    let (mut plans, mut findings) = (0, Vec::new());
    for plan in text.split("\n## ").skip(1) {
        let mut modules = BTreeSet::new();
        for row in plan.lines().filter(|line| line.starts_with("| `")) {
            let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
            let [module, _, tests, expected] = cells[..] else {
                findings.push(format!("not four cells: {row}"));
                continue;
            };
            if !modules.insert(module) {
                findings.push(format!("{module} stands twice in its plan"));
            }
            findings.extend(
                in_backticks(tests).filter(|name| !known.contains(*name)).map(|name| format!("{module}: no test {name}")),
            );
            if tests.is_empty() || expected.is_empty() {
                findings.push(format!("{module}: a cell is empty"));
            }
        }
        plans += usize::from(!modules.is_empty());
    }
    assert!(findings.is_empty(), "{}", findings.join("\n"));
    assert!(plans >= 8, "only {plans} plans");
}
