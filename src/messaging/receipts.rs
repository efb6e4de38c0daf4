//! Receipts, written down as they arrive. A receipt can be faster than the transaction that notes which message its part is of, so an
//! unknown one is looked up again, a few times.

use crate::messaging::Mailbox;
use crate::records::delivery::message::Receipt;
use crate::store::StoreError;
use crate::store::messages::Settled;
use std::time::Duration;
use tokio::task::JoinSet;

/// The pauses before an unknown or unwritten receipt is tried again.
const AGAIN_AFTER: [Duration; 4] =
    [Duration::from_millis(250), Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(20)];
/// How many receipts are written down at once.
const AT_ONCE: usize = 64;

impl Mailbox {
    /// Connects to the providers and takes their receipts, for as long as it is polled. One task of an instance does so.
    pub(crate) async fn keep_receiving(&self) {
        self.providers.open();
        let Some(mut receipts) = self.providers.take_receipts() else { return };
        let mut under_way = JoinSet::new();
        while let Some(receipt) = receipts.recv().await {
            while under_way.len() >= AT_ONCE {
                under_way.join_next().await;
            }
            while under_way.try_join_next().is_some() {}
            under_way.spawn(settle(self.store.clone(), self.clock.clone(), receipt));
        }
    }
}

async fn settle(store: crate::store::Store, clock: crate::time::Clock, receipt: Receipt) {
    for pause in AGAIN_AFTER.map(Some).into_iter().chain([None]) {
        let settled = async {
            let mut tx = store.write().await?;
            let settled = tx.settle_message(&receipt, clock.now()).await?;
            tx.save().await?;
            Ok::<_, StoreError>(settled)
        };
        match settled.await {
            Ok(Settled::Part) => return,
            Ok(Settled::Message(purpose, state)) => {
                metrics::counter!("panjereh_messages_total", "provider" => receipt.provider,
                    "purpose" => purpose.name(), "outcome" => state.name())
                .increment(1);
                return;
            }
            Ok(Settled::Unknown) => {}
            Err(cause) => {
                tracing::warn!(provider = %receipt.provider, %cause, "a receipt could not be written down; it is retried");
            }
        }
        match pause {
            Some(pause) => tokio::time::sleep(pause).await,
            None => metrics::counter!("panjereh_receipts_unknown_total", "provider" => receipt.provider.clone()).increment(1),
        }
    }
}
