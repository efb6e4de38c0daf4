//! Rich authorization requests (RFC 9396 §2): the parameter as it is sent.

use super::assert_printable;
use panjereh::client::detail_types::{LONGEST_TEXT, MOST_ENTRIES, is_field_name};
use panjereh::oidc::details::{AuthorizationDetails, Detail};
use serde_json::Value;

/// Reads one parameter.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match AuthorizationDetails::parse(text) {
        Ok(details) => check_details(text, &details),
        Err(error) => assert_printable(&error),
    }
}

fn check_details(text: &str, details: &AuthorizationDetails) {
    assert!(text.len() <= 4096);
    let given: Vec<Value> = serde_json::from_str(text).expect("what is accepted is a JSON array");
    assert!(given.len() == details.iter().count() && (1..=8).contains(&given.len()));
    for (object, detail) in given.iter().zip(details.iter()) {
        check_object(object, detail);
    }
    // Written again with other spacing, and kept in either form, it is the same.
    let wire = serde_json::to_string(details).expect("JSON");
    assert!(serde_json::from_str::<Vec<Value>>(&wire).expect("JSON") == given);
    assert!(serde_json::from_str::<AuthorizationDetails>(&wire).expect("what was kept") == *details);
    let kept = postcard::to_allocvec(details).expect("bytes");
    assert!(postcard::from_bytes::<AuthorizationDetails>(&kept).expect("what was kept") == *details);
    // RFC 9396 §6: a token request can name fewer of the granted objects, and none of those that were not granted.
    let last = details.iter().last().cloned();
    let fewer = details.only(|detail| Some(detail) == last.as_ref()).expect("at least one");
    assert!(fewer.iter().count() == 1, "no object twice");
    assert!(AuthorizationDetails::narrowed(Some(details), Some(&fewer)).expect("granted") == Some(fewer.clone()));
    assert!(AuthorizationDetails::narrowed(Some(details), None).expect("granted").as_ref() == Some(details));
    assert!(AuthorizationDetails::narrowed(None, Some(&fewer)).is_err());
    assert_eq!(AuthorizationDetails::narrowed(Some(&fewer), Some(details)).is_ok(), given.len() == 1);
    assert!(!format!("{details:?}").contains('{'), "what was asked for is not printed");
}

fn check_object(object: &Value, detail: &Detail) {
    let object = object.as_object().expect("an object");
    assert_eq!(object["type"].as_str(), Some(detail.kind().as_str()));
    assert!(object.len() <= 25);
    for (name, value) in object.iter().filter(|(name, _)| *name != "type") {
        assert!(is_field_name(name) && detail.field(name) == Some(value));
        match value {
            Value::String(text) => check_text(text),
            Value::Array(entries) => {
                assert!((1..=MOST_ENTRIES).contains(&entries.len()));
                for entry in entries {
                    check_text(entry.as_str().expect("a text"));
                }
            }
            Value::Number(number) => assert!(number.is_u64()),
            Value::Bool(_) => {}
            Value::Null | Value::Object(_) => panic!("nothing nests"),
        }
    }
}

/// A consent page shows it beside other words: it must stay on its line and in its direction.
fn check_text(text: &str) {
    assert!(!text.trim().is_empty() && text.chars().count() <= LONGEST_TEXT);
    assert!(!text.chars().any(|c| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')));
}
