//! A disk without space: a small file system in memory stands for it, which only root can mount. A database that another process holds,
//! and what readiness costs.

use super::load::{Load, not_ready};
use super::servers::{Postgres, folder, hand_over};
use crate::backends::TestStore;
use crate::world::{self, Backend, World};
use axum::body::Body;
use axum::http::Request;
use panjereh::store::{Store, StoreOptions};
use panjereh::transient::Transient;
use sqlx::{Connection as _, Executor as _};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

/// A file system of a few megabytes.
struct Small {
    place: PathBuf,
    _folder: TempDir,
}

impl Small {
    fn mount(megabytes: u32) -> Option<Self> {
        let folder = folder();
        let place = folder.path().join("small");
        std::fs::create_dir(&place).unwrap();
        let size = format!("size={megabytes}m,mode=755");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "none"]).arg(&place).output();
        if !mounted.is_ok_and(|output| output.status.success()) {
            eprintln!("no file system may be mounted here: a full disk is not tested");
            return None;
        }
        Some(Self { place, _folder: folder })
    }

    fn ballast(&self) -> PathBuf {
        self.place.join("ballast")
    }

    /// Leaves no space.
    fn fill(&self) {
        let mut file = std::fs::File::options().create(true).append(true).open(self.ballast()).unwrap();
        for size in [1 << 20, 1 << 12] {
            while file.write_all(&vec![b'x'; size]).is_ok() {}
        }
    }

    fn empty(&self) {
        std::fs::remove_file(self.ballast()).unwrap();
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(&self.place).status().ok();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_disk_of_sqlite_is_full_the_reason_is_told_and_nothing_is_lost() {
    let Some(disk) = Small::mount(32) else { return };
    let url = format!("sqlite:{}", disk.place.join("panjereh.sqlite").display());
    let store = Store::open_with(&url, StoreOptions::default().serving()).await.unwrap();
    let transient = Transient::embedded(&store);
    let world = World::over(TestStore::of("SQLite", url, store).await, transient, |_| ()).await;
    let mut load = Load::begin(&world).await;
    load.recover().await;
    disk.fill();
    load.suffer(Duration::from_secs(1)).await;
    not_ready(&world, "its disk is full").await;
    disk.empty();
    load.recover().await;
    load.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_disk_of_postgresql_is_full_the_reason_is_told_and_nothing_is_lost() {
    let Some(disk) = Small::mount(160) else { return };
    hand_over(&disk.place);
    let data = tempfile::tempdir_in(&disk.place).unwrap();
    let Some(server) = Postgres::start_in(data, &[]) else { return };
    let world = super::database::world(server.port).await;
    let mut load = Load::begin(&world).await;
    load.recover().await;
    disk.fill();
    load.suffer(Duration::from_secs(3)).await;
    not_ready(&world, "its disk is full").await;
    disk.empty();
    load.recover().await;
    load.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_another_process_holds_the_sqlite_database_no_caller_hangs_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("panjereh.sqlite").display());
    let store = Store::open_with(&url, StoreOptions::default().serving()).await.unwrap();
    let transient = Transient::embedded(&store);
    let world = World::over(TestStore::of("SQLite", url.clone(), store).await, transient, |_| ()).await;
    let mut load = Load::begin(&world).await;
    load.recover().await;
    let mut other = sqlx::SqliteConnection::connect(&url).await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    load.suffer(Duration::from_secs(2)).await;
    not_ready(&world, "the database: ").await;
    other.execute("ROLLBACK").await.unwrap();
    load.recover().await;
    load.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_many_ask_whether_an_instance_is_ready_it_writes_no_more_than_twice_a_second() {
    let world = World::new(Backend::Embedded).await.unwrap();
    world.get("/readyz").await;
    let before = world.app.store.commits();
    let began = super::instant();
    for _ in 0..20 {
        let router = world.router();
        let ask = || world::send(router.clone(), Request::get("/readyz").body(Body::empty()).unwrap());
        let answers = tokio::join!(ask(), ask(), ask(), ask(), ask());
        assert_eq!([answers.0, answers.1, answers.2, answers.3, answers.4].map(|answer| answer.status.as_u16()), [200; 5]);
    }
    let allowed = 2 + began.elapsed().as_millis() / 500;
    assert!(u128::from(world.app.store.commits() - before) <= allowed);
}
