//! `docs/registry.openapi.json` against the real service and the real questions of a sign-in server.

use crate::backends;
use crate::world::citizen::{national_id, person};
use crate::world::registry::claims;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use panjereh::boot::registry::service_key;
use panjereh::edge::registry_service::routes;
use panjereh::identity::birth_date::BirthDate;
use panjereh::identity::person::{PersonName, Vital};
use panjereh::random::Random;
use panjereh::registry::local::{LocalRegistry, add_all};
use panjereh::registry::service::RegistryService;
use panjereh::time::Clock;
use serde_json::{Value, json};
use std::sync::Arc;

/// The document.
struct OpenApi(Value);

impl OpenApi {
    fn read() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/registry.openapi.json");
        Self(serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
    }

    fn at(&self, reference: &str) -> &Value {
        let pointer = reference.strip_prefix('#').expect("a reference within the document");
        self.0.pointer(pointer).unwrap_or_else(|| panic!("{reference} is not there"))
    }

    fn schema(&self, name: &str) -> &Value {
        self.at(&format!("#/components/schemas/{name}"))
    }

    /// Why a value is not one of a schema, as far as JSON Schema is used in the document. A keyword that is not known here fails.
    fn fault(&self, schema: &Value, value: &Value, at: &str) -> Option<String> {
        let length = value.as_str().map(|text| text.chars().count() as u64);
        schema.as_object().unwrap().iter().find_map(|(keyword, rule)| {
            let fits = match keyword.as_str() {
                "description" => true,
                "$ref" => return self.fault(self.at(rule.as_str().unwrap()), value, at),
                "oneOf" => {
                    let fitting = |one: &&Value| self.fault(one, value, at).is_none();
                    rule.as_array().unwrap().iter().filter(fitting).count() == 1
                }
                "type" => match rule.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "integer" => value.is_i64(),
                    other => panic!("the type {other} is not known"),
                },
                "const" => value == rule,
                "enum" => rule.as_array().unwrap().contains(value),
                "pattern" => matches(rule.as_str().unwrap(), value.as_str().unwrap()),
                "minLength" => length >= rule.as_u64(),
                "maxLength" => length <= rule.as_u64(),
                "items" => {
                    return value.as_array().unwrap().iter().find_map(|item| self.fault(rule, item, at));
                }
                "required" => rule.as_array().unwrap().iter().all(|name| value.get(name.as_str().unwrap()).is_some()),
                "additionalProperties" => {
                    assert_eq!(rule, false);
                    value.as_object().unwrap().keys().all(|name| schema["properties"].get(name).is_some())
                }
                "properties" => {
                    let present = |(name, rule): (&String, &Value)| self.fault(rule, value.get(name)?, &format!("{at}/{name}"));
                    return rule.as_object().unwrap().iter().find_map(present);
                }
                other => panic!("the keyword {other} is not known"),
            };
            (!fits).then(|| format!("{at}: {keyword} {rule} does not fit {value}"))
        })
    }

    fn holds(&self, schema: &str, value: &Value) {
        assert_eq!(self.fault(self.schema(schema), value, schema), None);
    }
}

/// The patterns of the document, by hand: a text for each must fit and not fit (below).
fn matches(pattern: &str, text: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    match pattern {
        "^([0-9]{10}|[0-9]{12})$" => digits(text) && matches!(text.len(), 10 | 12),
        "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$" => {
            let parts: Vec<&str> = text.split('-').collect();
            let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
            parts.iter().all(|part| digits(part)) && [4, 2, 2].starts_with(&lengths)
        }
        "^\\+[1-9][0-9]{6,14}$" => {
            text.strip_prefix('+').is_some_and(|rest| digits(rest) && !rest.starts_with('0') && (7..=15).contains(&rest.len()))
        }
        "^[A-Z]{2}$" => text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase()),
        "^[A-Z0-9]{4,20}$" => {
            (4..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        }
        other => panic!("the pattern {other} is not known"),
    }
}

struct Office {
    router: Router,
    store: backends::TestStore,
    _folder: tempfile::TempDir,
}

async fn office() -> Office {
    let (store, folder) = (backends::sqlite().await, tempfile::tempdir().unwrap());
    let mut people: Vec<_> = (1..6).map(person).collect();
    people[1].name = PersonName { given: String::new(), family: "تک‌نام".to_owned() };
    people[1].latin_name = None;
    people[2].birth_date = BirthDate::parse("1340").unwrap();
    people[3].vital = Vital::Deceased(BirthDate::parse("1400/01").unwrap());
    people[3].mobile = None;
    people[4].card_serial = Some("3G12345678".to_owned());
    add_all(&store.store, people).await.unwrap();
    let key = service_key(&folder.path().join("signing.pem")).unwrap();
    let clock = Clock::frozen(crate::world::START);
    let service = RegistryService::new(LocalRegistry::new(store.store.clone()), key, clock, Random::seeded(1)).unwrap();
    Office { router: routes(Arc::new(service)), store, _folder: folder }
}

impl Office {
    async fn send(&self, request: Request<Body>) -> crate::world::Answer {
        crate::world::send(self.router.clone(), request).await
    }

    async fn ask(&self, path: &str, question: &Value) -> crate::world::Answer {
        let request = Request::post(path).header("content-type", "application/json").body(Body::from(question.to_string()));
        self.send(request.unwrap()).await
    }
}

#[tokio::test]
async fn every_answer_of_the_service_is_as_the_openapi_document_says() {
    let (api, office) = (OpenApi::read(), office().await);
    let mut results = Vec::new();
    let nonce = "nonce-nonce-nonce-nonce-nonce";
    for (number, birth_date) in [
        (1, "1986-10-04"),
        (2, "1986-10-04"),
        (3, "1340"),
        (3, "1961-03-21"),
        (4, "1986-10-04"),
        (5, "1986-10-04"),
        (9, "1986-10-04"),
    ] {
        let question = json!({ "asker": "https://window.example", "nonce": nonce, "national_id": national_id(number).as_str(), "birth_date": birth_date });
        api.holds("PersonQuestion", &question);
        let answer = office.ask("/v1/person", &question).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/jwt"));
        let statement = claims(answer.text());
        api.holds("PersonStatement", &statement);
        assert_eq!(statement["question"], question);
        results.push(statement["answer"]["result"].as_str().unwrap().to_owned());
    }
    assert_eq!(results, ["match", "match", "match", "mismatch", "match", "match", "not_found"]);
    let mut results = Vec::new();
    for (number, mobile) in [(1, "+989125550001"), (1, "+989125550002"), (4, "+989125550004")] {
        let question = json!({ "asker": "https://window.example", "nonce": nonce, "national_id": national_id(number).as_str(), "mobile": mobile });
        api.holds("NumberQuestion", &question);
        let statement = claims(office.ask("/v1/number", &question).await.text());
        api.holds("NumberStatement", &statement);
        results.push(statement["answer"]["result"].as_str().unwrap().to_owned());
    }
    assert_eq!(results, ["yes", "no", "unknown"]);
    let keys = office.send(Request::get("/v1/keys").body(Body::empty()).unwrap()).await;
    api.holds("Keys", &keys.json());
    assert!(!keys.text().contains("\"d\""), "no private key is published");
}

#[tokio::test]
async fn every_life_event_of_the_feed_is_as_the_openapi_document_says() {
    let (api, office) = (OpenApi::read(), office().await);
    let feed = |query: &'static str| office.send(Request::get(format!("/v1/changes{query}")).body(Body::empty()).unwrap());
    api.holds("ChangesPage", &feed("").await.json());
    let mut changed: Vec<_> = (1..6).map(person).collect();
    changed[0].vital = Vital::Deceased(BirthDate::parse("1405").unwrap());
    changed[0].mobile = None;
    changed[1].name.given = "دیگر".to_owned();
    changed[2].birth_date = BirthDate::parse("1341").unwrap();
    let store = &office.store.store;
    let mut tx = store.begin_person_import().await.unwrap();
    tx.record_registry_changes(&changed, crate::world::START).await.unwrap();
    tx.insert_persons(&changed).await.unwrap();
    tx.save().await.unwrap();
    let page = feed("?after=0&limit=500").await.json();
    api.holds("ChangesPage", &page);
    let mut kinds = Vec::new();
    for (token, number) in page["changes"].as_array().unwrap().iter().zip(1..) {
        let statement = claims(token.as_str().unwrap());
        api.holds("ChangeStatement", &statement);
        assert_eq!(statement["number"], number);
        kinds.push(statement["event"]["kind"].as_str().unwrap().to_owned());
    }
    assert_eq!(kinds, ["death", "number_given_up", "name", "birth_date", "returned", "card_revoked"]);
    assert_eq!(feed("?limit=2").await.json()["changes"].as_array().unwrap().len(), 2);
    assert_eq!(feed("?after=6").await.json(), json!({ "changes": [] }));
    for (query, status, error) in
        [("?after=7", 410, "feed_lost"), ("?after=x", 400, "invalid_request"), ("?limit=-1", 400, "invalid_request")]
    {
        let answer = feed(query).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (status, error), "{query}");
        api.holds("Error", &answer.json());
    }
}

#[tokio::test]
async fn a_malformed_question_is_answered_as_the_openapi_document_says_and_tells_what_is_expected() {
    let (api, office) = (OpenApi::read(), office().await);
    let good = json!({ "asker": "https://window.example", "nonce": "n".repeat(43), "national_id": national_id(1).as_str(), "birth_date": "1986-10-04" });
    let with = |name: &str, value: Value| {
        let mut question = good.clone();
        question[name] = value;
        question
    };
    for (question, told) in [
        (json!({}), "members"),
        (json!([]), "members"),
        (with("more", json!("x")), "members"),
        (with("nonce", json!(7)), "members"),
        (with("national_id", json!("0012345678")), "national_id"),
        (with("national_id", json!("۰۰۱۲۳۴۵۶۷۹")), "national_id"),
        (with("birth_date", json!("04/10/1986")), "birth_date"),
        (with("birth_date", json!("1365-07-12T00:00")), "birth_date"),
    ] {
        let answer = office.ask("/v1/person", &question).await;
        assert_eq!(answer.status, 400, "{question}");
        api.holds("Error", &answer.json());
        assert!(answer.json()["error_description"].as_str().unwrap().contains(told), "{question}: {}", answer.text());
    }
    let number =
        json!({ "asker": "a", "nonce": "n".repeat(43), "national_id": national_id(1).as_str(), "mobile": "09125550001" });
    assert!(office.ask("/v1/number", &number).await.text().contains("E.164"));
    let huge = with("nonce", json!("x".repeat(5000)));
    assert_eq!(office.ask("/v1/person", &huge).await.status, 413);
    for (method, path, status) in
        [("GET", "/v1/person", 405), ("POST", "/v1/keys", 405), ("GET", "/", 404), ("GET", "/v1/persons", 404)]
    {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        assert_eq!(office.send(request).await.status, status, "{method} {path}");
    }
}

#[test]
fn the_openapi_document_has_every_endpoint_and_the_check_sees_what_does_not_fit() {
    let api = OpenApi::read();
    let paths: Vec<&str> = api.0["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(paths, ["/v1/changes", "/v1/keys", "/v1/number", "/v1/person"]);
    for (schema, bad) in [
        ("NationalId", json!("123")),
        ("PartialDate", json!("1986-10-4")),
        ("PartialDate", json!("10/04/1986")),
        ("Mobile", json!("0912")),
        ("Nonce", json!("short")),
        ("PersonAnswer", json!({ "result": "match" })),
        ("PersonAnswer", json!({ "result": "mismatch", "person": {} })),
        ("NumberAnswer", json!({ "result": "maybe" })),
        ("Error", json!({ "error": "invalid_request", "error_description": "x", "more": 1 })),
    ] {
        assert!(api.fault(api.schema(schema), &bad, "").is_some(), "{schema}: {bad}");
    }
}
