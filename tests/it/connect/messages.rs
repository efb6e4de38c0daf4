//! `docs/connect/messages.md` has the texts that libraries really show: they are provoked here.

use super::page::Page;
use super::scripts;
use crate::demo_process::Demo;
use crate::{go, node, python};
use std::path::Path;
use std::process::Command;

#[tokio::test]
async fn what_authlib_openid_client_and_go_say_is_in_the_table() {
    let (Some(_), Some(packages), Some(())) = (python::interpreter(), node::packages(), go::tool()) else { return };
    let demo = Demo::start().await;
    let asked =
        |command: &mut Command| python::run(command.arg(demo.issuer()).arg(demo.data())).unwrap_or_else(|why| panic!("{why}"));
    are_in_the_table(&id_token(&demo), &demo.issuer());

    let folder = tempfile::TempDir::new_in(packages).expect("a folder");
    for name in ["messages.mjs", "citizen.mjs"] {
        std::fs::copy(scripts().join(name), folder.path().join(name)).expect("a script");
    }
    are_in_the_table(&asked(Command::new("node").arg(folder.path().join("messages.mjs"))), &demo.issuer());

    let program = go::build_ours(folder.path(), "./messages");
    are_in_the_table(&asked(&mut Command::new(program)), &demo.issuer());
}

#[test]
fn the_endpoints_that_the_table_names_are_those_of_the_discovery_document() {
    let table = Page::read("messages");
    for name in ["authorize", "token", "userinfo", "jwks", "logout", "introspect", "revoke", ".well-known/openid-configuration"] {
        assert!(table.text().contains(&format!("`http://localhost:8080/{name}`")), "{name} is not in the table");
    }
}

/// Signs in once with Authlib and writes `id_token.txt` into the demo's folder; returns what Authlib says to what is wrong.
pub fn id_token(demo: &Demo) -> String {
    let interpreter = python::interpreter().expect("Python");
    let mut script = Command::new(interpreter);
    script.arg("-B").arg(scripts().join("messages.py")).arg(demo.issuer()).arg(demo.data());
    python::run(&mut script).unwrap_or_else(|why| panic!("{why}"))
}

/// Each line is `library: text`, or `library: text | cause`. What changes from run to run is `…` in the table.
pub fn are_in_the_table(said: &str, issuer: &str) {
    let table =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/connect/messages.md")).expect("the page");
    let lines: Vec<&str> = said.lines().filter(|line| !line.is_empty()).collect();
    assert!(lines.len() >= 4, "{said}");
    for line in lines {
        let (_, text) = line.split_once(": ").expect("a library and its text");
        for part in text.split(" | ") {
            let shown = table.lines().any(|row| stands_in(part, row, issuer));
            assert!(shown, "no row of the table has: {line}");
        }
    }
}

/// Whether one of the code spans or texts in italics of a row is this text, with `…` for any run of letters.
fn stands_in(text: &str, row: &str, issuer: &str) -> bool {
    let text = text.replace(issuer, "http://localhost:8080");
    row.split(['`', '*']).skip(1).step_by(2).any(|pattern| matches(&text, pattern))
}

fn matches(text: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('…');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut open = false;
    for part in parts {
        open = part.is_empty();
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    open || rest.is_empty()
}
