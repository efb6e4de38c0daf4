//! Passwords are hashed off the async threads, as many at once as there are cores, in memory that is kept while there is work.

use crate::app::unavailable::Broken;
use crate::crypto::password::Workspace;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// The places at which passwords are hashed. Each has 19 MiB of memory from its first hash until nobody hashed anything for a while.
pub struct Hashing {
    places: Arc<Semaphore>,
    spare: Arc<Mutex<Vec<Workspace>>>,
    used: AtomicBool,
}

impl Hashing {
    /// So many places.
    pub fn new(places: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(places)), spare: Arc::default(), used: AtomicBool::new(false) }
    }

    /// Waits for a place and runs `work` there.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Workspace) -> T + Send + 'static,
    ) -> Result<T, Broken> {
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|error| Broken::Worker(error.to_string()))?;
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
        done.await.map_err(|error| Broken::Worker(error.to_string()))
    }

    /// Gives the memory back if nothing was hashed since the last time this was asked.
    pub fn rest(&self) {
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
    async fn memory_is_kept_from_hash_to_hash_and_given_back_when_nobody_hashes() {
        let hashing = Hashing::new(2);
        assert_eq!(hashing.run(|_| 7).await.unwrap(), 7);
        assert_eq!(hashing.run(|_| 8).await.unwrap(), 8);
        assert_eq!(spare(&hashing), 1);
        hashing.rest();
        assert_eq!(spare(&hashing), 1, "something was hashed since the last time");
        hashing.rest();
        assert_eq!(spare(&hashing), 0);
    }

    #[tokio::test]
    async fn no_more_are_hashed_at_once_than_there_are_places_and_a_panic_gives_its_place_back() {
        let hashing = Hashing::new(1);
        assert!(hashing.run(|_| -> () { panic!("a hash that fails") }).await.is_err());
        assert_eq!(hashing.places.available_permits(), 1);
        assert_eq!(hashing.run(|_| 7).await.unwrap(), 7);
    }
}
