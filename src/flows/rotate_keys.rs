//! Planned rotation of signing keys, where the operator leaves it to the program (`keys.rotation`). The rule is in `crypto/rotation.rs`.

use crate::app::App;
use crate::app::unavailable::Broken;
use crate::client::words::SigningAlg;
use crate::crypto::rotation::{RotationRule, is_due, plan_rotation};
use crate::crypto::seal::MasterKey;
use crate::settings::Rotation;
use crate::store::Tx;
use crate::time::Timestamp;

/// Replaces each key that has signed as long as it may. The new ones and the new times of the old ones are there with the transaction;
/// every instance sees then that keys changed.
pub(crate) async fn rotate_keys(app: &App, master: &MasterKey, tx: &mut Tx, now: Timestamp) -> Result<(), Broken> {
    let settings = &app.settings.keys;
    if settings.rotation == Rotation::ByHand {
        return Ok(());
    }
    let records = app.store.keys().await?;
    let rule = RotationRule { publish_ahead: settings.publish_ahead, ..RotationRule::default() };
    for alg in SigningAlg::ALL.into_iter().filter(|alg| is_due(&records, *alg, settings.rotate_after, now)) {
        // An operator who rotates now has done it already.
        let Ok(plan) = plan_rotation(&records, alg, &rule, now) else { continue };
        let key = plan.make_key(master, &app.random, now)?;
        tracing::info!(alg = alg.name(), kid = key.kid, "a signing key is replaced as planned");
        tx.insert_key(&key).await?;
        for retiring in &plan.retiring {
            tx.update_key_times(retiring).await?;
        }
    }
    Ok(())
}
