//! `docs/conformance.md` and `docs/attacks.md` name tests that exist; each module occurs once in a plan.

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

/// Every function of the product and of its tests.
fn known() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut known = BTreeSet::new();
    functions(&root.join("src"), &mut known);
    functions(&root.join("tests/it"), &mut known);
    known
}

fn document(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn every_attack_of_the_table_is_tried_by_a_test_that_exists() {
    let (known, text) = (known(), document("docs/attacks.md"));
    let rows = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| attack |"));
    let (mut attacks, mut findings) = (BTreeSet::new(), Vec::new());
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [attack, source, tests] = cells[..] else {
            findings.push(format!("not three cells: {row}"));
            continue;
        };
        if !attacks.insert(attack) || source.is_empty() {
            findings.push(format!("{attack}: stands twice, or its source is missing"));
        }
        let unknown = in_backticks(tests).filter(|name| !known.contains(*name));
        findings.extend(unknown.map(|name| format!("{attack}: no test {name}")));
        if in_backticks(tests).next().is_none() {
            findings.push(format!("{attack}: no test"));
        }
    }
    assert!(findings.is_empty(), "{}", findings.join("\n"));
    assert!(attacks.len() >= 60, "only {} attacks", attacks.len());
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
