//! A provider with SMPP 3.4: one connection as transceiver, kept open, by which messages go out and receipts come in.
//!
//! [`SmppLink::send`] cuts a message into parts (`coding`) and passes them to the task of the link (`session`), which connects, binds,
//! keeps to the window, waits when the message centre throttles, and connects again. `wire` reads and writes commands, `receipt` reads
//! receipts.

mod coding;
mod receipt;
mod session;
mod settings;
mod wire;

pub(crate) use crate::messaging::smpp::receipt::ReceiptIds;
pub(crate) use crate::messaging::smpp::settings::{Account, SmppSettings, Source};

use crate::messaging::letter::{Answered, Order};
use crate::messaging::smpp::coding::{Coding, parts};
use crate::messaging::smpp::session::{Part, Unsent, keep_connected};
use crate::records::delivery::message::Receipt;
use rusmpp::pdus::SubmitSm;
use rusmpp::types::{COctetString, EmptyOrFullCOctetString, OctetString};
use rusmpp::values::{
    Ansi41Specific, DataCoding, EsmClass, GsmFeatures, IntermediateNotification, MCDeliveryReceipt, MessageType, MessagingMode,
    Npi, RegisteredDelivery, SmeOriginatedAcknowledgement, Ton,
};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The connection to a message centre.
pub(crate) struct SmppLink {
    settings: Arc<SmppSettings>,
    parts: mpsc::Sender<Part>,
    /// The task that holds the connection, until it is started.
    task: Mutex<Option<Task>>,
}

impl SmppLink {
    /// A link that connects when it is opened or first used. Receipts go into the channel.
    pub(crate) fn new(settings: SmppSettings, receipts: mpsc::Sender<Receipt>) -> Self {
        let settings = Arc::new(settings);
        let (parts, taken) = mpsc::channel(settings.window);
        let task: Task = Box::pin(keep_connected(Arc::clone(&settings), taken, receipts));
        Self { settings, parts, task: Mutex::new(Some(task)) }
    }

    /// Connects, and stays connected until the link is dropped.
    pub(crate) fn open(&self) {
        if let Some(task) = self.task.lock().unwrap_or_else(PoisonError::into_inner).take() {
            tokio::spawn(task);
        }
    }

    /// Hands over a message. It is accepted when each of its parts is.
    pub(crate) async fn send(&self, order: Order<'_>) -> Answered {
        self.open();
        // The same at every attempt, so that a telephone which gets a part twice puts it in its place.
        let reference = u16::from_be_bytes(*order.id.bytes().last_chunk::<2>().unwrap_or(&[0, 0]));
        let Some(cut) = parts(&order.letter.text, reference) else {
            return Answered::Refused("the text is too long".to_owned());
        };
        let Some(pdus) = self.pdus(order, cut) else { return Answered::Refused("the number is too long".to_owned()) };
        let throttled = Arc::new(AtomicBool::new(false));
        match tokio::time::timeout(self.settings.timeout, self.submit(pdus, &throttled)).await {
            Ok(Ok(ids)) => Answered::Accepted(ids),
            Ok(Err(Unsent::Refused(status))) => Answered::Refused(format!("status {status:#010x}")),
            Ok(Err(Unsent::Failed(reason))) => Answered::Failed(reason),
            Err(_) if throttled.load(Ordering::Relaxed) => Answered::Busy(None),
            Err(_) => Answered::Failed("no answer in time".to_owned()),
        }
    }

    async fn submit(&self, pdus: Vec<SubmitSm>, throttled: &Arc<AtomicBool>) -> Result<Vec<String>, Unsent> {
        let ended = || Unsent::Failed("the link has ended".to_owned());
        let mut answers = Vec::with_capacity(pdus.len());
        for pdu in pdus {
            let (answer, answered) = oneshot::channel();
            let part = Part { pdu, answer, throttled: Arc::clone(throttled) };
            self.parts.send(part).await.map_err(|_| ended())?;
            answers.push(answered);
        }
        let mut ids = Vec::with_capacity(answers.len());
        for answered in answers {
            ids.push(answered.await.map_err(|_| ended())??);
        }
        // A centre that gives no ids sends no receipts that could be matched.
        Ok(ids.into_iter().filter(|id| !id.is_empty()).collect())
    }

    fn pdus(&self, order: Order<'_>, cut: coding::Parts) -> Option<Vec<SubmitSm>> {
        let source = &self.settings.source;
        let to = COctetString::from_string(order.letter.digits().to_owned()).ok()?;
        let features = if cut.data.len() > 1 { GsmFeatures::UdhiIndicator } else { GsmFeatures::NotSelected };
        // Not `EsmClass::default()`: rusmpp 0.4 encodes it as 0x08, "delivery acknowledgement".
        let class = EsmClass::new(MessagingMode::Default, MessageType::Default, Ansi41Specific::Other(0), features);
        let data_coding = match cut.coding {
            Coding::Gsm => DataCoding::McSpecific,
            Coding::Ucs2 => DataCoding::Ucs2,
        };
        let pdu = |data: Vec<u8>| {
            let pdu = SubmitSm::builder()
                .source_addr(source.address.clone())
                .source_addr_ton(source.ton)
                .source_addr_npi(source.npi)
                .dest_addr_ton(Ton::International)
                .dest_addr_npi(Npi::Isdn)
                .destination_addr(to.clone())
                .esm_class(class)
                .registered_delivery(final_receipt())
                .validity_period(validity(order.letter.gives_up_at.since(order.now)))
                .data_coding(data_coding);
            Some(pdu.short_message(OctetString::from_vec(data).ok()?).build())
        };
        cut.data.into_iter().map(pdu).collect()
    }
}

/// A receipt when it has ended, well or not (SMPP 3.4 §5.2.17): 0x01. `request_all()` of rusmpp asks for more than carriers give.
fn final_receipt() -> RegisteredDelivery {
    RegisteredDelivery::new(
        MCDeliveryReceipt::McDeliveryReceiptRequestedWhereFinalDeliveryOutcomeIsSuccessOrFailure,
        SmeOriginatedAcknowledgement::NoReceiptSmeAcknowledgementRequested,
        IntermediateNotification::NoIntermediaryNotificationRequested,
        0,
    )
}

/// How long the message is of use, in relative format (SMPP 3.4 §7.1.1.2): a code that arrives after it only confuses.
fn validity(left: Duration) -> EmptyOrFullCOctetString<17> {
    let seconds = left.as_secs().clamp(60, 48 * 3600);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let text = format!("0000{days:02}{hours:02}{minutes:02}{:02}000R", seconds % 60);
    EmptyOrFullCOctetString::from_string(text).unwrap_or_else(|_| EmptyOrFullCOctetString::empty())
}
