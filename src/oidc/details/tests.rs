use super::*;
use crate::client::detail_types::{Asker, DetailType, Field, FieldKind, FieldValue, LARGEST, Presence};
use crate::client::metadata::Client;
use crate::client::metadata::tests::a_client;
use crate::client::resource::ResourceUri;
use crate::client::scope::Scope;
use crate::oidc::details::reach::{Allowed, Narrower, Reach};
use crate::oidc::details::types::DetailTypes;
use crate::oidc::token::resource::Granted;
use crate::text::LocalName;
use proptest::prelude::*;
use serde_json::json;

const TAX: &str = "https://api.tax.example";
const HEALTH: &str = "https://api.health.example";

fn uri(text: &str) -> ResourceUri {
    ResourceUri::parse(text).unwrap()
}

fn called(name: &str) -> LocalName {
    LocalName { fa: name.to_owned(), en: name.to_owned() }
}

fn field(name: &str, kind: FieldKind, most: u64) -> Field {
    Field { name: name.to_owned(), title: called(name), kind, presence: Presence::Optional, most, values: Vec::new() }
}

/// A payment: the amount is required, and the actions are chosen from two.
fn payment() -> DetailType {
    let choice = |value: &str| FieldValue { value: value.to_owned(), title: called(value) };
    let fields = vec![
        Field { presence: Presence::Required, ..field("amount", FieldKind::Number, 1_000_000) },
        Field { values: vec![choice("initiate"), choice("status")], ..field("actions", FieldKind::Texts, 2) },
        field("locations", FieldKind::Texts, 1),
        field("identifier", FieldKind::Text, 10),
        field("urgent", FieldKind::Flag, 1),
    ];
    DetailType { name: TypeName::parse("tax_payment").unwrap(), title: called("Payment"), asker: Asker::Person, fields }
}

fn resource(uri: &str, types: Vec<DetailType>) -> Client {
    a_client(|client| {
        client.token_policy.resource_identifier = ResourceUri::parse(uri);
        client.token_policy.details_types = types;
    })
}

fn types() -> DetailTypes {
    let record = DetailType {
        name: TypeName::parse("health_record").unwrap(),
        asker: Asker::Client,
        fields: vec![field("datatypes", FieldKind::Texts, 4)],
        ..payment()
    };
    DetailTypes::of([resource(TAX, vec![payment()]), resource(HEALTH, vec![record])].iter())
}

fn asking() -> Client {
    a_client(|client| {
        client.token_policy.authorization_details_types =
            ["tax_payment", "health_record", "gone"].into_iter().filter_map(TypeName::parse).collect();
    })
}

fn read(value: &Value) -> AuthorizationDetails {
    AuthorizationDetails::parse(&value.to_string()).unwrap()
}

#[track_caller]
fn refused<T>(result: Result<T, OAuthError>, code: &str, about: &str) {
    let Err(error) = result else { panic!("not refused: {about}") };
    assert_eq!(error.code.name(), code, "{error}");
    assert!(error.description.contains(about), "{error}");
}

#[test]
fn rfc9396_2_an_array_of_objects_each_with_a_type() {
    let details = read(&json!([
        { "type": "tax_payment", "amount": 1200, "actions": ["initiate"], "urgent": true },
        { "identifier": "۱", "type": "https://scheme.example/files" },
    ]));
    assert_eq!(
        details.iter().map(|detail| detail.kind().as_str()).collect::<Vec<_>>(),
        ["tax_payment", "https://scheme.example/files"]
    );
    assert_eq!(details.iter().next().unwrap().field("amount"), Some(&json!(1200)));
}

#[test]
fn rfc9396_5_what_is_malformed_is_invalid_authorization_details() {
    let nine = (0..9).map(|n| json!({ "type": "t", "n": n })).collect::<Vec<_>>();
    let wide: Map<String, Value> =
        (0..30).map(|n| (format!("f{n}"), json!(n))).chain([("type".to_owned(), json!("t"))]).collect();
    for text in [
        "",
        "x",
        "{}",
        "null",
        "[]",
        "[1]",
        "[[]]",
        "[{}]",
        r#"[{"actions":["a"]}]"#,
        r#"[{"type":""}]"#,
        r#"[{"type":7}]"#,
        r#"[{"type":null}]"#,
        r#"[{"type":"a b"}]"#,
        r#"[{"type":"t","type":"t"}]"#,
        r#"[{"type":"t","a":1,"\u0061":1}]"#,
        r#"[{"type":"t","a":{}}]"#,
        r#"[{"type":"t","a":[[]]}]"#,
        r#"[{"type":"t","a":[["b"]]}]"#,
        r#"[{"type":"t","a":[{"b":1}]}]"#,
        r#"[{"type":"t","a":[]}]"#,
        r#"[{"type":"t","a":["x","x"]}]"#,
        r#"[{"type":"t","a":[1]}]"#,
        r#"[{"type":"t","a":null}]"#,
        r#"[{"type":"t","a":1.5}]"#,
        r#"[{"type":"t","a":-1}]"#,
        r#"[{"type":"t","a":9007199254740992}]"#,
        r#"[{"type":"t","a":""}]"#,
        r#"[{"type":"t","a":" "}]"#,
        r#"[{"type":"t","a":"one\nline"}]"#,
        "[{\"type\":\"t\",\"a\":\"tur\\u202Ened\"}]",
        "[{\"type\":\"t\",\"a\":\"tur\\u200Fned\"}]",
        r#"[{"type":"t","a b":1}]"#,
        r#"[{"type":"t","":1}]"#,
        r#"[{"type":"t","actions":"read"}]"#,
        r#"[{"type":"t","locations":true}]"#,
        r#"[{"type":"t","identifier":["x"]}]"#,
        r#"[{"type":"t","identifier":1}]"#,
        r#"[{"type":"t"},{"type":"t"}]"#,
        r#"[{"type":"t"}] []"#,
        &json!(nine).to_string(),
        &json!([wide]).to_string(),
        &json!([{ "type": "t", "a": "x".repeat(501) }]).to_string(),
        &format!("[{}]", " ".repeat(4096)),
        &"[".repeat(4000),
    ] {
        refused(AuthorizationDetails::parse(text), "invalid_authorization_details", "");
    }
}

#[test]
fn rfc9396_5_a_request_is_held_to_what_its_types_declare() {
    let (types, client) = (types(), asking());
    let check = |value: Value| types.check(&read(&value), &client, Asker::Person);
    let payment = |more: Value| {
        let mut object = json!({ "type": "tax_payment", "amount": 5 });
        object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        check(json!([object]))
    };
    for good in [
        json!({}),
        json!({ "actions": ["status", "initiate"], "urgent": false, "identifier": "۱۲۳۴۵۶۷۸۹۰", "locations": [TAX] }),
        json!({ "amount": 0 }),
        json!({ "amount": 1_000_000 }),
    ] {
        payment(good.clone()).unwrap_or_else(|error| panic!("{good}: {error}"));
    }
    for (wrong, about) in [
        (json!({ "amount": 1_000_001 }), "the field amount"),
        (json!({ "amount": "5" }), "the field amount"),
        (json!({ "amount": true }), "the field amount"),
        (json!({ "actions": ["delete"] }), "the field actions"),
        (json!({ "identifier": "12345678901" }), "the field identifier"),
        (json!({ "urgent": 1 }), "the field urgent"),
        (json!({ "locations": [HEALTH] }), "locations can be https://api.tax.example only"),
        (json!({ "privileges": ["admin"] }), "there is no field privileges"),
        (json!({ "creditor": "x" }), "there is no field creditor"),
    ] {
        refused(payment(wrong), "invalid_authorization_details", about);
    }
    refused(check(json!([{ "type": "tax_payment" }])), "invalid_authorization_details", "the field amount is missing");
    refused(check(json!([{ "type": "gone" }])), "invalid_authorization_details", "no resource here knows the type gone");
    let own = types.check(&read(&json!([{ "type": "tax_payment", "amount": 5 }])), &client, Asker::Client);
    refused(own, "invalid_authorization_details", "needs a person");
    types.check(&read(&json!([{ "type": "health_record" }])), &client, Asker::Client).unwrap();
}

#[test]
fn rfc9396_10_a_client_asks_for_the_types_that_it_is_registered_for() {
    let other = types().check(&read(&json!([{ "type": "tax_payment", "amount": 5 }])), &a_client(|_| ()), Asker::Person);
    refused(other, "invalid_authorization_details", "not registered for the type tax_payment");
}

#[test]
fn a_type_that_two_resources_declare_is_none_and_one_without_a_resource_neither() {
    let twice = DetailTypes::of([resource(TAX, vec![payment()]), resource(HEALTH, vec![payment()])].iter());
    assert_eq!(twice.names(), Vec::<String>::new());
    assert_eq!(DetailTypes::of([resource("", vec![payment()])].iter()).names(), Vec::<String>::new());
    assert_eq!(types().names(), ["health_record", "tax_payment"]);
}

#[test]
fn rfc9396_6_1_narrowed_by_equality_whatever_the_order_of_fields() {
    let granted = read(&json!([{ "type": "a", "x": 1, "y": ["p", "q"] }, { "type": "b" }]));
    let narrowed =
        |asked: &str| AuthorizationDetails::narrowed(Some(&granted), Some(&AuthorizationDetails::parse(asked).unwrap()));
    assert_eq!(narrowed(r#"[{"y":["p","q"],"x":1,"type":"a"}]"#).unwrap().unwrap().iter().count(), 1);
    assert_eq!(narrowed(r#"[{"type":"b"},{"type":"a","x":1,"y":["p","q"]}]"#).unwrap().unwrap().iter().count(), 2);
    for wider in [
        r#"[{"type":"a","x":1}]"#,
        r#"[{"type":"a","x":2,"y":["p","q"]}]"#,
        r#"[{"type":"a","x":1,"y":["q","p"]}]"#,
        r#"[{"type":"b"},{"type":"c"}]"#,
    ] {
        refused(narrowed(wider), "invalid_authorization_details", "not granted");
    }
    assert_eq!(AuthorizationDetails::narrowed(Some(&granted), None).unwrap(), Some(granted.clone()));
    assert_eq!(AuthorizationDetails::narrowed(None, None).unwrap(), None);
    refused(AuthorizationDetails::narrowed(None, Some(&granted)), "invalid_authorization_details", "not granted");
}

#[test]
fn rfc9396_9_1_a_token_is_for_the_resources_of_its_details_and_holds_what_is_for_them() {
    let granted = read(&json!([{ "type": "tax_payment", "amount": 5 }, { "type": "health_record" }]));
    let (land, none) = ([uri("https://api.land.example")], []);
    let reach = |resources: &[ResourceUri], asked: &[&str], details: Option<Value>| {
        let granted_for = Granted { registered: &land, resources, scopes: &[Scope::Openid] };
        let allowed = Allowed { granted: granted_for, details: Some(&granted) };
        let asked = Narrower { resources: asked.iter().map(|text| uri(text)).collect(), details: details.map(|one| read(&one)) };
        Reach::of("https://id.example", &types(), &allowed, &asked).map(|reach| {
            (serde_json::to_value(reach.audience).unwrap(), reach.details.map_or(0, |details| details.iter().count()))
        })
    };
    assert_eq!(reach(&none, &[], None).unwrap(), (json!([TAX, HEALTH, "https://id.example"]), 2));
    assert_eq!(reach(&land, &[], None).unwrap(), (json!(["https://api.land.example", TAX, HEALTH]), 2), "RFC 8707 3");
    assert_eq!(reach(&land, &[TAX, "https://id.example"], None).unwrap(), (json!([TAX, "https://id.example"]), 1));
    let record = Some(json!([{ "type": "health_record" }]));
    assert_eq!(
        reach(&none, &[], record.clone()).unwrap(),
        (json!([HEALTH, "https://id.example"]), 1),
        "for no more than it holds"
    );
    assert_eq!(reach(&none, &[TAX], None).unwrap(), (json!(TAX), 1));
    assert_eq!(reach(&none, &[HEALTH], record.clone()).unwrap(), (json!(HEALTH), 1));
    assert_eq!(reach(&none, &["https://api.land.example"], None).unwrap(), (json!("https://api.land.example"), 0));
    refused(reach(&none, &[TAX], record), "invalid_target", "resource leaves out");
    refused(reach(&none, &["https://evil.example"], None), "invalid_target", "");
}

#[test]
fn a_type_that_is_declared_no_more_allows_nothing() {
    let granted = read(&json!([{ "type": "gone" }]));
    let resources = Granted { registered: &[], resources: &[], scopes: &[] };
    let allowed = Allowed { granted: resources, details: Some(&granted) };
    let reach = |details| Reach::of("https://id.example", &types(), &allowed, &Narrower { resources: Vec::new(), details });
    assert_eq!(reach(None).unwrap().details, None);
    refused(reach(Some(granted.clone())), "invalid_authorization_details", "no resource knows any more");
}

#[test]
fn a_sealed_code_carries_them_and_debug_tells_types_alone() {
    let details = read(&json!([{ "type": "tax_payment", "amount": LARGEST, "actions": ["initiate"] }]));
    let sealed = postcard::to_stdvec(&Some(&details)).unwrap();
    assert_eq!(postcard::from_bytes::<Option<AuthorizationDetails>>(&sealed).unwrap().as_ref(), Some(&details));
    let json = serde_json::to_value(&details).unwrap();
    assert_eq!(serde_json::from_value::<AuthorizationDetails>(json).unwrap(), details);
    assert!(!format!("{details:?}").contains("initiate"));
}

fn a_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::from),
        (0..=LARGEST).prop_map(Value::from),
        "[a-zآ-ی0-9][a-zآ-ی0-9 ]{0,20}".prop_map(Value::from),
        prop::collection::btree_set("[a-z]{1,8}", 1..4).prop_map(Value::from_iter),
    ]
}

proptest! {
    #[test]
    fn any_text_is_read_without_a_panic(text in ".{0,200}", json in "[\\[\\]{}\":,a0-9.e typenull-]{0,60}") {
        let _ = (AuthorizationDetails::parse(&text), AuthorizationDetails::parse(&json));
    }

    #[test]
    fn what_is_well_formed_is_read_kept_and_equal_to_itself(
        kind in "[A-Za-z0-9:/._~-]{1,30}",
        fields in prop::collection::btree_map("x[A-Za-z0-9._-]{0,10}", a_value(), 0..6),
    ) {
        let mut object: Map<String, Value> = fields.into_iter().collect();
        object.insert("type".to_owned(), Value::from(kind));
        let wire = json!([object]);
        let details = read(&wire);
        prop_assert_eq!(serde_json::to_value(&details).unwrap(), wire);
        let again: AuthorizationDetails = postcard::from_bytes(&postcard::to_stdvec(&details).unwrap()).unwrap();
        prop_assert_eq!(AuthorizationDetails::narrowed(Some(&details), Some(&again)).unwrap(), Some(details));
    }
}
