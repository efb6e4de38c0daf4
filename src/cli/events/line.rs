//! An event on one line, as text and as JSON.

use crate::records::event::{Event, What};
use crate::records::principal::Principal;
use crate::store::ReadEvent;
use crate::time::Timestamp;
use serde_json::{Value, json};

/// ISO 8601 in UTC, to the millisecond.
pub(super) fn time(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_millisecond(at.millis()).unwrap_or_default();
    format!("{at:.3}")
}

/// `TIME KIND name=value …`; a value with other signs than those of names is quoted as in JSON.
pub(super) fn as_text(read: &ReadEvent) -> String {
    let event = &read.event;
    let (role, who) = actor(event);
    let details = event.what.iter().map(details).map(|(name, value)| (name, plain(&value)));
    let fields = [
        ("times", (event.times > 1).then(|| event.times.to_string())),
        ("actor", Some(who.as_ref().map_or_else(|| role.to_owned(), |who| format!("{role}:{who}")))),
        ("account", event.account.map(|account| account.to_string())),
        ("client", event.client.as_ref().map(|client| client.as_str().to_owned())),
        ("network", event.origin.network.map(|network| network.to_string())),
        ("browser", event.origin.browser.map(|browser| browser.name().to_owned())),
        ("reason", event.reason.as_deref().map(str::to_owned)),
        ("seq", read.seq.map(|seq| seq.to_string())),
    ];
    let fields = fields.into_iter().filter_map(|(name, value)| Some((name, value?))).chain(details);
    let fields = fields.map(|(name, value)| format!("{name}={}", quoted(value)));
    let words = [time(event.at), event.kind.name().to_owned()].into_iter().chain(fields);
    words.collect::<Vec<_>>().join(" ")
}

fn quoted(value: String) -> String {
    let is_plain = |sign: char| sign.is_ascii_alphanumeric() || "-_.:/,".contains(sign);
    if !value.is_empty() && value.chars().all(is_plain) { value } else { Value::String(value).to_string() }
}

/// A JSON object; a member that is not known is left out.
pub(super) fn as_json(read: &ReadEvent) -> String {
    let event = &read.event;
    let (role, who) = actor(event);
    let members = [
        ("at", Some(json!(time(event.at)))),
        ("kind", Some(json!(event.kind.name()))),
        ("times", Some(json!(event.times))),
        ("actor", Some(json!(role))),
        ("actor_id", who.map(|who| json!(who))),
        ("account", event.account.map(|account| json!(account.to_string()))),
        ("client", event.client.as_ref().map(|client| json!(client.as_str()))),
        ("network", event.origin.network.map(|network| json!(network.to_string()))),
        ("browser", event.origin.browser.map(|browser| json!(browser.name()))),
        ("reason", event.reason.as_deref().map(|reason| json!(reason))),
        ("id", Some(json!(event.id.to_string()))),
        ("seq", read.seq.map(|seq| json!(seq))),
    ];
    let known = members.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let members = known.chain(event.what.iter().map(details)).map(|(name, value)| (name.to_owned(), value));
    Value::Object(members.collect()).to_string()
}

/// The role of the actor, and its id if it has one.
fn actor(event: &Event) -> (&'static str, Option<String>) {
    let id = match &event.actor {
        Principal::Citizen(account) => account.map(|account| account.to_string()),
        Principal::Client(client) => Some(client.as_str().to_owned()),
        Principal::Officer(officer) => Some(officer.to_string()),
        Principal::Operator | Principal::System => None,
    };
    (event.actor.name(), id)
}

fn details(what: &What) -> (&'static str, Value) {
    match what {
        What::Methods(methods) => ("methods", json!(methods)),
        What::Passkey(passkey) => ("passkey", json!(passkey)),
        What::Grant(grant) => ("grant", json!(grant)),
        What::Target(client) => ("target", json!(client.as_str())),
        What::Evidence(kind) => ("evidence", json!(kind.name())),
        What::Search(search) => ("search", json!(search)),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::words::ClientId;
    use crate::identity::assurance::AuthenticationMethod::{Password, SmsCode};
    use crate::identity::id::{AccountId, EventId};
    use crate::records::event::EventKind;
    use crate::records::origin::{AddressPrefix, BrowserFamily, RequestOrigin};

    fn read() -> ReadEvent {
        let account = AccountId::from_bytes([0; 16]);
        let event = Event {
            id: EventId::from_bytes([0; 16]),
            at: Timestamp::from_millis(1_500),
            kind: EventKind::SignedIn,
            actor: Principal::Citizen(Some(account)),
            account: Some(account),
            client: ClientId::parse("tax"),
            what: Some(What::Methods(vec![Password, SmsCode])),
            origin: RequestOrigin {
                network: Some(AddressPrefix::of([192, 0, 2, 7].into())),
                browser: Some(BrowserFamily::Firefox),
            },
            reason: Some("a \"b\"\n=c".into()),
            times: 2,
        };
        ReadEvent { seq: Some(7), event }
    }

    #[test]
    fn a_line_of_text_has_one_value_for_each_name_and_no_value_ends_it() {
        assert_eq!(
            as_text(&read()),
            "1970-01-01T00:00:01.500Z signed_in times=2 actor=citizen:00000000000000000000000000 account=00000000000000000000000000 \
             client=tax network=192.0.2.0/24 browser=firefox reason=\"a \\\"b\\\"\\n=c\" seq=7 methods=password,sms_code"
        );
    }

    #[test]
    fn a_line_of_json_is_an_object_without_what_is_not_known() {
        let object: Value = serde_json::from_str(&as_json(&read())).unwrap();
        assert_eq!((&object["kind"], &object["reason"]), (&json!("signed_in"), &json!("a \"b\"\n=c")));
        assert_eq!(object["methods"], json!(["password", "sms_code"]));
        let mut read = read();
        read.event.reason = None;
        assert!(!as_json(&read).contains("reason"));
    }
}
