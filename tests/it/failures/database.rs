//! PostgreSQL stops, goes over to another machine behind one address, freezes, has no free connection, has no space.

use super::forwarder::Forwarder;
use super::load::{Load, not_ready};
use super::servers::{Postgres, connection, url};
use crate::backends::TestStore;
use crate::world::World;
use panjereh::store::{Store, StoreOptions};
use panjereh::transient::Transient;
use sqlx::{Connection as _, Executor as _, PgConnection};
use std::time::Duration;

/// A provider as `serve` opens it, with short-lived state in the same PostgreSQL.
pub async fn world(port: u16) -> World {
    let options = StoreOptions { postgres_connections: 6, ..StoreOptions::default() };
    let store = Store::open_with(&url(port), options.serving()).await.unwrap();
    let transient = Transient::embedded(&store);
    World::over(TestStore::of("PostgreSQL", url(port), store).await, transient, |_| ()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_primary_becomes_read_only_behind_one_address_requests_go_to_the_new_one_and_nothing_is_lost() {
    let Some(first) = Postgres::start(&["synchronous_standby_names=*"]) else { return };
    let second = first.replica(&["synchronous_standby_names="]);
    let address = Forwarder::to(first.port).await;
    let world = world(address.port).await;
    let mut load = Load::begin(&world).await;
    load.recover().await;

    // The connections that are open stay at the old primary, which now refuses to write.
    first.run("ALTER SYSTEM SET default_transaction_read_only = on").await;
    first.run("SELECT pg_reload_conf()").await;
    load.suffer(Duration::from_millis(700)).await;
    not_ready(&world, "it is read-only").await;
    second.run("SELECT pg_promote()").await;
    address.lead_to(second.port);
    load.recover().await;
    load.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_postgresql_restarts_callers_are_told_when_to_come_again_and_nothing_is_lost() {
    let Some(mut server) = Postgres::start(&[]) else { return };
    let world = world(server.port).await;
    let mut load = Load::begin(&world).await;
    load.recover().await;
    // A fast stop ends the sessions; a crash says nothing.
    for end in ["-INT", "-QUIT"] {
        server.process().stop(end);
        load.suffer(Duration::from_millis(700)).await;
        not_ready(&world, "nothing answers at its address").await;
        server.begin();
        load.recover().await;
    }
    load.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_postgresql_freezes_no_caller_hangs_and_nothing_is_lost() {
    let Some(mut server) = Postgres::start(&[]) else { return };
    let world = world(server.port).await;
    let mut load = Load::begin(&world).await;
    load.recover().await;
    server.process().freeze();
    load.suffer(Duration::from_secs(3)).await;
    not_ready(&world, "in time").await;
    server.process().thaw();
    load.recover().await;
    load.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_machine_of_postgresql_is_gone_without_a_word_new_connections_are_opened_and_nothing_is_lost() {
    let Some(server) = Postgres::start(&[]) else { return };
    let address = Forwarder::to(server.port).await;
    let world = world(address.port).await;
    let mut load = Load::begin(&world).await;
    load.recover().await;
    // First while the connections are in use, then after they have rested.
    for rest in [0, 2_500] {
        tokio::time::sleep(Duration::from_millis(rest)).await;
        address.lose_all();
        load.recover().await;
    }
    load.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_postgresql_has_no_free_connection_the_reason_is_told_and_nothing_is_lost() {
    let Some(server) = Postgres::start(&["max_connections=10", "superuser_reserved_connections=0"]) else { return };
    let world = world(server.port).await;
    let mut load = Load::begin(&world).await;
    load.recover().await;
    // Others take every connection, those of this program too.
    let other = format!("{}?application_name=other", server.url());
    let mut held = vec![connection(&other).await];
    while held.len() < 10 {
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE backend_type = 'client backend' AND application_name <> 'other'";
        held[0].execute(end).await.unwrap();
        while let Ok(one) = PgConnection::connect(&other).await {
            held.push(one);
        }
    }
    load.suffer(Duration::from_millis(500)).await;
    not_ready(&world, "it has no free connection").await;
    drop(held);
    load.recover().await;
    load.settle().await;
}
