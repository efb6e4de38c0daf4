//! Passwords are hashed outside the async threads, at most one per core at a time, in memory that is reused while there is work.

use crate::app::unavailable::Unavailable;
use crate::crypto::password::Workspace;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// The slots for password hashing. Each slot keeps 19 MiB of memory from its first hash until no password was hashed for a while.
pub(crate) struct Hashing {
    places: Arc<Semaphore>,
    spare: Arc<Mutex<Vec<Workspace>>>,
    used: AtomicBool,
}

impl Hashing {
    /// With this many slots.
    pub(crate) fn new(places: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(places)), spare: Arc::default(), used: AtomicBool::new(false) }
    }

    /// Waits for a slot and runs `work` in it.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Workspace) -> T + Send + 'static,
    ) -> Result<T, Unavailable> {
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|error| Unavailable::Worker(error.to_string()))?;
        self.used.store(true, Ordering::Relaxed);
        let spare = Arc::clone(&self.spare);
        let done = tokio::task::spawn_blocking(move || {
            let kept = spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut workspace = kept.unwrap_or_default();
            let result = work(&mut workspace);
            spare.lock().unwrap_or_else(PoisonError::into_inner).push(workspace);
            drop(place);
            result
        });
        done.await.map_err(|error| Unavailable::Worker(error.to_string()))
    }

    /// Frees the memory if nothing was hashed since the previous call.
    pub(crate) fn rest(&self) {
        if !self.used.swap(false, Ordering::Relaxed) {
            self.spare.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spare(hashing: &Hashing) -> usize {
        hashing.spare.lock().unwrap().len()
    }

    #[tokio::test]
    async fn memory_is_reused_from_hash_to_hash_and_freed_when_nothing_is_hashed() {
        let hashing = Hashing::new(2);
        assert_eq!(hashing.run(|_| 7).await.unwrap(), 7);
        assert_eq!(hashing.run(|_| 8).await.unwrap(), 8);
        assert_eq!(spare(&hashing), 1);
        hashing.rest();
        assert_eq!(spare(&hashing), 1, "something was hashed since the previous call");
        hashing.rest();
        assert_eq!(spare(&hashing), 0);
    }

    #[tokio::test]
    async fn no_more_are_hashed_at_once_than_there_are_slots_and_a_panic_frees_its_slot() {
        let hashing = Hashing::new(1);
        assert!(hashing.run(|_| -> () { panic!("a hash that fails") }).await.is_err());
        assert_eq!(hashing.places.available_permits(), 1);
        assert_eq!(hashing.run(|_| 7).await.unwrap(), 7);
    }
}
