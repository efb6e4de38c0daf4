//! Redis restarts, is out of memory, freezes, becomes a replica.

use super::forwarder::Forwarder;
use super::load::{Load, not_ready};
use super::servers::Redis;
use crate::world::World;
use panjereh::transient::Transient;
use std::time::Duration;

async fn world(server: &Redis) -> World {
    world_at(&server.url()).await
}

async fn world_at(url: &str) -> World {
    let transient = Transient::redis_with_prefix(url, "test:").await.unwrap();
    World::over(crate::backends::sqlite().await, transient, |_| ()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_redis_restarts_callers_are_told_when_to_come_again_and_sessions_go_on() {
    let Some(mut server) = Redis::start(&[]) else { return };
    let world = world(&server).await;
    let mut load = Load::begin(&world).await;
    load.recover().await;
    for end in ["-TERM", "-KILL"] {
        server.process().stop(end);
        load.suffer(Duration::from_millis(500)).await;
        not_ready(&world, "nothing answers at its address").await;
        server.begin();
        load.recover().await;
    }
    load.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_redis_is_out_of_memory_the_reason_is_told_and_nothing_is_lost() {
    let Some(server) = Redis::start(&[]) else { return };
    let world = world(&server).await;
    let mut load = Load::begin(&world).await;
    load.recover().await;
    server.tell(&["CONFIG", "SET", "maxmemory", "1"]);
    load.suffer(Duration::from_millis(500)).await;
    not_ready(&world, "it is out of memory").await;
    server.tell(&["CONFIG", "SET", "maxmemory", "0"]);
    load.recover().await;
    load.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_redis_freezes_no_caller_hangs_and_nothing_is_lost() {
    let Some(mut server) = Redis::start(&[]) else { return };
    let world = world(&server).await;
    let mut load = Load::begin(&world).await;
    load.recover().await;
    server.process().freeze();
    load.suffer(Duration::from_secs(3)).await;
    not_ready(&world, "it does not answer in time").await;
    server.process().thaw();
    load.recover().await;
    load.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_redis_becomes_a_replica_the_reason_is_told_and_nothing_is_lost() {
    let Some(server) = Redis::start(&[]) else { return };
    let world = world(&server).await;
    let mut load = Load::begin(&world).await;
    load.recover().await;
    server.tell(&["REPLICAOF", "127.0.0.1", "1"]);
    load.suffer(Duration::from_millis(500)).await;
    not_ready(&world, "it is a read-only replica").await;
    server.tell(&["REPLICAOF", "NO", "ONE"]);
    load.recover().await;
    load.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_machine_of_redis_is_gone_without_a_word_a_new_connection_is_opened_and_nothing_is_lost() {
    let Some(server) = Redis::start(&[]) else { return };
    let address = Forwarder::to(server.port).await;
    let world = world_at(&format!("redis://127.0.0.1:{}/", address.port)).await;
    let mut load = Load::begin(&world).await;
    load.recover().await;
    address.lose_all();
    load.recover().await;
    assert!(load.unavailable > 0, "the connection was not lost");
    load.settle().await;
}
