//! The providers in their order: the first that is not resting gets a message, and the next one if it fails.

use crate::messaging::http::HttpGateway;
use crate::messaging::letter::{Answered, Order};
use crate::messaging::rest::Rest;
use crate::messaging::smpp::SmppLink;
use crate::records::delivery::message::Receipt;
use crate::time::{Clock, Timestamp};
use std::sync::{Mutex, PoisonError};
use tokio::sync::mpsc;

/// How many receipts wait until they are written down. More are answered with "try later".
pub(crate) const RECEIPTS_WAITING: usize = 1_024;

/// A way to one provider.
pub(crate) enum Way {
    /// An HTTP gateway.
    Http(Box<HttpGateway>),
    /// A connection by SMPP.
    Smpp(SmppLink),
}

/// One provider.
pub(crate) struct Provider {
    /// Its name in the settings: in logs, metrics and the table of parts.
    pub(crate) name: String,
    /// How it is reached.
    pub(crate) way: Way,
    rest: Rest,
}

impl Provider {
    /// A provider that nothing is known of yet.
    pub(crate) fn new(name: String, way: Way) -> Self {
        Self { name, way, rest: Rest::default() }
    }
}

/// All of them.
pub(crate) struct Providers {
    list: Vec<Provider>,
    clock: Clock,
    receipts: Mutex<Option<mpsc::Receiver<Receipt>>>,
}

/// What came of handing a message over.
pub(crate) enum HandedOver {
    /// A provider took it.
    Accepted {
        /// Which one.
        provider: String,
        /// Its ids of the parts.
        parts: Vec<String>,
    },
    /// Every provider refused it.
    Refused,
    /// None took it. One may be asked again at this time.
    Later(Option<Timestamp>),
}

impl Providers {
    /// These, in this order. Their receipts come through the channel.
    pub(crate) fn new(list: Vec<Provider>, clock: Clock, receipts: mpsc::Receiver<Receipt>) -> Self {
        Self { list, clock, receipts: Mutex::new(Some(receipts)) }
    }

    /// The receipts, for the one task that writes them down.
    pub(crate) fn take_receipts(&self) -> Option<mpsc::Receiver<Receipt>> {
        self.receipts.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Opens connections that are kept, so that receipts arrive before the first message is sent.
    pub(crate) fn open(&self) {
        for provider in &self.list {
            if let Way::Smpp(link) = &provider.way {
                link.open();
            }
        }
    }

    /// Hands a message to the first provider that takes it.
    pub(crate) async fn hand_over(&self, order: Order<'_>) -> HandedOver {
        let (mut refusals, mut soonest) = (0, None::<Timestamp>);
        for provider in &self.list {
            let begun = self.clock.now();
            if let Err(until) = provider.rest.may_try(begun) {
                soonest = Some(soonest.map_or(until, |known| known.min(until)));
                continue;
            }
            let answered = match &provider.way {
                Way::Http(gateway) => gateway.send(order).await,
                Way::Smpp(link) => link.send(order).await,
            };
            let now = self.clock.now();
            let outcome = outcome(&answered);
            metrics::counter!("panjereh_messages_total", "provider" => provider.name.clone(),
                "purpose" => order.letter.purpose.name(), "outcome" => outcome)
            .increment(1);
            match answered {
                Answered::Accepted(parts) => {
                    provider.rest.well();
                    return HandedOver::Accepted { provider: provider.name.clone(), parts };
                }
                Answered::Refused(reason) => {
                    provider.rest.well();
                    refusals += 1;
                    tracing::warn!(provider = %provider.name, message = %order.id, %reason, "a provider refused a text message");
                }
                Answered::Busy(wait) => provider.rest.busy(now, wait),
                Answered::Failed(reason) => {
                    provider.rest.failed(begun, now);
                    tracing::warn!(provider = %provider.name, message = %order.id, %reason, "a provider did not take a text message");
                }
            }
        }
        if refusals == self.list.len() { HandedOver::Refused } else { HandedOver::Later(soonest) }
    }
}

const fn outcome(answered: &Answered) -> &'static str {
    match answered {
        Answered::Accepted(_) => "accepted",
        Answered::Refused(_) => "refused",
        Answered::Busy(_) => "busy",
        Answered::Failed(_) => "failed",
    }
}
