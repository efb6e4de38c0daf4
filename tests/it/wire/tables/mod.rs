//! One table per endpoint: every parameter missing, empty, repeated, too long, of the wrong type; unknown ones; and the answer
//! with its headers. One world per table, embedded: `stories/` tests what the stores do.

mod authorize;
mod documents;
mod logout;
mod register;
mod shown_tokens;
mod token;
mod userinfo;

use crate::world::{Answer, Backend, World};

pub async fn world() -> World {
    World::new(Backend::Embedded).await.unwrap()
}

/// The expected answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// The answer to the good request.
    Good,
    /// This error; its status follows from it.
    Error(&'static str),
    /// A page with the sentence of this key, and no way back to the client.
    Page(&'static str),
}

pub const INVALID: Told = Told::Error("invalid_request");

/// One parameter of a good request, and the answer when it is changed.
pub struct Parameter {
    /// Its name, and the section that defines it.
    pub name: &'static str,
    pub section: &'static str,
    /// A correct value; empty where the good request has it.
    pub good: &'static str,
    pub missing: Told,
    pub empty: Told,
    pub twice: Told,
    /// The longest accepted value, in bytes, and the answer to one byte more.
    pub long: (usize, Told),
    /// Values of the wrong type or without a meaning.
    pub wrong: &'static [(&'static str, Told)],
}

type Pairs = Vec<(String, String)>;

/// One row: its name, the request, the expected answer.
pub struct Row {
    pub label: String,
    pub pairs: Pairs,
    pub told: Told,
}

impl Parameter {
    /// Every change of it in this good request.
    pub fn rows(&self, good: &[(String, String)]) -> Vec<Row> {
        let without: Pairs = good.iter().filter(|(name, _)| name != self.name).cloned().collect();
        let value = good.iter().find(|(name, _)| name == self.name).map_or(self.good, |(_, value)| value).to_owned();
        let of = |values: &[&str]| {
            let mut pairs = without.clone();
            pairs.extend(values.iter().map(|value| (self.name.to_owned(), (*value).to_owned())));
            pairs
        };
        let row = |label: &str, pairs: Pairs, told: Told| Row {
            label: format!("{} ({}) {label}", self.name, self.section),
            pairs,
            told,
        };
        let mut rows = vec![
            row("missing", of(&[]), self.missing),
            row("empty", of(&[""]), self.empty),
            row("twice", of(&[&value, &value]), self.twice),
            row("too long", of(&[&"a".repeat(self.long.0 + 1)]), self.long.1),
        ];
        rows.extend(self.wrong.iter().map(|(value, told)| row(&format!("= {value}"), of(&[value]), *told)));
        rows
    }
}

/// The rows that every endpoint has.
pub fn rows_of_any(good: &[(String, String)]) -> Vec<Row> {
    let with = |name: &str, value: &str| [good, &[(name.to_owned(), value.to_owned())]].concat();
    vec![
        Row { label: "as it should be".to_owned(), pairs: good.to_vec(), told: Told::Good },
        Row { label: "unknown (RFC 6749 3.1, 3.2)".to_owned(), pairs: with("unknown", "x"), told: Told::Good },
        Row {
            label: "unknown, with a control character (RFC 6749 3.1)".to_owned(),
            pairs: with("unknown", "a\u{0}b"),
            told: Told::Good,
        },
    ]
}

/// Pairs out of texts.
pub fn pairs(list: &[(&str, &str)]) -> Pairs {
    list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Asserts an error in JSON with all its headers (RFC 6749 §5.2).
#[track_caller]
pub fn is_json_error(answer: &Answer, error: &str, row: &str) {
    let status = if matches!(error, "invalid_client" | "invalid_token") { 401 } else { 400 };
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (status, error), "{row}: {}", answer.text());
    is_not_kept(answer, row);
    assert_eq!(answer.header("content-type"), "application/json", "{row}");
    assert!(answer.json()["error_description"].as_str().is_some_and(|text| text.is_ascii() && text.len() > 10), "{row}");
    let challenge = answer.header("www-authenticate");
    match error {
        "invalid_client" => is_challenge(challenge, "Basic", row),
        "invalid_token" => is_challenge(challenge, "Bearer", row),
        _ => assert_eq!(challenge, "", "{row}"),
    }
}

/// RFC 6749 §5.1: both headers.
#[track_caller]
pub fn is_not_kept(answer: &Answer, row: &str) {
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"), "{row}");
    assert!(answer.cookies().is_empty(), "{row}");
}

/// RFC 6749 §5.2, RFC 6750 §3.
#[track_caller]
fn is_challenge(challenge: &str, scheme: &str, row: &str) {
    let expected = format!(r#"{scheme} realm="https://window.example", error="#);
    assert!(challenge.starts_with(&expected), "{row}: {challenge}");
}
