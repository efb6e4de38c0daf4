//! What one instance does for all of them: one leads, another takes over when it dies, and one that lost its lease changes
//! nothing.

use crate::world::{World, master, on_both_backends};
use panjereh::client::words::{ClientId, SigningAlg};
use panjereh::crypto::rotation::plan_withdrawal;
use panjereh::identity::id::DeliveryId;
use panjereh::random::Random;
use panjereh::records::delivery::{Delivery, DeliveryBody, DeliveryKind, Recipient};
use panjereh::records::job::Job;
use panjereh::settings::Rotation;
use panjereh::time::Clock;
use panjereh::upkeep::jobs::{Jobs, Progress, keep_running};
use panjereh::upkeep::rotate_keys::{Written, due_rotations};
use sqlx::Connection as _;
use std::sync::Arc;
use std::time::Duration;

on_both_backends! {
    of_two_instances_one_leads_every_job_and_when_it_dies_the_other_leads_after_the_lease,
    an_instance_that_stops_hands_its_jobs_over_at_once,
    a_leader_whose_lease_another_took_changes_nothing_though_it_does_not_know,
    the_leader_puts_events_in_order_and_removes_what_is_over,
    keys_are_replaced_as_planned_where_the_operator_wants_that_and_not_otherwise,
    a_job_whose_row_is_locked_stops_no_other_job,
    a_key_withdrawn_while_its_rotation_is_planned_stays_withdrawn,
    expiry_keeps_up_with_what_is_added_in_bounded_steps,
}

/// One turn of an instance that leads all jobs from now on.
pub(super) async fn turn(world: &World) -> Jobs {
    let mut jobs = Jobs::new(&world.app);
    jobs.turn(&world.app, &master()).await;
    jobs
}

fn leads_all(jobs: &Jobs) -> bool {
    Job::ALL.iter().all(|job| jobs.leads(*job))
}

fn leads_none(jobs: &Jobs) -> bool {
    Job::ALL.iter().all(|job| !jobs.leads(*job))
}

async fn of_two_instances_one_leads_every_job_and_when_it_dies_the_other_leads_after_the_lease(world: &World) {
    let other = world.another_app(world.clock.clone(), |_| ()).await;
    let (mut one, mut two) = (Jobs::new(&world.app), Jobs::new(&other));
    for _ in 0..4 {
        one.turn(&world.app, &master()).await;
        two.turn(&other, &master()).await;
        assert!(leads_all(&one) && leads_none(&two), "the leader renews");
        world.pass(Duration::from_secs(9));
    }
    // The first one died nine seconds ago.
    two.turn(&other, &master()).await;
    assert!(leads_none(&two), "its lease is not over");
    world.pass(Duration::from_secs(3));
    two.turn(&other, &master()).await;
    assert!(leads_all(&two));
    one.turn(&world.app, &master()).await;
    assert!(leads_none(&one), "it hears that it is too late");
}

async fn an_instance_that_stops_hands_its_jobs_over_at_once(world: &World) {
    keep_running(Arc::clone(&world.app), master(), std::future::ready(())).await;
    let other = world.another_app(world.clock.clone(), |_| ()).await;
    let mut jobs = Jobs::new(&other);
    jobs.turn(&other, &master()).await;
    assert!(leads_all(&jobs));
}

async fn a_leader_whose_lease_another_took_changes_nothing_though_it_does_not_know(world: &World) {
    // Its machine stood still, and its clock with it.
    let still = world.another_app(Clock::frozen(world.now()), |_| ()).await;
    let mut lost = Jobs::new(&still);
    lost.turn(&still, &master()).await;
    assert!(leads_all(&lost));
    world.pass(Duration::from_secs(10));
    assert!(leads_all(&turn(world).await));

    let tax = world.agency("tax").await;
    world.signed_in(&tax, "openid").await;
    // Two seconds later it processes what is due, and has no reason to renew its lease yet.
    still.clock.advance(Duration::from_secs(2));
    lost.turn(&still, &master()).await;
    assert!(!lost.leads(Job::EventOrder), "it heard of it");
    assert_eq!(world.app.store.events_after(0, 10).await.unwrap(), [], "nothing was put in order");
}

async fn the_leader_puts_events_in_order_and_removes_what_is_over(world: &World) {
    let mut jobs = turn(world).await;
    let tax = world.agency("tax").await;
    let (citizen, ..) = world.signed_in(&tax, "openid").await;
    let mut tx = world.app.store.write().await.unwrap();
    let given_up = Delivery {
        id: DeliveryId::new(&Random::Os, world.now()),
        kind: DeliveryKind::Ping,
        recipient: Recipient::client(&tax.client.id),
        body: DeliveryBody::Sealed("sealed".to_owned()),
        attempt: 0,
    };
    tx.insert_delivery(&given_up, world.now(), world.now().plus(Duration::from_secs(5))).await.unwrap();
    tx.save().await.unwrap();
    // Not saved: it only counts.
    let waiting = async || {
        let mut tx = world.app.store.write().await.unwrap();
        tx.expire_deliveries(world.now(), 10).await.unwrap()
    };

    world.pass(Duration::from_secs(9));
    assert_eq!(jobs.turn(&world.app, &master()).await, Progress::Done);
    let placed = world.app.store.events_after(0, 100).await.unwrap();
    let account = world.app.store.account_by_national_id(&citizen.person.national_id).await.unwrap().unwrap();
    assert_eq!(placed.len(), world.app.store.events_of(account.id, 100).await.unwrap().len());
    assert_eq!(placed.iter().map(|placed| placed.seq).collect::<Vec<_>>(), (1..=5).collect::<Vec<_>>());
    assert_eq!(waiting().await, 1, "its time to clean up has not come");
    world.pass(Duration::from_secs(9));
    jobs.turn(&world.app, &master()).await;
    world.pass(Duration::from_secs(2));
    jobs.turn(&world.app, &master()).await;
    // The removal is not awaited.
    world.app.store.flush().await.unwrap();
    assert_eq!(waiting().await, 0);
}

async fn keys_are_replaced_as_planned_where_the_operator_wants_that_and_not_otherwise(world: &World) {
    let (day, kids) = (Duration::from_hours(24), async || {
        world.app.store.keys().await.unwrap().into_iter().map(|key| key.kid).collect::<Vec<_>>()
    });
    let before = kids().await;
    assert_eq!(before.len(), SigningAlg::ALL.len());
    world.pass(day * 90);
    let mut by_hand = turn(world).await;
    assert_eq!(kids().await, before, "the operator does it");
    by_hand.release(&world.app).await.unwrap();

    let planned = world.another_app(world.clock.clone(), |settings| settings.keys.rotation = Rotation::Planned).await;
    let mut jobs = Jobs::new(&planned);
    world.pass(Duration::from_hours(1));
    jobs.turn(&planned, &master()).await;
    let after = kids().await;
    assert_eq!(after.len(), 2 * before.len());
    for _ in 0..3 {
        world.pass(Duration::from_hours(1));
        jobs.turn(&planned, &master()).await;
    }
    assert_eq!(kids().await, after, "once");
    world.refresh().await;
    let jwks = world.get("/jwks").await.json();
    assert_eq!(jwks["keys"].as_array().unwrap().len(), after.len(), "both are published");
}

async fn a_job_whose_row_is_locked_stops_no_other_job(world: &World) {
    if world.database_url().starts_with("sqlite:") {
        // One process has it to itself: the lock of a row is the lock of the writer.
        return;
    }
    let mut locked = world.app.store.write().await.unwrap();
    locked.set_progress(Job::Expiry, 0).await.unwrap();
    let mut jobs = Jobs::new(&world.app);
    jobs.turn(&world.app, &master()).await;
    assert!(Job::ALL.iter().all(|job| jobs.leads(*job) == (*job != Job::Expiry)));
    locked.save().await.unwrap();
    world.pass(Duration::from_secs(9));
    jobs.turn(&world.app, &master()).await;
    assert!(leads_all(&jobs));
}

async fn a_key_withdrawn_while_its_rotation_is_planned_stays_withdrawn(world: &World) {
    let planned = world.another_app(world.clock.clone(), |settings| settings.keys.rotation = Rotation::Planned).await;
    world.pass(Duration::from_hours(24) * 90);
    let now = world.now();
    let due = due_rotations(&planned, &master(), now).await.unwrap();

    // Meanwhile the operator withdraws a key: `panjereh keys rotate --now --alg ES256`.
    let read = world.app.store.keys().await.unwrap();
    let withdrawal = plan_withdrawal(&read, SigningAlg::ES256, now);
    let mut tx = world.app.store.write().await.unwrap();
    assert!(tx.keys_are_still(&read).await.unwrap());
    tx.insert_key(&withdrawal.make_key(&master(), &Random::Os, now).unwrap()).await.unwrap();
    tx.update_key_times(&withdrawal.retiring[0]).await.unwrap();
    tx.save().await.unwrap();

    let after = world.app.store.keys().await.unwrap();
    let mut tx = world.app.store.write().await.unwrap();
    assert_eq!(due.write(&mut tx).await.unwrap(), Written::KeysChanged);
    drop(tx);
    assert_eq!(world.app.store.keys().await.unwrap(), after);
    // The next step plans anew, and replaces the other three.
    Jobs::new(&planned).turn(&planned, &master()).await;
    let keys = world.app.store.keys().await.unwrap();
    assert_eq!(keys.len(), after.len() + SigningAlg::ALL.len() - 1);
    let withdrawn = keys.iter().find(|key| key.kid == withdrawal.retiring[0].kid).unwrap();
    assert_eq!(withdrawn.removed_at, Some(now));
}

/// How many short-lived rows there are: in memory on SQLite, in the table on PostgreSQL.
#[expect(clippy::disallowed_methods, reason = "rows are counted behind the store's back")]
async fn short_lived_rows(world: &World) -> usize {
    if world.database_url().starts_with("sqlite:") {
        // Each of them is a mark of the same size.
        return usize::try_from(world.app.transient.held(world.now())).unwrap() / 230;
    }
    let mut connection = sqlx::PgConnection::connect(world.database_url()).await.unwrap();
    let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM transient").fetch_one(&mut connection).await.unwrap();
    usize::try_from(count).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a statement that makes many rows is no method of the store")]
async fn expiry_keeps_up_with_what_is_added_in_bounded_steps(world: &World) {
    const ROWS: i64 = 9_000;
    let until = world.now().plus(Duration::from_mins(5));
    if world.database_url().starts_with("sqlite:") {
        for n in 0..ROWS {
            let client = ClientId::parse("tax").unwrap();
            assert!(world.app.transient.claim_jti(&client, &n.to_string(), until, world.now()).await.unwrap());
        }
        world.app.store.flush().await.unwrap();
    } else {
        let mut connection = sqlx::PgConnection::connect(world.database_url()).await.unwrap();
        let rows = "INSERT INTO transient (key, uses, expires_at) SELECT decode(md5(n::text), 'hex'), 1, $1 FROM generate_series(1, $2) n";
        sqlx::query(rows).bind(until.millis()).bind(ROWS).execute(&mut connection).await.unwrap();
    }
    assert!(short_lived_rows(world).await >= 9_000);
    world.pass(Duration::from_mins(7));
    let mut jobs = Jobs::new(&world.app);
    let (mut left, mut steps) = (short_lived_rows(world).await, 0);
    // Nothing but the clock of a step stands between two of them: one run of the job removes all of it.
    while jobs.turn(&world.app, &master()).await == Progress::More {
        world.app.store.flush().await.unwrap();
        let now_left = short_lived_rows(world).await;
        assert!(left - now_left <= 5_500, "a step removed {} rows", left - now_left);
        left = now_left;
        steps += 1;
        assert!(steps < 20, "{left} rows are left");
    }
    assert!(steps >= 1, "in more than one step");
    assert!(short_lived_rows(world).await < 100, "{} rows are left", short_lived_rows(world).await);
}
