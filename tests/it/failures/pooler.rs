//! PgBouncer in transaction mode between this program and PostgreSQL.

use super::load::{Load, Outcome, not_ready};
use super::servers::{PgBouncer, Postgres, url};
use crate::backends::TestStore;
use crate::world::World;
use panjereh::settings::Pooler;
use panjereh::store::{Store, StoreError, StoreOptions};
use panjereh::transient::Transient;

fn pooled() -> StoreOptions {
    StoreOptions { pooler: Pooler::Transaction, postgres_connections: 12, ..StoreOptions::default() }.serving()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_pgbouncer_in_transaction_mode_everything_works_with_more_clients_than_server_connections() {
    let Some(server) = Postgres::start(&[]) else { return };
    let Some(bouncer) = PgBouncer::start(server.port, "") else { return };
    let address = url(bouncer.port);
    // Two instances migrate at once.
    let (one, other) = (Store::open_with(&address, pooled()).await.unwrap(), Store::open_with(&address, pooled()).await.unwrap());
    let (first, second) = tokio::join!(one.migrate(), other.migrate());
    let applied = first.unwrap().len().max(second.unwrap().len());
    assert!(applied > 10, "{applied}");
    one.check_schema().await.unwrap();
    let transient = Transient::embedded(&one);
    let world = World::over(TestStore::of("PostgreSQL", address, one).await, transient, |_| ()).await;
    let mut loads = [Load::begin(&world).await, Load::begin(&world).await, Load::begin(&world).await];
    for _ in 0..12 {
        let [a, b, c] = &mut loads;
        let done = tokio::join!(a.turn(), b.turn(), c.turn());
        assert_eq!(done, (Outcome::Done, Outcome::Done, Outcome::Done));
    }
    assert_eq!(world.get("/readyz").await.text(), "ready\n");
    let jobs = panjereh::upkeep::jobs::Jobs::new(&world.app).turn(&world.app, &crate::world::master()).await;
    assert_eq!(jobs, panjereh::upkeep::jobs::Progress::Done);
    for load in loads {
        load.settle().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pgbouncer_without_the_setting_is_noticed_at_the_start_also_where_it_ignores_what_it_does_not_know() {
    let Some(server) = Postgres::start(&[]) else { return };
    for ignoring in
        ["", "ignore_startup_parameters = extra_float_digits", "ignore_startup_parameters = extra_float_digits,options"]
    {
        let Some(bouncer) = PgBouncer::start(server.port, ignoring) else { return };
        let opened = Store::open_with(&url(bouncer.port), StoreOptions::default()).await;
        assert!(matches!(opened.err(), Some(StoreError::Pooler)), "{ignoring}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_postgresql_restarts_behind_pgbouncer_no_caller_hangs_and_nothing_is_lost() {
    let Some(mut server) = Postgres::start(&[]) else { return };
    let Some(bouncer) = PgBouncer::start(server.port, "server_login_retry = 1") else { return };
    let address = url(bouncer.port);
    let store = Store::open_with(&address, pooled()).await.unwrap();
    let transient = Transient::embedded(&store);
    let world = World::over(TestStore::of("PostgreSQL", address, store).await, transient, |_| ()).await;
    let mut load = Load::begin(&world).await;
    load.recover().await;
    for end in ["-INT", "-QUIT"] {
        server.process().stop(end);
        load.suffer(std::time::Duration::from_secs(2)).await;
        not_ready(&world, "the database: ").await;
        server.begin();
        load.recover().await;
    }
    load.settle().await;
}
