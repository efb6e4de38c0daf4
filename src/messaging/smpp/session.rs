//! The task of a link: connects, binds, submits within the window, takes receipts, and connects again.

use crate::messaging::smpp::receipt::{ReceiptIds, known_as, read};
use crate::messaging::smpp::settings::SmppSettings;
use crate::messaging::smpp::wire::{Arrived, Stream, Wire};
use crate::records::delivery::message::Receipt;
use rusmpp::pdus::{DeliverSm, DeliverSmResp, SubmitSm};
use rusmpp::{Command, CommandId, CommandStatus, Pdu};
use std::collections::{HashMap, VecDeque};
use std::io::{Error, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, Sleep, sleep, timeout};

/// The first pause before a link connects again; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How long nothing is submitted after the message centre throttled; it doubles until a part is accepted.
const FIRST_HOLD: Duration = Duration::from_millis(250);
/// The longest hold.
const LONGEST_HOLD: Duration = Duration::from_secs(5);
/// The bit of an id that makes it an answer (SMPP 3.4 §5.1.2.1).
const ANSWER: u32 = 0x8000_0000;
/// `deliver_sm` (§5.1.2.1).
const DELIVER_SM: u32 = 0x0000_0005;

/// A part that is to be submitted.
pub(super) struct Part {
    pub(super) pdu: SubmitSm,
    /// Its id at the message centre, or why it was not taken.
    pub(super) answer: oneshot::Sender<Result<String, Unsent>>,
    /// Set when the message centre throttled it.
    pub(super) throttled: Arc<AtomicBool>,
}

/// Why a part was not taken.
pub(super) enum Unsent {
    /// It is never taken; the status.
    Refused(u32),
    /// It was not taken now, or it is not known whether it was.
    Failed(String),
}

/// Stays connected until the link is dropped. Parts that arrive in a pause between two connections are answered at once, so that
/// their messages go to another provider.
pub(super) async fn keep_connected(
    settings: Arc<SmppSettings>,
    mut parts: mpsc::Receiver<Part>,
    receipts: mpsc::Sender<Receipt>,
) {
    let up = metrics::gauge!("panjereh_message_provider_up", "provider" => settings.name.clone());
    let mut pause = FIRST_PAUSE;
    while !parts.is_closed() {
        up.set(0.0);
        match bound(&settings).await {
            Ok(wire) => {
                tracing::info!(provider = %settings.name, "bound to the message centre");
                up.set(1.0);
                pause = FIRST_PAUSE;
                let session = Session::new(&settings, wire, receipts.clone());
                match session.run(&mut parts).await {
                    Ok(()) => break,
                    Err(cause) => tracing::warn!(provider = %settings.name, %cause, "the connection to the message centre ended"),
                }
            }
            Err(cause) => tracing::warn!(provider = %settings.name, %cause, "the message centre cannot be reached"),
        }
        up.set(0.0);
        let mut over = std::pin::pin!(sleep(pause));
        pause = (pause * 2).min(LONGEST_PAUSE);
        loop {
            tokio::select! {
                () = &mut over => break,
                part = parts.recv() => match part {
                    Some(part) => fail(part, "there is no connection to the message centre"),
                    None => break,
                },
            }
        }
    }
    up.set(0.0);
}

/// A caller that gave up does not hear it, and need not.
fn fail(part: Part, reason: &str) {
    part.answer.send(Err(Unsent::Failed(reason.to_owned()))).ok();
}

/// Connects and binds.
async fn bound(settings: &SmppSettings) -> Result<Wire, Error> {
    let late = |_| Error::from(ErrorKind::TimedOut);
    timeout(settings.timeout, async {
        let stream = TcpStream::connect((settings.host.trim_matches(['[', ']']), settings.port)).await?;
        stream.set_nodelay(true)?;
        let stream: Box<dyn Stream> = match &settings.tls {
            None => Box::new(stream),
            Some(tls) => Box::new(tls.connect(&settings.host, stream).await?),
        };
        let mut wire = Wire::new(stream);
        wire.send(CommandStatus::EsmeRok, 1, settings.account.bind().into()).await?;
        loop {
            let Arrived::Command(command) = wire.next().await? else { continue };
            match (command.id(), command.status()) {
                (CommandId::BindTransceiverResp, CommandStatus::EsmeRok) => return Ok(wire),
                (CommandId::BindTransceiverResp | CommandId::GenericNack, status) => {
                    return Err(Error::other(format!("the bind was refused with status {:#010x}", u32::from(status))));
                }
                _ => {}
            }
        }
    })
    .await
    .map_err(late)?
}

struct Session<'s> {
    settings: &'s SmppSettings,
    wire: Wire,
    receipts: mpsc::Sender<Receipt>,
    /// Submitted and not answered, by number.
    pending: HashMap<u32, Part>,
    /// Throttled: to be submitted again.
    again: VecDeque<Part>,
    /// Until nothing is submitted.
    hold: Option<Pin<Box<Sleep>>>,
    held_for: Duration,
    sequence: u32,
    /// Whether anything arrived since the connection was tested.
    heard: bool,
}

impl<'s> Session<'s> {
    fn new(settings: &'s SmppSettings, wire: Wire, receipts: mpsc::Sender<Receipt>) -> Self {
        let (pending, again) = (HashMap::new(), VecDeque::new());
        Self { settings, wire, receipts, pending, again, hold: None, held_for: FIRST_HOLD, sequence: 1, heard: true }
    }

    /// Until the link is dropped (`Ok`) or the connection ends.
    async fn run(mut self, parts: &mut mpsc::Receiver<Part>) -> Result<(), Error> {
        let ended = self.converse(parts).await;
        let reason = "the connection ended before the message centre answered";
        self.pending.drain().map(|(_, part)| part).chain(self.again.drain(..)).for_each(|part| fail(part, reason));
        ended
    }

    async fn converse(&mut self, parts: &mut mpsc::Receiver<Part>) -> Result<(), Error> {
        let mut tests = tokio::time::interval(self.settings.enquire_link);
        tests.set_missed_tick_behavior(MissedTickBehavior::Delay);
        tests.tick().await;
        let mut sweeps = tokio::time::interval(Duration::from_secs(1));
        sweeps.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let has_room = self.hold.is_none() && self.pending.len() < self.settings.window;
            tokio::select! {
                arrived = self.wire.next() => {
                    self.heard = true;
                    match arrived? {
                        Arrived::Command(command) => self.take(*command).await?,
                        Arrived::Unreadable { id, sequence } => self.refuse(id, sequence).await?,
                    }
                }
                () = over(&mut self.hold) => self.hold = None,
                part = next(&mut self.again, parts), if has_room => {
                    let Some(part) = part else { return self.unbind().await };
                    self.submit(part).await?;
                }
                _ = tests.tick() => self.test().await?,
                // Callers that waited too long have gone; their places in the window are free again.
                _ = sweeps.tick() => self.pending.retain(|_, part| !part.answer.is_closed()),
            }
        }
    }

    /// Numbers go from 1 to 0x7FFFFFFF (§3.2).
    const fn next_sequence(&mut self) -> u32 {
        self.sequence = if self.sequence >= 0x7FFF_FFFF { 1 } else { self.sequence + 1 };
        self.sequence
    }

    async fn unbind(&mut self) -> Result<(), Error> {
        let sequence = self.next_sequence();
        self.wire.send(CommandStatus::EsmeRok, sequence, Pdu::Unbind).await
    }

    async fn submit(&mut self, part: Part) -> Result<(), Error> {
        // The caller gave up; the message goes another way.
        if part.answer.is_closed() {
            return Ok(());
        }
        let sequence = self.next_sequence();
        let pdu = part.pdu.clone();
        self.pending.insert(sequence, part);
        self.wire.send(CommandStatus::EsmeRok, sequence, pdu.into()).await
    }

    /// `enquire_link` (§4.11). A centre from which nothing came since the last one is gone.
    async fn test(&mut self) -> Result<(), Error> {
        if !std::mem::take(&mut self.heard) {
            return Err(Error::new(ErrorKind::TimedOut, "the message centre does not answer enquire_link"));
        }
        let sequence = self.next_sequence();
        self.wire.send(CommandStatus::EsmeRok, sequence, Pdu::EnquireLink).await
    }

    async fn take(&mut self, command: Command) -> Result<(), Error> {
        let (id, status, sequence) = (command.id(), command.status(), command.sequence_number());
        match (id, command.pdu()) {
            (CommandId::SubmitSmResp, Some(Pdu::SubmitSmResp(answer))) => {
                let id = known_as(answer.message_id().as_str(), self.settings.receipt_ids);
                self.answered(sequence, status, id);
            }
            (CommandId::SubmitSmResp | CommandId::GenericNack, _) => self.answered(sequence, status, String::new()),
            (_, Some(Pdu::DeliverSm(message))) => {
                let status = self.receipt(message);
                self.wire.send(status, sequence, DeliverSmResp::default().into()).await?;
            }
            (CommandId::EnquireLink, _) => self.wire.send(CommandStatus::EsmeRok, sequence, Pdu::EnquireLinkResp).await?,
            (CommandId::Unbind, _) => {
                self.wire.send(CommandStatus::EsmeRok, sequence, Pdu::UnbindResp).await?;
                return Err(Error::new(ErrorKind::ConnectionAborted, "the message centre unbound"));
            }
            (other, _) => self.refuse(u32::from(other), sequence).await?,
        }
        Ok(())
    }

    /// A request that is not understood gets an answer, so that the centre does not wait for one.
    async fn refuse(&mut self, id: u32, sequence: u32) -> Result<(), Error> {
        match id {
            DELIVER_SM => self.wire.send(CommandStatus::EsmeRxRAppn, sequence, DeliverSmResp::default().into()).await,
            id if id & ANSWER == 0 => self.wire.send(CommandStatus::EsmeRinvcmdid, sequence, Pdu::GenericNack).await,
            _ => {
                self.answered(sequence, CommandStatus::EsmeRsyserr, String::new());
                Ok(())
            }
        }
    }

    fn answered(&mut self, sequence: u32, status: CommandStatus, id: String) {
        let Some(part) = self.pending.remove(&sequence) else { return };
        let answer = match status {
            CommandStatus::EsmeRok => {
                self.held_for = FIRST_HOLD;
                Ok(id)
            }
            CommandStatus::EsmeRthrottled | CommandStatus::EsmeRmsgqful => {
                part.throttled.store(true, Ordering::Relaxed);
                self.again.push_back(part);
                if self.hold.is_none() {
                    self.hold = Some(Box::pin(sleep(self.held_for)));
                    self.held_for = (self.held_for * 2).min(LONGEST_HOLD);
                }
                return;
            }
            // The number, the text or the permission for this one message (§5.1.3).
            CommandStatus::EsmeRinvdstadr
            | CommandStatus::EsmeRinvdstton
            | CommandStatus::EsmeRinvdstnpi
            | CommandStatus::EsmeRinvmsglen
            | CommandStatus::EsmeRxPAppn
            | CommandStatus::EsmeRxRAppn => Err(Unsent::Refused(u32::from(status))),
            other => Err(Unsent::Failed(format!("status {:#010x}", u32::from(other)))),
        };
        part.answer.send(answer).ok();
    }

    /// Passes a receipt on. A full queue is a reason to send it again later (`ESME_RMSGQFUL`).
    fn receipt(&self, message: &DeliverSm) -> CommandStatus {
        let ids: ReceiptIds = self.settings.receipt_ids;
        let Some((part, state)) = read(message, ids) else { return CommandStatus::EsmeRok };
        match self.receipts.try_send(Receipt { provider: self.settings.name.clone(), part, state }) {
            Ok(()) => CommandStatus::EsmeRok,
            Err(_) => CommandStatus::EsmeRmsgqful,
        }
    }
}

/// The end of a hold; never where there is none.
async fn over(hold: &mut Option<Pin<Box<Sleep>>>) {
    match hold {
        Some(hold) => hold.await,
        None => std::future::pending().await,
    }
}

/// The next part: throttled ones first.
async fn next(again: &mut VecDeque<Part>, parts: &mut mpsc::Receiver<Part>) -> Option<Part> {
    match again.pop_front() {
        Some(part) => Some(part),
        None => parts.recv().await,
    }
}
