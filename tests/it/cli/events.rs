//! `panjereh events`, and that operators' acts are in the log.

use super::{Place, assert_has};
use serde_json::Value;
use std::io::Write as _;
use std::process::{Command, Stdio};

const AGENCY: &str = r#"
[[agency]]
slug = "tax"
name = { fa = "مالیات", en = "Tax" }
"#;

fn json(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["kind"].as_str().expect("a kind")).collect()
}

/// Runs it with this text on standard input.
fn with_input(place: &Place, arguments: &[&str], input: &str) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_panjereh"));
    command.args(arguments).current_dir(place.folder.path()).env_clear().stdin(Stdio::piped());
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs");
    process.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it reads");
    let output = process.wait_with_output().expect("an output");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code().expect("no signal"), text(output.stdout), text(output.stderr))
}

#[test]
fn reading_needs_a_reason_and_is_itself_an_event_that_says_what_was_searched() {
    let place = Place::migrated();
    assert_eq!(place.run(&["events"]).code, 2);
    assert_eq!(place.run(&["events", "--reason", " "]).code, 2);
    place.run(&["events", "--reason", "case 1", "--client", "tax", "--since", "7d", "--kind", "signed_in"]).succeeded();
    let text = place.run(&["events", "--reason", "case 2"]).succeeded();
    assert_eq!(text.lines().count(), 2, "{text}");
    assert_has(
        &text,
        &["Z events_read actor=operator client=tax reason=\"case 1\" search=\"kind=signed_in since=20", "\"case 2\""],
    );
    let read = json(&place.run(&["events", "--reason", "case 3", "--format", "json"]).succeeded());
    assert_eq!(kinds(&read), ["events_read"; 3]);
    assert_eq!((&read[2]["actor"], &read[2]["reason"]), (&"operator".into(), &"case 3".into()));
}

#[test]
fn a_national_id_is_read_from_standard_input_and_never_an_argument() {
    let place = Place::migrated();
    let id = "0499370899";
    let told = place.run(&["events", "--reason", "x", "--person", id]);
    assert_eq!(told.code, 2);
    assert_has(&told.err, &["on standard input"]);
    let (code, out, err) = with_input(&place, &["events", "--reason", "case 4", "--person", "-"], &format!("{id}\n"));
    assert_eq!((code, out.as_str()), (1, ""), "{err}");
    assert_has(&err, &["has no account", "to do: "]);
    assert!(!err.contains(id), "{err}");
    let (code, _, err) = with_input(&place, &["events", "--reason", "case 5", "--person", "-"], "no number");
    assert_eq!(code, 1);
    assert_has(&err, &["no valid national ID"]);
    let read = place.run(&["events", "--reason", "x"]).succeeded();
    assert_has(&read, &["reason=\"case 4\" search=person"]);
    assert!(!read.contains(id), "{read}");
    let account = "0".repeat(26);
    assert_eq!(place.run(&["events", "--reason", "x", "--person", &account]).succeeded().lines().count(), 1);
    let read = json(&place.run(&["events", "--reason", "x", "--person", &account, "--format", "json"]).succeeded());
    assert_eq!(kinds(&read), ["events_read"; 2], "reading about a person is an event about that person");
}

#[test]
fn what_an_operator_changes_is_in_the_log() {
    let place = Place::migrated();
    place.write("agencies.toml", AGENCY);
    place.run(&["keys", "generate", "--alg", "ES256"]).succeeded();
    let applied = place.run(&["agency", "apply", "agencies.toml"]);
    assert_eq!(applied.code, 0, "{}", applied.err);
    let token = place.run(&["agency", "registration-token"]).succeeded();
    let (name, _) = token.split_once('.').expect("its name");
    place.run(&["agency", "registration-token", "revoke", name]).succeeded();
    place.run(&["registry", "generate", "--people", "3", "--out", "people.csv"]);
    assert_eq!(place.run(&["registry", "import", "people.csv"]).code, 0);
    let read = json(&place.run(&["events", "--reason", "audit", "--format", "json"]).succeeded());
    let expected = [
        ("keys_changed", "ES256 key"),
        ("agency_file_applied", "agency tax added"),
        ("registration_token_made", name),
        ("registration_token_revoked", name),
        ("registry_imported", "3 people"),
        ("events_read", "audit"),
    ];
    assert_eq!(kinds(&read), expected.map(|(kind, _)| kind));
    for (event, (_, reason)) in read.iter().zip(expected) {
        assert_eq!(event["actor"], "operator");
        assert!(event["reason"].as_str().is_some_and(|told| told.contains(reason)), "{event}");
    }
    let only = json(&place.run(&["events", "--reason", "x", "--kind", "keys_changed", "--format", "json"]).succeeded());
    assert_eq!(kinds(&only), ["keys_changed"]);
    assert_eq!(place.run(&["events", "--reason", "x", "--kind", "anything"]).code, 2);
    let ended = place.run(&["events", "--reason", "x", "--until", "2020-01-01", "--since", "2019-01-01T00:00:00Z"]).succeeded();
    assert_eq!(ended, "");
}

#[test]
fn the_kinds_are_listed_as_the_page_has_them() {
    let page = include_str!("../../../docs/events.md");
    assert_eq!(Place::empty().run(&["events", "kinds"]).succeeded(), page);
}

/// A kind in the table that no code writes would be a promise to an investigator that is not kept.
#[test]
fn every_kind_of_event_is_written_by_the_program() {
    fn sources(folder: &std::path::Path, text: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, text);
            } else if path.extension().is_some_and(|it| it == "rs") && !path.ends_with("records/event/kind.rs") {
                let file = std::fs::read_to_string(path).unwrap();
                text.push_str(file.split("#[cfg(test)]").next().unwrap_or_default());
            }
        }
    }
    let mut code = String::new();
    sources(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut code);
    let page = include_str!("../../../docs/events.md");
    for kind in page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()) {
        let variant: String = kind.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect();
        assert!(code.contains(&format!("EventKind::{variant}")), "{kind}");
    }
}
