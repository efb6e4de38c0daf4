//! Leases of jobs: one instance leads, and an instance that lost its lease changes nothing.

use super::at;
use crate::backends::{postgres, stores};
use panjereh::identity::id::InstanceId;
use panjereh::random::Random;
use panjereh::records::job::{Job, Lease};
use panjereh::store::{Store, StoreError};

fn instance() -> InstanceId {
    InstanceId::new(&Random::Os, at(0))
}

async fn lead(store: &Store, job: Job, holder: InstanceId, now: i64) -> Option<Lease> {
    store.lead(job, holder, at(now + 10), at(now)).await.unwrap()
}

async fn run(store: &Store, lease: &Lease, now: i64) -> Option<i64> {
    let mut tx = store.write().await.unwrap();
    let progress = tx.run_job(lease, at(now)).await.unwrap();
    if progress.is_some() {
        tx.save().await.unwrap();
    }
    progress
}

#[tokio::test]
async fn every_job_has_its_row_and_its_own_leader() {
    for backend in stores().await {
        for job in Job::ALL {
            let holder = instance();
            let lease = lead(&backend.store, job, holder, 0).await.expect("no instance leads it");
            assert_eq!((lease.job, lease.holder, lease.until), (job, holder, at(10)), "{}", backend.name);
            assert_eq!(run(&backend.store, &lease, 5).await, Some(0), "{}: {job:?}", backend.name);
            let renewed = lead(&backend.store, job, holder, 6).await.unwrap();
            assert_eq!((renewed.until, renewed.last_run), (at(16), at(5)), "{}: {job:?}", backend.name);
        }
    }
}

#[tokio::test]
async fn the_leader_renews_and_when_it_dies_another_leads_after_the_lease() {
    for backend in stores().await {
        // Two instances: each with a store of its own on one database.
        let (one, two) = (&backend.store, Store::open(&backend.url).await.unwrap());
        let (first, second) = (instance(), instance());
        assert!(lead(one, Job::Expiry, first, 0).await.is_some());
        assert_eq!(lead(&two, Job::Expiry, second, 9).await, None, "{}", backend.name);
        assert!(lead(one, Job::Expiry, first, 9).await.is_some());
        assert_eq!(lead(&two, Job::Expiry, second, 18).await, None, "{}: it was renewed", backend.name);
        assert!(lead(&two, Job::Expiry, second, 19).await.is_some(), "{}", backend.name);
        assert_eq!(lead(one, Job::Expiry, first, 20).await, None, "{}", backend.name);
    }
}

#[tokio::test]
async fn a_leader_that_lost_its_lease_does_nothing_more() {
    for backend in stores().await {
        let (one, two) = (&backend.store, Store::open(&backend.url).await.unwrap());
        let lost = lead(one, Job::EventOrder, instance(), 0).await.unwrap();
        assert_eq!(run(one, &lost, 10).await, None, "{}: its time is over, though no other leads yet", backend.name);
        let lease = lead(&two, Job::EventOrder, instance(), 10).await.unwrap();
        // Its clock may stand still as well.
        assert_eq!(run(one, &lost, 5).await, None, "{}", backend.name);
        assert_eq!(run(&two, &lease, 11).await, Some(0), "{}", backend.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixteen_that_ask_at_once_exactly_one_leads() {
    for backend in stores().await {
        let other = Store::open(&backend.url).await.unwrap();
        let asking: Vec<_> = (0..16)
            .map(|n| {
                let store = if n % 2 == 0 { backend.store.clone() } else { other.clone() };
                tokio::spawn(async move { lead(&store, Job::DeliveryCleanUp, instance(), 0).await.is_some() })
            })
            .collect();
        let mut leaders = 0;
        for asked in asking {
            leaders += usize::from(asked.await.unwrap());
        }
        assert_eq!(leaders, 1, "{}", backend.name);
    }
}

#[tokio::test]
async fn a_leader_that_stops_hands_over_at_once_and_what_others_lead_stays_theirs() {
    for backend in stores().await {
        let store = &backend.store;
        let (stopping, staying) = (instance(), instance());
        lead(store, Job::Expiry, stopping, 0).await.unwrap();
        lead(store, Job::KeyRotation, staying, 0).await.unwrap();
        store.release_jobs(stopping).await.unwrap();
        let third = instance();
        assert!(lead(store, Job::Expiry, third, 1).await.is_some(), "{}", backend.name);
        assert_eq!(lead(store, Job::KeyRotation, third, 1).await, None, "{}", backend.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_is_under_way_while_its_lease_runs_out_is_whole_before_the_next_leader_begins() {
    for backend in stores().await {
        let (store, job) = (backend.store.clone(), Job::EventOrder);
        let lease = lead(&store, job, instance(), 0).await.unwrap();
        let mut tx = store.write().await.unwrap();
        assert_eq!(tx.run_job(&lease, at(9)).await.unwrap(), Some(0));
        let next = tokio::spawn({
            let store = store.clone();
            async move {
                let lease = lead(&store, job, instance(), 11).await.expect("its lease is over");
                run(&store, &lease, 11).await
            }
        });
        tokio::task::yield_now().await;
        tx.set_progress(job, 77).await.unwrap();
        tx.save().await.unwrap();
        assert_eq!(next.await.unwrap(), Some(77), "{}", backend.name);
    }
}

/// Only on PostgreSQL: there several processes use one database.
#[tokio::test]
async fn a_leader_that_stopped_within_its_step_is_waited_for_no_longer_than_a_bound() {
    let Some(backend) = postgres().await else { return };
    let (one, two) = (&backend.store, Store::open(&backend.url).await.unwrap());
    let lease = lead(one, Job::Expiry, instance(), 0).await.unwrap();
    let mut stopped = one.write().await.unwrap();
    assert!(stopped.run_job(&lease, at(1)).await.unwrap().is_some());
    let (second, mut waits) = (instance(), 0);
    let taken = loop {
        match two.lead(Job::Expiry, second, at(30), at(20)).await {
            Ok(taken) => break taken,
            Err(StoreError::Locked) => waits += 1,
            Err(other) => panic!("{other}"),
        }
        // Each wait ends after `lock_timeout`, a second: half a minute in all.
        assert!(waits < 30, "the row stays locked");
    };
    assert!(taken.is_some() && waits > 0, "{waits}");
    assert!(stopped.save().await.is_err(), "the server ended its transaction");
    assert_eq!(run(one, &lease, 21).await, None);
}
