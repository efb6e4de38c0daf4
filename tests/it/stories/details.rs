//! Rich authorization requests (RFC 9396): what a person allows object by object, and where it is returned.

mod asking;
mod granted;
mod longest;
mod wrongly;

use crate::world::World;
use crate::world::agency::{Agency, Asking};
use crate::world::browser::Browser;
use crate::world::tokens::Tokens;
use panjereh::client::detail_types::{Asker, DetailType, Field, FieldKind, FieldValue, Presence, TypeName};
use panjereh::client::grant_type::GrantType;
use panjereh::client::metadata::Client;
use panjereh::client::resource::ResourceUri;
use panjereh::text::LocalName;
use serde_json::{Value, json};

const TREASURY: &str = "https://api.treasury.example";
const HEALTH: &str = "https://api.health.example";

fn called(fa: &str, en: &str) -> LocalName {
    LocalName { fa: fa.to_owned(), en: en.to_owned() }
}

fn field(name: &str, title: LocalName, kind: FieldKind) -> Field {
    Field { name: name.to_owned(), title, kind, presence: Presence::Optional, most: kind.limit(), values: Vec::new() }
}

fn detail_type(name: &str, title: LocalName, asker: Asker, fields: Vec<Field>) -> DetailType {
    DetailType { name: TypeName::parse(name).unwrap(), title, asker, fields }
}

fn payment() -> DetailType {
    let initiate = FieldValue { value: "initiate".to_owned(), title: called("آغاز پرداخت", "start the payment") };
    let fields = vec![
        Field {
            presence: Presence::Required, ..field("amount", called("مبلغ (ریال)", "Amount (rials)"), FieldKind::Number)
        },
        Field { values: vec![initiate], ..field("actions", called("اجازهٔ", "May"), FieldKind::Texts) },
        field("locations", called("کجا", "Where"), FieldKind::Texts),
        field("note", called("برای", "For"), FieldKind::Text),
        field("urgent", called("فوری", "Urgent"), FieldKind::Flag),
    ];
    detail_type("tax_payment", called("پرداخت مالیات", "Payment of a tax bill"), Asker::Person, fields)
}

fn record() -> DetailType {
    let fields = vec![field("datatypes", called("چه چیزهایی", "What"), FieldKind::Texts)];
    detail_type("health_record", called("پروندهٔ سلامت", "Health record"), Asker::Client, fields)
}

/// An API that understands a type.
async fn api<'w>(world: &'w World, name: &str, resource: &str, types: Vec<DetailType>) -> Agency<'w> {
    let resource = ResourceUri::parse(resource);
    world
        .agency_with(name, move |client| {
            client.token_policy.resource_identifier = resource;
            client.token_policy.details_types = types;
        })
        .await
}

/// Registered for both types, and for one that no API declares.
fn may_ask(client: &mut Client) {
    client.grant_types.push(GrantType::ClientCredentials);
    client.token_policy.authorization_details_types =
        ["tax_payment", "health_record", "forgotten"].into_iter().filter_map(TypeName::parse).collect();
}

/// The two APIs, and the agency that asks.
pub(super) async fn three(world: &World) -> (Agency<'_>, Agency<'_>, Agency<'_>) {
    let treasury = api(world, "treasury", TREASURY, vec![payment()]).await;
    let health = api(world, "health", HEALTH, vec![record()]).await;
    (treasury, health, world.agency_with("shop", may_ask).await)
}

fn one_payment() -> Value {
    json!({ "type": "tax_payment", "amount": 12_500_000, "actions": ["initiate"], "locations": [TREASURY], "urgent": true })
}

fn both() -> Value {
    json!([one_payment(), { "type": "health_record", "datatypes": ["prescriptions"] }])
}

fn asking(agency: &Agency<'_>, scope: &str, details: &Value) -> Asking {
    agency.ask(scope).with("authorization_details", &details.to_string())
}

/// A signed-in person allows it; returns the token response.
async fn allowed(agency: &Agency<'_>, browser: &mut Browser<'_>, details: &Value) -> (Tokens, Value) {
    let asking = asking(agency, "openid offline_access", details);
    browser.open(&asking.url()).await.must(200, "consent-title");
    let code = asking.code(browser.allow().await);
    let answer = agency.redeem(&asking, &code).await;
    (Tokens::of(&answer), answer.json()["authorization_details"].clone())
}
