//! A message centre that speaks SMPP 3.4, written from the specification: octets in and out by hand, nothing of the program's library.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// What the centre does with a submitted part.
#[derive(Clone, Copy, PartialEq)]
pub enum Mood {
    /// Takes it.
    Good,
    /// Takes it after a while.
    Slow(Duration),
    /// Answers with this status.
    Refuses(u32),
    /// Takes at most this many in each tenth of a second, and throttles the others.
    Throttles(usize),
    /// Says nothing at all, not even to enquire_link.
    Silent,
    /// Closes the connection after it read this many parts of it, and answers none of them; then it is good.
    HangsUp(usize),
}

/// When a receipt is sent, and what it says.
#[derive(Clone, Copy)]
pub enum Receipts {
    None,
    After(&'static str),
    /// Before the answer to `submit_sm`: a receipt may overtake what it is of.
    Before(&'static str),
}

/// A part as it was submitted.
#[derive(Clone)]
pub struct Submitted {
    pub source: String,
    pub to: String,
    pub numbering: (u8, u8),
    pub esm_class: u8,
    pub validity: String,
    pub registered: u8,
    pub coding: u8,
    pub data: Vec<u8>,
    /// The id it got, if it was taken.
    pub id: Option<String>,
}

impl Submitted {
    /// Reference, number of parts, number of this part; of a message of one part nothing.
    pub fn header(&self) -> Option<(u16, u8, u8)> {
        if self.esm_class & 0x40 == 0 {
            return None;
        }
        assert_eq!(&self.data[..3], [6, 8, 4], "a header with a reference of 16 bits");
        Some((u16::from_be_bytes([self.data[3], self.data[4]]), self.data[5], self.data[6]))
    }

    /// The text of this part.
    pub fn text(&self) -> String {
        let data = if self.header().is_some() { &self.data[7..] } else { &self.data[..] };
        match self.coding {
            8 => {
                let units: Vec<u16> = data.chunks(2).map(|two| u16::from_be_bytes([two[0], two[1]])).collect();
                String::from_utf16(&units).unwrap()
            }
            // The letters and digits of the default alphabet have their places of ASCII.
            0 => data.iter().map(|octet| char::from(*octet)).collect(),
            other => panic!("data_coding {other}"),
        }
    }
}

#[derive(Default)]
struct State {
    submitted: Vec<Submitted>,
    binds: Vec<(String, String, u8)>,
    enquiries: usize,
    receipts_answered: usize,
    waiting: usize,
    most_waiting: usize,
    in_this_tenth: usize,
    next_id: u64,
    hung_up: bool,
}

/// The centre.
pub struct Centre {
    pub port: u16,
    mood: Arc<Mutex<Mood>>,
    receipts: Arc<Mutex<Receipts>>,
    state: Arc<Mutex<State>>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Drop for Centre {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Centre {
    pub async fn start(mood: Mood) -> Self {
        Self::start_at("127.0.0.1:0", mood, None).await
    }

    pub async fn start_at(address: &str, mood: Mood, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (mood, receipts) = (Arc::new(Mutex::new(mood)), Arc::new(Mutex::new(Receipts::After("DELIVRD"))));
        let state = Arc::new(Mutex::new(State::default()));
        let centre = Self { port, mood, receipts, state, tasks: Mutex::default() };
        let seen = centre.view();
        let accept = tokio::spawn(async move {
            let mut sessions = tokio::task::JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (seen, tls) = (seen.clone(), tls.clone());
                sessions.spawn(async move {
                    match tls {
                        None => seen.serve(stream).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                seen.serve(stream).await;
                            }
                        }
                    }
                });
            }
        });
        let state = Arc::clone(&centre.state);
        let tenths = tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(100)).await;
                state.lock().unwrap().in_this_tenth = 0;
            }
        });
        centre.tasks.lock().unwrap().extend([accept, tenths]);
        centre
    }

    /// Breaks every connection and takes no new one.
    pub fn stop(&self) {
        for task in self.tasks.lock().unwrap().drain(..) {
            task.abort();
        }
    }

    pub fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    pub fn send_receipts(&self, receipts: Receipts) {
        *self.receipts.lock().unwrap() = receipts;
    }

    /// Every part that arrived, whatever the answer was.
    pub fn submitted(&self) -> Vec<Submitted> {
        self.state.lock().unwrap().submitted.clone()
    }

    /// Every part that was taken.
    pub fn taken(&self) -> Vec<Submitted> {
        self.submitted().into_iter().filter(|part| part.id.is_some()).collect()
    }

    /// `system_id`, `password` and version of every bind.
    pub fn binds(&self) -> Vec<(String, String, u8)> {
        self.state.lock().unwrap().binds.clone()
    }

    pub fn enquiries(&self) -> usize {
        self.state.lock().unwrap().enquiries
    }

    pub fn most_waiting(&self) -> usize {
        self.state.lock().unwrap().most_waiting
    }

    pub fn receipts_answered(&self) -> usize {
        self.state.lock().unwrap().receipts_answered
    }

    fn view(&self) -> View {
        View { mood: Arc::clone(&self.mood), receipts: Arc::clone(&self.receipts), state: Arc::clone(&self.state) }
    }
}

#[derive(Clone)]
struct View {
    mood: Arc<Mutex<Mood>>,
    receipts: Arc<Mutex<Receipts>>,
    state: Arc<Mutex<State>>,
}

const OK: u32 = 0;

fn command(id: u32, status: u32, sequence: u32, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(16 + body.len()).unwrap();
    [&length.to_be_bytes()[..], &id.to_be_bytes(), &status.to_be_bytes(), &sequence.to_be_bytes(), body].concat()
}

/// A text that ends with a zero.
fn text(body: &[u8], at: &mut usize) -> String {
    let end = body[*at..].iter().position(|octet| *octet == 0).expect("an end") + *at;
    let text = String::from_utf8(body[*at..end].to_vec()).unwrap();
    *at = end + 1;
    text
}

fn octet(body: &[u8], at: &mut usize) -> u8 {
    *at += 1;
    body[*at - 1]
}

fn submission(body: &[u8]) -> Submitted {
    let at = &mut 0;
    let _service = text(body, at);
    let _source_numbering = (octet(body, at), octet(body, at));
    let source = text(body, at);
    let numbering = (octet(body, at), octet(body, at));
    let to = text(body, at);
    let esm_class = octet(body, at);
    let _protocol_and_priority = (octet(body, at), octet(body, at));
    let _scheduled = text(body, at);
    let validity = text(body, at);
    let registered = octet(body, at);
    let _replace = octet(body, at);
    let coding = octet(body, at);
    let _canned = octet(body, at);
    let length = usize::from(octet(body, at));
    let data = body[*at..*at + length].to_vec();
    assert_eq!(*at + length, body.len(), "nothing follows the message");
    Submitted { source, to, numbering, esm_class, validity, registered, coding, data, id: None }
}

/// `deliver_sm` with the receipt of a part, as the specification's Appendix B shows it.
fn receipt(sequence: u32, id: &str, stat: &str) -> Vec<u8> {
    let line = format!("id:{id} sub:001 dlvrd:001 submit date:2612010900 done date:2612010901 stat:{stat} err:000 text:");
    let mut body = vec![0, 1, 1];
    body.extend(b"989120000000\0");
    body.extend([5, 0]);
    body.extend(b"Window\0");
    body.extend([0x04, 0, 0, 0, 0, 0, 0, 0, 0, u8::try_from(line.len()).unwrap()]);
    body.extend(line.as_bytes());
    command(5, OK, sequence, &body)
}

impl View {
    fn mood(&self) -> Mood {
        *self.mood.lock().unwrap()
    }

    async fn serve(self, stream: impl AsyncRead + AsyncWrite + Send + 'static) {
        let (mut reading, mut writing) = tokio::io::split(stream);
        let (out, mut queue) = mpsc::unbounded_channel::<Vec<u8>>();
        let writer = async move {
            while let Some(bytes) = queue.recv().await {
                if writing.write_all(&bytes).await.is_err() || writing.flush().await.is_err() {
                    return;
                }
            }
        };
        let reader = async move {
            let mut read = 0;
            loop {
                let mut head = [0; 16];
                if reading.read_exact(&mut head).await.is_err() {
                    return;
                }
                let number = |at: usize| u32::from_be_bytes(head[at..at + 4].try_into().unwrap());
                let mut body = vec![0; number(0) as usize - 16];
                if reading.read_exact(&mut body).await.is_err() {
                    return;
                }
                let (id, sequence) = (number(4), number(12));
                if id == 4 {
                    read += 1;
                    if let Mood::HangsUp(parts) = self.mood()
                        && !self.state.lock().unwrap().hung_up
                    {
                        self.state.lock().unwrap().submitted.push(submission(&body));
                        if read == parts {
                            self.state.lock().unwrap().hung_up = true;
                            return;
                        }
                        continue;
                    }
                }
                if self.mood() != Mood::Silent {
                    self.answer(id, sequence, &body, &out);
                } else if id == 4 {
                    self.state.lock().unwrap().submitted.push(submission(&body));
                }
            }
        };
        tokio::select! {
            () = writer => {}
            () = reader => {}
        }
    }

    fn answer(&self, id: u32, sequence: u32, body: &[u8], out: &mpsc::UnboundedSender<Vec<u8>>) {
        match id {
            // bind_transceiver
            9 => {
                let at = &mut 0;
                let (system_id, password) = (text(body, at), text(body, at));
                let _system_type = text(body, at);
                let version = octet(body, at);
                let status = if password == "secret" { OK } else { 0x0E };
                self.state.lock().unwrap().binds.push((system_id, password, version));
                out.send(command(0x8000_0009, status, sequence, b"centre\0")).ok();
            }
            // enquire_link
            0x15 => {
                self.state.lock().unwrap().enquiries += 1;
                out.send(command(0x8000_0015, OK, sequence, &[])).ok();
            }
            // unbind
            6 => {
                out.send(command(0x8000_0006, OK, sequence, &[])).ok();
            }
            // deliver_sm_resp
            0x8000_0005 => self.state.lock().unwrap().receipts_answered += 1,
            4 => self.take(sequence, submission(body), out),
            other => panic!("command {other:#x}"),
        }
    }

    fn take(&self, sequence: u32, part: Submitted, out: &mpsc::UnboundedSender<Vec<u8>>) {
        let (mood, receipts) = (self.mood(), *self.receipts.lock().unwrap());
        let mut state = self.state.lock().unwrap();
        state.waiting += 1;
        state.most_waiting = state.most_waiting.max(state.waiting);
        let refused = match mood {
            Mood::Refuses(status) => Some(status),
            Mood::Throttles(most) => {
                state.in_this_tenth += 1;
                (state.in_this_tenth > most).then_some(0x58)
            }
            _ => None,
        };
        state.next_id += 1;
        let id = refused.is_none().then(|| format!("{:08X}", state.next_id + 0xA0));
        let at = state.submitted.len();
        state.submitted.push(Submitted { id: None, ..part });
        drop(state);
        let (state, out) = (Arc::clone(&self.state), out.clone());
        tokio::spawn(async move {
            if let Mood::Slow(time) = mood {
                tokio::time::sleep(time).await;
            }
            let number = 0x1000_0000 + sequence;
            if let (Some(id), Receipts::Before(stat)) = (&id, receipts) {
                out.send(receipt(number, id, stat)).ok();
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            state.lock().unwrap().waiting -= 1;
            let body = id.as_ref().map_or_else(Vec::new, |id| [id.as_bytes(), b"\0"].concat());
            // What the connection no longer carries was not answered.
            if out.send(command(0x8000_0004, refused.unwrap_or(OK), sequence, &body)).is_err() {
                return;
            }
            state.lock().unwrap().submitted[at].id.clone_from(&id);
            if let (Some(id), Receipts::After(stat)) = (&id, receipts) {
                out.send(receipt(number, id, stat)).ok();
            }
        });
    }
}

/// Number, how many there are, and the text.
type NumberedPart = (u8, u8, String);

/// The texts of messages, put together from their parts, by reference and number.
pub fn whole(parts: &[Submitted]) -> Vec<String> {
    let mut whole: Vec<String> = parts.iter().filter(|part| part.header().is_none()).map(Submitted::text).collect();
    let mut several: HashMap<(String, u16), Vec<NumberedPart>> = HashMap::new();
    for part in parts {
        if let Some((reference, total, number)) = part.header() {
            several.entry((part.to.clone(), reference)).or_default().push((number, total, part.text()));
        }
    }
    for mut parts in several.into_values() {
        parts.sort();
        assert_eq!(parts.iter().map(|(number, ..)| *number).collect::<Vec<_>>(), (1..=parts[0].1).collect::<Vec<_>>());
        whole.push(parts.into_iter().map(|(.., text)| text).collect());
    }
    whole
}
