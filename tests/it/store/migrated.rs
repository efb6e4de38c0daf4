//! A database of the previous release, with data in every table, is migrated, and everything in it is read afterwards.
#![expect(clippy::disallowed_methods, reason = "the old program's rows are written behind the store's back")]

use super::{account, agencies, at, authenticators, client_id, event, grant, person, session_id};
use crate::backends::postgres_url;
use panjereh::client::metadata::Client;
use panjereh::client::scope::Scope;
use panjereh::client::words::SigningAlg;
use panjereh::crypto::keyring::KeyRecord;
use panjereh::crypto::seal::MasterKey;
use panjereh::identity::account::{Account, PasskeyRecord, PasswordRecord};
use panjereh::identity::assurance::{Acr, EvidenceKind};
use panjereh::identity::id::{AccountId, DeliveryId, EventId, InstanceId};
use panjereh::oidc::claims::request::UserClaim;
use panjereh::random::Random;
use panjereh::records::consent::Consent;
use panjereh::records::delivery::{Delivery, DeliveryBody, DeliveryKind, Recipient};
use panjereh::records::event::{Event, EventKind};
use panjereh::records::grant::Grant;
use panjereh::records::job::Job;
use panjereh::records::origin::RequestOrigin;
use panjereh::records::principal::Principal;
use panjereh::records::session::{Session, SessionClient};
use panjereh::secret::{Secret, TokenHash};
use panjereh::store::{RefreshClaim, RegistrationToken, Store};
use panjereh::transient::Transient;
use sqlx::migrate::Migrator;
use sqlx::{Connection as _, PgConnection, Row as _, SqliteConnection};
use std::path::Path;
use std::time::Duration;

/// The last migration of the previous release.
const BEFORE: i64 = 14;

/// Runs statements with bound bytes directly on the database, without the store.
macro_rules! insert {
    ($url:expr, $sql:literal $(, $value:expr)*) => {
        if $url.starts_with("sqlite:") {
            let mut connection = SqliteConnection::connect($url).await.unwrap();
            sqlx::query($sql)$(.bind($value))*.execute(&mut connection).await.unwrap();
        } else {
            let mut connection = PgConnection::connect($url).await.unwrap();
            sqlx::query($sql)$(.bind($value))*.execute(&mut connection).await.unwrap();
        }
    };
}

async fn schema_before(url: &str) {
    let all = Migrator::new(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations"))).await.unwrap();
    let before = Migrator::with_migrations(all.iter().filter(|migration| migration.version <= BEFORE).cloned().collect());
    if url.starts_with("sqlite:") {
        let options: sqlx::sqlite::SqliteConnectOptions = url.parse().unwrap();
        let mut connection = SqliteConnection::connect_with(&options.create_if_missing(true)).await.unwrap();
        before.run_direct(None, &mut connection, false).await.unwrap();
        // It was made with the umask; the program of today says to do this.
        let file = url.trim_start_matches("sqlite:").trim_start_matches("//");
        std::fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    } else {
        let mut connection = PgConnection::connect(url).await.unwrap();
        before.run_direct(None, &mut connection, false).await.unwrap();
    }
}

/// The number of rows of each table.
async fn row_counts(url: &str) -> Vec<(String, i64)> {
    let mut counts = Vec::new();
    if url.starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(url).await.unwrap();
        let names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'";
        for name in sqlx::query(names).fetch_all(&mut connection).await.unwrap() {
            let name: String = name.get(0);
            let count = sqlx::query(sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {name}")));
            counts.push((name, count.fetch_one(&mut connection).await.unwrap().get(0)));
        }
    } else {
        let mut connection = PgConnection::connect(url).await.unwrap();
        let names = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema() \
            AND table_name NOT LIKE '\\_%'";
        for name in sqlx::query(names).fetch_all(&mut connection).await.unwrap() {
            let name: String = name.get(0);
            let count = sqlx::query(sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {name}")));
            counts.push((name, count.fetch_one(&mut connection).await.unwrap().get(0)));
        }
    }
    counts
}

/// What the previous release had written.
struct Written {
    account: Account,
    passkey: PasskeyRecord,
    codes: Vec<TokenHash>,
    consent: Consent,
    grant: Grant,
    key: KeyRecord,
    registration_token: RegistrationToken,
    session: Session,
    cookie: TokenHash,
    holder: SessionClient,
    /// With their attempts.
    logout: Delivery,
    ping: Delivery,
    events: Vec<Event>,
}

/// The current methods write the tables that have not changed since. A later migration that changes one of them has to write it
/// here by SQL, as the changed tables are written.
async fn write(url: &str) -> Written {
    schema_before(url).await;
    let store = Store::open(url).await.unwrap();
    let (account, session) = (account(1), session_id());
    let written = Written {
        passkey: authenticators::passkey(10),
        codes: (0..3).map(|n| TokenHash::of(&format!("code {n}"))).collect(),
        consent: Consent {
            account: account.id,
            client: client_id("tax"),
            scopes: vec![Scope::Openid],
            claims: vec![UserClaim::Gender],
            given_at: at(7),
            shown: None,
        },
        grant: grant(account.id, session),
        key: KeyRecord::generate(SigningAlg::ES256, &MasterKey::from_bytes([7; 32]), &Random::Os, at(0), at(1)).unwrap(),
        registration_token: RegistrationToken {
            id: "0123abcd".to_owned(),
            note: "for a test".to_owned(),
            created_at: at(1),
            expires_at: at(1000),
            revoked_at: None,
            clients: 0,
        },
        session: Session {
            id: session,
            account: account.id,
            methods: grant(account.id, session).methods,
            auth_time: at(5),
            began_at: at(5),
            seen_at: at(6),
        },
        cookie: TokenHash::of("cookie"),
        holder: SessionClient { session, client: client_id("tax"), account: account.id },
        logout: delivery(DeliveryBody::LogoutBeforeOutbox { session, account: account.id }, 3),
        ping: delivery(DeliveryBody::Sealed("sealed".to_owned()), 2),
        events: events(account.id),
        account,
    };
    write_account(url, &written.account).await;
    write_unchanged(&store, &written).await;
    write_changed(url, &written).await;
    written
}

fn delivery(body: DeliveryBody, attempt: u32) -> Delivery {
    let kind = if matches!(body, DeliveryBody::Sealed(_)) { DeliveryKind::Ping } else { DeliveryKind::LogoutToken };
    let (id, recipient) = (DeliveryId::new(&Random::Os, at(0)), Recipient::client(&client_id("tax")));
    Delivery { id, kind, recipient, body, attempt }
}

/// One event of each actor, as the migration derives it; the oldest first.
fn events(account: AccountId) -> Vec<Event> {
    let before =
        |kind, actor, seconds| Event { actor, what: None, origin: RequestOrigin::default(), ..event(account, kind, seconds) };
    let client = Principal::Client(client_id("tax"));
    vec![
        before(EventKind::SignedIn, Principal::Citizen(Some(account)), 1),
        Event { account: None, ..before(EventKind::SignInFailed, Principal::Citizen(None), 2) },
        Event { client: None, ..before(EventKind::SignedOut, Principal::Citizen(Some(account)), 3) },
        before(EventKind::TokensIssued, client.clone(), 4),
        Event { account: None, ..before(EventKind::ClientRegistered, client.clone(), 5) },
        before(EventKind::PersonAsked, client, 6),
    ]
}

async fn write_unchanged(store: &Store, written: &Written) {
    let mut tx = store.begin_person_import().await.unwrap();
    tx.insert_persons(&[person(1)]).await.unwrap();
    tx.save().await.unwrap();
    let id = written.account.id;
    let mut tx = store.write().await.unwrap();
    tx.set_password(id, &PasswordRecord { phc: Secret::new("$argon2id$".to_owned()), set_at: at(2) }).await.unwrap();
    tx.insert_passkey(id, &written.passkey).await.unwrap();
    tx.replace_recovery_codes(id, &written.codes).await.unwrap();
    tx.insert_grant(&written.grant, at(1000)).await.unwrap();
    tx.insert_refresh(&TokenHash::of("refresh"), written.grant.id, at(10), at(1000)).await.unwrap();
    tx.put_agency(&agencies::agency("tax")).await.unwrap();
    tx.insert_key(&written.key).await.unwrap();
    tx.remember_client(&written.holder, at(1000)).await.unwrap();
    tx.know_subject("sub", id).await.unwrap();
    tx.insert_registration_token(&written.registration_token, &TokenHash::of("initial")).await.unwrap();
    tx.save().await.unwrap();
    let transient = Transient::embedded(store);
    transient.put_session(store, &written.cookie, &written.session, at(5)).await.unwrap().save().await.unwrap();
    assert!(transient.claim_jti(&client_id("tax"), "jti", at(1000), at(5)).await.unwrap());
    store.flush().await.unwrap();
}

async fn write_account(url: &str, account: &Account) {
    insert!(
        url,
        "INSERT INTO accounts (id, national_id, person, mobile, mobile_verified_at, assurance, proofed_at, status, \
            sessions_valid_from, created_at) VALUES ($1, $2, $3, $4, $5, 'substantial', $6, 'active', $7, $8)",
        &account.id.bytes()[..],
        account.person.national_id.as_str(),
        serde_json::to_string(&account.person).unwrap(),
        account.mobile.e164(),
        account.mobile_verified_at.millis(),
        account.proofed_at.millis(),
        account.sessions_valid_from.millis(),
        account.created_at.millis()
    );
}

/// Accounts have the evidence that follows from what they had, and no level above it; clients accept no low level unless a file says so
/// again.
async fn assert_levels(store: &Store, written: &Written) {
    let kinds: Vec<_> = store.evidence_of(written.account.id).await.unwrap().iter().map(|evidence| evidence.kind).collect();
    assert_eq!(kinds, [EvidenceKind::OwnedNumber, EvidenceKind::RegistryMatch]);
    let [tax] = &store.clients().await.unwrap()[..] else { panic!("one client") };
    assert_eq!(tax.min_acr, Acr::Substantial, "it was registered with the old default");
}

async fn write_changed(url: &str, written: &Written) {
    let mut client = agencies::client("tax", "tax");
    client.min_acr = Acr::Low;
    let client = serde_json::to_string(&client).unwrap();
    insert!(url, "INSERT INTO clients (id, agency, client) VALUES ('tax', 'tax', $1)", client);
    insert!(url, "UPDATE revision SET value = value + 1");
    let (account, session) = (written.account.id.bytes(), written.holder.session.bytes());
    for event in &written.events {
        insert!(
            url,
            "INSERT INTO events (id, at, kind, account_id, client_id) VALUES ($1, $2, $3, $4, $5)",
            &event.id.bytes()[..],
            event.at.millis(),
            event.kind.name(),
            event.account.map(|id| id.bytes().to_vec()),
            event.client.as_ref().map(|client| client.as_str().to_owned())
        );
    }
    insert!(
        url,
        "INSERT INTO consents (account_id, client_id, scopes, claims, given_at) VALUES ($1, 'tax', 'openid', 'gender', $2)",
        &account[..],
        at(7).millis()
    );
    insert!(
        url,
        "INSERT INTO logout_deliveries (id, session_id, client_id, account_id, attempts, due_at, expires_at) \
            VALUES ($1, $2, 'tax', $3, 2, $4, $5)",
        &written.logout.id.bytes()[..],
        &session[..],
        &account[..],
        at(20).millis(),
        at(500).millis()
    );
    insert!(
        url,
        "INSERT INTO pings (id, client_id, sealed, attempts, due_at, expires_at) VALUES ($1, 'tax', 'sealed', 1, $2, $3)",
        &written.ping.id.bytes()[..],
        at(30).millis(),
        at(400).millis()
    );
}

async fn assert_unchanged_tables(store: &Store, written: &Written) {
    let id = written.account.id;
    assert_eq!(store.person(&written.account.person.national_id).await.unwrap(), Some(person(1)));
    assert_eq!(store.account(id).await.unwrap().as_deref(), Some(&written.account));
    let found = store.authenticators(id).await.unwrap();
    assert_eq!(found.password.unwrap().phc.expose(), "$argon2id$");
    assert_eq!((found.passkeys, found.recovery_codes_left), (vec![written.passkey.clone()], 3));
    assert_eq!(store.consents(id).await.unwrap(), std::slice::from_ref(&written.consent));
    let (_, kept) = store.granted_account(written.grant.id).await.unwrap().unwrap();
    assert_eq!(*kept, written.grant);
    assert_eq!(store.agencies().await.unwrap(), [agencies::agency("tax")]);
    let client = Client { min_acr: Acr::Substantial, ..agencies::client("tax", "tax") };
    assert_eq!(store.clients().await.unwrap(), [client]);
    assert_eq!(store.keys().await.unwrap(), std::slice::from_ref(&written.key));
    assert_eq!(store.revision().await.unwrap(), 3);
    assert_eq!(store.account_of_subject("sub").await.unwrap(), Some(id));
    assert_eq!(store.registration_tokens().await.unwrap(), std::slice::from_ref(&written.registration_token));
    let transient = Transient::embedded(store);
    let session = transient.session(&written.cookie, at(6)).await.unwrap();
    assert_eq!(session.as_deref(), Some(&written.session));
    assert!(!transient.claim_jti(&client_id("tax"), "jti", at(1000), at(6)).await.unwrap(), "it was used before");
    let mut tx = store.write().await.unwrap();
    assert!(tx.claim_recovery_code(id, &written.codes[1], at(20)).await.unwrap());
    assert_eq!(tx.claim_refresh(&TokenHash::of("refresh"), at(20)).await.unwrap(), RefreshClaim::First(written.grant.id));
    assert_eq!(tx.take_clients_of_session(written.holder.session).await.unwrap(), std::slice::from_ref(&written.holder));
}

async fn assert_deliveries(store: &Store, written: &Written) {
    for (row, due) in [(&written.logout, 20), (&written.ping, 30)] {
        assert_eq!(store.due_deliveries(row.kind, &[], at(due - 1), 10).await.unwrap(), []);
        assert_eq!(store.due_deliveries(row.kind, &[], at(due), 10).await.unwrap()[0].recipient, row.recipient);
        let mut tx = store.write().await.unwrap();
        assert_eq!(tx.claim_delivery(row.id, at(due), Duration::from_secs(5)).await.unwrap().as_ref(), Some(row));
    }
    for (now, given_up) in [(399, 0), (400, 1), (499, 1), (500, 2)] {
        // Not saved, so that each iteration starts with both.
        let mut tx = store.write().await.unwrap();
        assert_eq!(tx.expire_deliveries(at(now), 10).await.unwrap(), given_up, "{now}");
    }
}

async fn assert_events(store: &Store, written: &Written) {
    let mut mine: Vec<_> = written.events.iter().filter(|event| event.account.is_some()).cloned().collect();
    mine.reverse();
    assert_eq!(store.events_of(written.account.id, 10).await.unwrap(), mine);
    let leader = InstanceId::new(&Random::Os, at(0));
    let lease = store.lead(Job::EventOrder, leader, at(10), at(0)).await.unwrap().expect("no instance leads it");
    let mut tx = store.write().await.unwrap();
    let last = tx.run_job(&lease, at(0)).await.unwrap().unwrap();
    assert_eq!(tx.place_events(last, 100).await.unwrap(), written.events.len());
    tx.save().await.unwrap();
    let placed: Vec<_> = store.events_after(0, 10).await.unwrap().into_iter().map(|placed| placed.event).collect();
    assert_eq!(placed, written.events);
}

#[tokio::test]
async fn a_database_of_the_program_before_is_migrated_with_data_in_every_table() {
    let folder = tempfile::tempdir().unwrap();
    let mut urls = vec![format!("sqlite:{}", folder.path().join("before.sqlite").display())];
    urls.extend(postgres_url().await);
    for url in urls {
        let written = write(&url).await;
        for (table, rows) in row_counts(&url).await {
            let stays_empty = table == "transient_journal" && url.starts_with("postgres");
            assert!(rows > 0 || stays_empty, "{table} is empty: write a row into it");
        }
        let store = Store::open(&url).await.unwrap();
        let applied = store.migrate().await.unwrap();
        assert!(applied[0].starts_with("0015_"), "{applied:?}");
        store.check_schema().await.unwrap();
        assert_levels(&store, &written).await;
        assert_unchanged_tables(&store, &written).await;
        assert_deliveries(&store, &written).await;
        assert_events(&store, &written).await;
    }
}

#[tokio::test]
async fn every_kind_of_event_of_the_program_before_gets_an_actor() {
    let kinds = [
        "account_created",
        "account_taken_over",
        "signed_in",
        "sign_in_failed",
        "passkey_added",
        "password_set",
        "recovery_code_used",
        "consent_given",
        "consent_refused",
        "tokens_issued",
        "tokens_refreshed",
        "code_replayed",
        "refresh_token_replayed",
        "token_exchanged",
        "token_revoked",
        "device_allowed",
        "device_refused",
        "person_asked",
        "ask_allowed",
        "ask_refused",
        "signed_out",
        "signed_out_everywhere",
        "client_registered",
        "client_changed",
        "client_removed",
    ];
    let folder = tempfile::tempdir().unwrap();
    let mut urls = vec![format!("sqlite:{}", folder.path().join("before.sqlite").display())];
    urls.extend(postgres_url().await);
    for url in &urls {
        schema_before(url).await;
        let me = account(1).id;
        for (kind, second) in kinds.iter().zip(0..) {
            insert!(
                url,
                "INSERT INTO events (id, at, kind, account_id, client_id) VALUES ($1, $2, $3, $4, 'tax')",
                &EventId::new(&Random::Os, at(second)).bytes()[..],
                at(second).millis(),
                *kind,
                &me.bytes()[..]
            );
        }
        let store = Store::open(url).await.unwrap();
        store.migrate().await.unwrap();
        let events = store.events_of(me, 100).await.unwrap();
        assert_eq!(events.len(), kinds.len());
        for event in events {
            let by_client = event.kind.name().starts_with("token")
                || event.kind.name().starts_with("client")
                || event.kind.name().ends_with("replayed")
                || event.kind == EventKind::PersonAsked;
            let actor = if by_client { Principal::Client(client_id("tax")) } else { Principal::Citizen(Some(me)) };
            assert_eq!(event.actor, actor, "{:?}", event.kind);
        }
    }
}
