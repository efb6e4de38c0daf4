//! A disk without space. A small file system in memory stands for it, which only root can mount.

use super::load::{Load, not_ready};
use super::servers::{Postgres, folder, hand_over};
use crate::backends::TestStore;
use crate::world::World;
use panjereh::store::{Store, StoreOptions};
use panjereh::transient::Transient;
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
