//! Planned rotation of signing keys, if the operator leaves it to the program (`keys.rotation`). The rule is in
//! `crypto/rotation.rs`.

use crate::app::App;
use crate::app::unavailable::Unavailable;
use crate::client::words::SigningAlg;
use crate::crypto::keyring::KeyRecord;
use crate::crypto::rotation::{RotationRule, is_due, plan_rotation};
use crate::crypto::seal::MasterKey;
use crate::records::event::{Event, EventKind};
use crate::records::principal::Principal;
use crate::settings::Rotation;
use crate::store::Tx;
use crate::time::Timestamp;

/// Replacements of keys, planned from the keys that were read. Keys are generated before the transaction, and not on a thread that
/// serves requests: an RSA key takes seconds.
pub struct Rotations {
    read: Vec<KeyRecord>,
    made: Vec<KeyRecord>,
    retiring: Vec<KeyRecord>,
    events: Vec<Event>,
}

/// Plans the replacement of each key that has been in use for as long as the settings allow.
pub async fn due_rotations(app: &App, master: &MasterKey, now: Timestamp) -> Result<Rotations, Unavailable> {
    let settings = &app.settings.keys;
    if settings.rotation == Rotation::ByHand {
        return Ok(Rotations { read: Vec::new(), made: Vec::new(), retiring: Vec::new(), events: Vec::new() });
    }
    let read = app.store.keys().await?;
    let mut rotations = Rotations { read, made: Vec::new(), retiring: Vec::new(), events: Vec::new() };
    let rule = RotationRule { publish_ahead: settings.publish_ahead, ..RotationRule::default() };
    let due = |alg: &SigningAlg| is_due(&rotations.read, *alg, settings.rotate_after, now);
    for alg in SigningAlg::ALL.into_iter().filter(due) {
        // A rotation of this key is already under way, begun by an operator.
        let Ok(plan) = plan_rotation(&rotations.read, alg, &rule, now) else { continue };
        rotations.retiring.extend_from_slice(&plan.retiring);
        let (master, random) = (master.clone(), app.random.clone());
        let made = tokio::task::spawn_blocking(move || plan.make_key(&master, &random, now)).await;
        let made = made.map_err(|error| Unavailable::Worker(error.to_string()))??;
        let event = app.event(EventKind::KeysChanged, now).by(Principal::System);
        rotations.events.push(event.because(format!("{} key {} made as planned", made.alg.name(), made.kid)));
        rotations.made.push(made);
    }
    Ok(rotations)
}

impl Rotations {
    /// Writes them, unless another transaction changed the keys since they were read: then it changes nothing, and the caller plans
    /// anew. Otherwise it would undo the withdrawal of a key. The new keys and the new times of the old ones take effect with the
    /// transaction; then every instance sees that the keys changed.
    pub async fn write(&self, tx: &mut Tx) -> Result<Written, Unavailable> {
        if self.made.is_empty() {
            return Ok(Written::Yes);
        }
        if !tx.keys_are_still(&self.read).await? {
            return Ok(Written::KeysChanged);
        }
        for key in &self.made {
            tracing::info!(alg = key.alg.name(), kid = key.kid, "a signing key is replaced as planned");
            tx.insert_key(key).await?;
        }
        for event in &self.events {
            tx.append_event(event).await?;
        }
        for retiring in &self.retiring {
            tx.update_key_times(retiring).await?;
        }
        Ok(Written::Yes)
    }
}

/// Whether rotations were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// They take effect with the transaction.
    Yes,
    /// Nothing was changed: the keys are not those that the plan was made from.
    KeysChanged,
}
