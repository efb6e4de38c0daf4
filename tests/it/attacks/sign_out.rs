//! Token requests at the same time as "sign out everywhere" or the closing of an account: once the sign-out is answered, no
//! access token is issued, by any grant type.
//!
//! Each request is stopped after its first check of the account and before its commit. On SQLite all of them queue behind the transaction
//! that ends the sessions; on PostgreSQL a lock on the event table stops them until that transaction is committed.

use crate::world::agency::{Agency, code_form};
use crate::world::cross_device::{back_form, by_polling, device_form, with_devices};
use crate::world::{Answer, Backend, World, send};
use axum::body::Body;
use axum::http::Request;
use panjereh::client::grant_type::{GrantType, TOKEN_EXCHANGE};
use panjereh::client::resource::ResourceUri;
use panjereh::identity::id::AccountId;
use panjereh::oidc::token::exchange::ACCESS_TOKEN;
use panjereh::store::Tx;
use sqlx::Connection as _;
use std::time::Duration;
use tokio::task::JoinSet;

const SCOPE: &str = "openid profile offline_access";
const HEALTH: &str = "https://api.health.example";
/// Requests of each grant type at the same time.
const TIMES: usize = 2;

/// How the sessions of an account end.
#[derive(Debug, Clone, Copy)]
enum End {
    /// The person signs out everywhere.
    Everywhere,
    /// The account is closed.
    Closed,
}

impl End {
    async fn write(self, tx: &mut Tx, account: AccountId, world: &World) {
        match self {
            Self::Everywhere => tx.end_sessions(account, world.now().plus(Duration::from_millis(1))).await.unwrap(),
            Self::Closed => tx.close_account(account, world.now()).await.unwrap(),
        }
    }
}

/// An agency that may use every grant type for a person, and another one that it may call.
async fn agencies(world: &World) -> Agency<'_> {
    let resource = |text| ResourceUri::parse(text);
    world.agency_with("health", |client| client.token_policy.resource_identifier = resource(HEALTH)).await;
    let every_grant = |client: &mut panjereh::client::metadata::Client| {
        with_devices(client);
        by_polling(client);
        client.grant_types.push(GrantType::TokenExchange);
        client.token_policy.resource_identifier = resource("https://api.tax.example");
        client.token_policy.resources = resource(HEALTH).into_iter().collect();
    };
    world.agency_with("tax", every_grant).await
}

/// A person who has just signed in, and one valid token request of each grant type.
async fn under_way(world: &World, tax: &Agency<'_>) -> (AccountId, Vec<(&'static str, Request<Body>)>) {
    let (citizen, mut browser, _) = world.signed_in(tax, SCOPE).await;
    let account = world.app.store.account_by_national_id(&citizen.person.national_id).await.unwrap().unwrap().id;
    let mut requests = Vec::new();
    for _ in 0..TIMES {
        let (asking, code) = tax.silently(&mut browser, SCOPE).await;
        requests.push(("code", tax.token_request(&code_form(&asking, &code))));

        let (asking, code) = tax.silently(&mut browser, SCOPE).await;
        let (tokens, _) = tax.sign_in(&asking, &code).await;
        let form = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh())];
        requests.push(("refresh", tax.token_request(&form)));
        let form = [
            ("grant_type", TOKEN_EXCHANGE),
            ("subject_token", tokens.access_token.as_str()),
            ("subject_token_type", ACCESS_TOKEN),
            ("resource", HEALTH),
        ];
        requests.push(("exchange", tax.token_request(&form)));

        let codes = tax.device(SCOPE).await;
        browser.open(&codes.complete).await;
        browser.is_mine().await.must(200, "device-allowed-title");
        requests.push(("device", tax.token_request(&device_form(&codes))));

        let (id, code) = tax.asked(&citizen, &[]).await;
        browser.type_message_code(&code).await;
        browser.allow().await.must(200, "ask-allowed-title");
        requests.push(("ciba", tax.token_request(&back_form(&id))));
    }
    (account, requests)
}

/// Sends all of them; an answer comes with the name of its grant type.
fn send_all(world: &World, requests: Vec<(&'static str, Request<Body>)>) -> JoinSet<(&'static str, Answer)> {
    let mut sending = JoinSet::new();
    for (name, request) in requests {
        let router = world.router();
        sending.spawn(async move { (name, send(router, request).await) });
    }
    sending
}

fn all_were_refused(end: End, answers: &[(&'static str, Answer)]) {
    let with_token = |(name, answer): &(&'static str, Answer)| answer.json()["access_token"].is_string().then_some(*name);
    let left: Vec<_> = answers.iter().filter_map(with_token).collect();
    assert!(left.is_empty(), "{end:?}: tokens left by the grant types {left:?}");
    for (name, answer) in answers {
        let error = if *name == "exchange" { "invalid_request" } else { "invalid_grant" };
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (400, error), "{end:?}, {name}");
    }
}

// On one thread tasks run in the order in which the commit wakes them, and the transaction that ends the sessions is the first.
#[tokio::test]
async fn on_sqlite_no_access_token_leaves_after_everything_of_its_account_ended() {
    let world = World::new(Backend::Embedded).await.unwrap();
    let tax = agencies(&world).await;
    for end in [End::Everywhere, End::Closed] {
        let (account, requests) = under_way(&world, &tax).await;
        let mut tx = world.app.store.write().await.unwrap();
        let sending = send_all(&world, requests);
        // Before the writer the requests wait for nothing: after some turns all of them are in its queue.
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
        end.write(&mut tx, account, &world).await;
        let ended = tokio::spawn(tx.save());
        let answers = sending.join_all().await;
        ended.await.unwrap().unwrap();
        all_were_refused(end, &answers);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_servers_no_access_token_leaves_after_everything_of_its_account_ended() {
    let Some(world) = World::new(Backend::Servers).await else { return };
    let tax = agencies(&world).await;
    let mut connection = sqlx::PgConnection::connect(world.database_url()).await.unwrap();
    for end in [End::Everywhere, End::Closed] {
        let (account, requests) = under_way(&world, &tax).await;
        let count = i64::try_from(requests.len()).unwrap();
        let mut lock = connection.begin().await.unwrap();
        sqlx::raw_sql("LOCK TABLE events IN SHARE MODE").execute(&mut *lock).await.unwrap();
        let mut sending = send_all(&world, requests);
        while waiting_for_the_log(&mut lock).await < count {
            if let Some(early) = sending.try_join_next() {
                panic!("answered without an event: {:?}", early.unwrap());
            }
        }
        let mut tx = world.app.store.write().await.unwrap();
        end.write(&mut tx, account, &world).await;
        tx.save().await.unwrap();
        lock.commit().await.unwrap();
        all_were_refused(end, &sending.join_all().await);
    }
}

/// How many transactions wait for the lock on the event table.
async fn waiting_for_the_log(connection: &mut sqlx::PgConnection) -> i64 {
    #[expect(clippy::disallowed_methods, reason = "a question to PostgreSQL about its own locks, which the program never asks")]
    let row = sqlx::query_as::<_, (i64,)>("SELECT count(*) FROM pg_locks WHERE relation = 'events'::regclass AND NOT granted");
    row.fetch_one(connection).await.unwrap().0
}
