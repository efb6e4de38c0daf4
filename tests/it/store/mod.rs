//! The conformance suite of the durable store: every method, on every database, with every field set.

mod accounts;
mod agencies;
mod authenticators;
mod corrupt;
mod events;
mod grants;
mod group_commit;
mod held;
mod jobs;
mod known_subjects;
mod messages;
mod migrated;
mod outbox;
mod persons;
mod proofing;
mod registry_changes;
mod schema;
mod session_clients;

use panjereh::client::resource::ResourceUri;
use panjereh::client::scope::Scope;
use panjereh::client::words::ClientId;
use panjereh::identity::account::{Account, AccountStatus, NumberOwner};
use panjereh::identity::assurance::{Acr, AuthenticationMethod, IdentityAssurance};
use panjereh::identity::birth_date::BirthDate;
use panjereh::identity::id::{AccountId, EventId, GrantId, SessionId};
use panjereh::identity::mobile::MobileNumber;
use panjereh::identity::national_id::{NationalId, check_digit};
use panjereh::identity::person::{Address, Gender, Person, PersonName, Vital};
use panjereh::oidc::binding::Binding;
use panjereh::oidc::claims::locale::ClaimLocale;
use panjereh::oidc::claims::request::{AskedClaim, RequestedClaims, UserClaim};
use panjereh::oidc::details::AuthorizationDetails;
use panjereh::random::Random;
use panjereh::records::event::{Event, EventKind, What};
use panjereh::records::grant::Grant;
use panjereh::records::origin::{AddressPrefix, BrowserFamily, RequestOrigin};
use panjereh::records::principal::Principal;
use panjereh::store::Store;
use panjereh::time::Timestamp;

/// A moment, `seconds` after the one at which these tests begin.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_790_000_000 + seconds)
}

pub fn national_id(number: u32) -> NationalId {
    let nine = format!("{:09}", 100_000_000 + number);
    let check = char::from(check_digit(nine.as_bytes()));
    NationalId::parse(&format!("{nine}{check}")).expect("the check digit was computed")
}

pub fn mobile(number: u32) -> MobileNumber {
    MobileNumber::parse(&format!("+98912{number:07}")).expect("a mobile number")
}

pub fn client_id(name: &str) -> ClientId {
    ClientId::parse(name).expect("a client id")
}

/// A person, with every field set.
pub fn person(number: u32) -> Person {
    Person {
        national_id: national_id(number),
        name: PersonName { given: "نرگس".to_owned(), family: format!("آزمایشی {number}") },
        latin_name: Some(PersonName { given: "Narges".to_owned(), family: format!("Azmayeshi {number}") }),
        father_name: "بهرام".to_owned(),
        gender: Gender::Female,
        birth_date: BirthDate::parse_iso("1986-10-04").expect("a date"),
        birth_place: "شیراز".to_owned(),
        address: Address {
            country: "IR".to_owned(),
            region: "فارس".to_owned(),
            locality: "شیراز".to_owned(),
            street: "خیابان نمونه، پلاک ۵".to_owned(),
            postal_code: "7134567890".to_owned(),
        },
        mobile: Some(mobile(number)),
        card_serial: Some("9G12345678".to_owned()),
        vital: Vital::Deceased(BirthDate::parse_iso("2020-01-31").expect("a date")),
    }
}

/// The person's account, with every field different from every other.
pub fn account(number: u32) -> Account {
    Account {
        id: AccountId::new(&Random::Os, at(0)),
        person: person(number),
        mobile: mobile(number + 1),
        mobile_verified_at: at(1),
        number: NumberOwner::Vouched,
        assurance: IdentityAssurance::Substantial,
        proofed_at: at(2),
        status: AccountStatus::Active,
        sessions_valid_from: at(3),
        created_at: at(4),
    }
}

pub fn grant(account: AccountId, session: SessionId) -> Grant {
    Grant {
        id: GrantId::new(&Random::Os, at(10)),
        account,
        client: client_id("tax"),
        session,
        scopes: vec![Scope::Openid, Scope::NationalId, Scope::OfflineAccess],
        auth_time: at(5),
        methods: vec![AuthenticationMethod::Password, AuthenticationMethod::SmsCode],
        acr: Acr::Substantial,
        nonce: Some("n-0S6_WzA2Mj".to_owned()),
        claims: RequestedClaims {
            id_token: vec![UserClaim::Gender.into()],
            userinfo: vec![AskedClaim { claim: UserClaim::Name, locale: Some(ClaimLocale::En) }, UserClaim::AgeOver18.into()],
            locales: vec![ClaimLocale::En, ClaimLocale::Fa],
        },
        created_at: at(10),
        bound_to: Binding::parse("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"),
        details: AuthorizationDetails::parse(r#"[{"type":"tax_payment","amount":12,"actions":["initiate"]}]"#).ok(),
        resources: ["https://api.health.example", "urn:example:registry"].into_iter().filter_map(ResourceUri::parse).collect(),
    }
}

pub fn session_id() -> SessionId {
    SessionId::new(&Random::Os, at(5))
}

pub fn event(account: AccountId, kind: EventKind, seconds: i64) -> Event {
    Event {
        id: EventId::new(&Random::Os, at(seconds)),
        at: at(seconds),
        kind,
        actor: Principal::Client(client_id("health")),
        account: Some(account),
        client: Some(client_id("tax")),
        what: Some(What::Methods(vec![AuthenticationMethod::Passkey, AuthenticationMethod::RecoveryCode])),
        origin: RequestOrigin { network: Some(AddressPrefix::of([192, 0, 2, 7].into())), browser: Some(BrowserFamily::Firefox) },
        reason: None,
        times: 1,
    }
}

/// One bounded step of removing what expired.
pub async fn expire(store: &Store, now: Timestamp, limit: u32) -> usize {
    let mut tx = store.write().await.unwrap();
    let removed = tx.expire(now, limit).await.unwrap();
    tx.save().await.unwrap();
    removed
}
