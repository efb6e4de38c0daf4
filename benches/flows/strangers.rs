//! An attacker that a stranger could write, and what the server and a citizen who is signed in notice of it.
//!
//! Up to ten thousand connections from a few dozen addresses are opened and left: in the middle of a head, in the middle of a body, with
//! answers that are not read, idle. Beside them, hosts of one IPv6 /48 behind a trusted proxy begin sign-ins, push requests, register
//! clients and guess at secrets, and others guess at passwords. What the server closes is opened again. The attacker has a pace, so that
//! it is the server that is measured and not the machine.

use crate::Failure;
use crate::citizen::{Phones, World};
use crate::http::Connection;
use crate::prepare::{CLIENT_ID, Data, Kind, REDIRECT_URI};
use crate::scenarios::{Scenario, Worker};
use crate::server::Server;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::LocalSet;

/// The most that the server may grow.
const GROWTH_MIB: f64 = 256.0;
/// The address of the trusted proxy.
const PROXY: Ipv4Addr = Ipv4Addr::new(127, 3, 0, 1);
/// Connections that are left at each address.
const OF_ONE: usize = 400;
/// Files that a process needs beside its connections.
const OTHER_FILES: usize = 300;

/// How hard, and for how long.
pub struct Plan {
    pub connections: usize,
    pub active: usize,
    /// Between two requests of one stranger.
    pub pause: Duration,
    pub length: Duration,
    /// How many times as long a sign-on of a citizen may take beside the strangers; `None` where only its answer counts.
    pub slowed: Option<f64>,
}

impl Plan {
    /// As much as the machine permits.
    pub fn full(length: Duration) -> Result<Self, Failure> {
        Ok(Self {
            connections: 10_000.min(open_files()?.saturating_sub(OTHER_FILES)),
            active: 48,
            pause: Duration::from_millis(20),
            length,
            slowed: Some(2.0),
        })
    }

    /// Enough to see that the bounds are there.
    pub fn short() -> Result<Self, Failure> {
        let connections = 1_500.min(open_files()?.saturating_sub(OTHER_FILES));
        // The program of the tests is many times as slow as that of a release, on a machine that others use: there only the memory is
        // compared, and that the citizen is served.
        Ok(Self { connections, active: 8, pause: Duration::from_millis(200), length: Duration::from_secs(3), slowed: None })
    }
}

/// The most files that this process and its children may have open.
fn open_files() -> Result<usize, Failure> {
    let limits = std::fs::read_to_string("/proc/self/limits")?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).ok_or("no limit of files in /proc")?;
    Ok(line.split_whitespace().next().unwrap_or_default().parse().unwrap_or(usize::MAX))
}

/// What the attacker did.
#[derive(Default)]
struct Tally {
    stop: AtomicBool,
    open: AtomicUsize,
    opened: AtomicUsize,
    sent: AtomicUsize,
    served: AtomicUsize,
    refused: AtomicUsize,
}

impl Tally {
    fn goes_on(&self) -> bool {
        !self.stop.load(Ordering::Relaxed)
    }

    fn count(&self, status: u16) {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let kind = if status < 400 { &self.served } else { &self.refused };
        kind.fetch_add(1, Ordering::Relaxed);
    }
}

/// Attacks a server of its own and prints what came of it; fails if it is beyond the bounds.
pub async fn attack(binary: &Path, plan: &Plan) -> Result<(), Failure> {
    let data = Data::make(60).await?;
    let proxies = format!("server.trusted_proxies={PROXY}");
    let server = Server::start_with(binary, &data, &[&proxies, "registration.mode=open"]).await?;
    let phones = Phones::new(&data.outbox())?;
    let world = Rc::new(World { port: server.port(), data, phones });
    let kind = Kind::HashForNothing;
    let mut citizen = Worker::new(Scenario::SingleSignOn, &world, world.data.unused_account(kind)).await?;
    sign_ons(&mut citizen, Duration::from_millis(500)).await?;
    let quiet = sign_ons(&mut citizen, plan.length).await?;
    let before = server.memory_mib("VmRSS:")?;
    server.reset_peak_memory()?;

    let tally = Arc::new(Tally::default());
    let strangers = begin(server.port(), plan, &tally);
    let (guessing, pause) = (LocalSet::new(), plan.pause);
    for _ in 0..4 {
        let (world, tally, account) = (Rc::clone(&world), Arc::clone(&tally), world.data.unused_account(Kind::Ordinary));
        guessing.spawn_local(async move { guess(&world, account, pause, &tally).await });
    }
    let attacked = guessing
        .run_until(async {
            let begin = Instant::now();
            while tally.opened.load(Ordering::Relaxed) < plan.connections && begin.elapsed() < Duration::from_secs(20) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            sign_ons(&mut citizen, plan.length).await
        })
        .await?;
    let grew = server.peak_memory_mib()? - before;
    let open = tally.open.load(Ordering::Relaxed);
    tally.stop.store(true, Ordering::Relaxed);
    strangers.join().map_err(|_| "the attacker failed")?;
    // The speed of a machine that others use varies: the slower of before and after is compared.
    let quiet = quiet.max(sign_ons(&mut citizen, plan.length).await?);
    println!("strangers: {open} connections open");
    tally.tell();
    judge(plan, grew, quiet, attacked)
}

impl Tally {
    fn tell(&self) {
        let number = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        let (opened, sent) = (number(&self.opened), number(&self.sent));
        println!("{opened} were opened; {sent} requests, {} served, {} refused", number(&self.served), number(&self.refused));
    }
}

fn judge(plan: &Plan, grew: f64, quiet: Duration, attacked: Duration) -> Result<(), Failure> {
    println!("memory of the server: at most {grew:.0} MiB more (bound: {GROWTH_MIB:.0})");
    println!("single sign-on of a citizen: {quiet:.2?} alone, {attacked:.2?} beside them (median)");
    if grew > GROWTH_MIB {
        return Err("the memory of the server grew beyond its bound".into());
    }
    // Below a few milliseconds it is the scheduler of the machine that is measured.
    if plan.slowed.is_some_and(|times| attacked > quiet.mul_f64(times).max(Duration::from_millis(5))) {
        return Err("a citizen who is signed in is slowed by more than half".into());
    }
    Ok(())
}

/// The median time of a single sign-on, one after the other.
async fn sign_ons(citizen: &mut Worker, length: Duration) -> Result<Duration, Failure> {
    let (begin, mut took) = (Instant::now(), Vec::new());
    while begin.elapsed() < length {
        let one = Instant::now();
        citizen.flow(0).await?;
        took.push(one.elapsed());
        // A citizen is no benchmark: between two agencies there is a pause.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    took.sort_unstable();
    took.get(took.len() / 2).copied().ok_or_else(|| "no sign-on in time".into())
}

/// Guesses at the password of one person from one address.
async fn guess(world: &Rc<World>, account: usize, pause: Duration, tally: &Tally) {
    while tally.goes_on() {
        let wrong = async { Worker::new(Scenario::WrongPassword, world, account).await?.flow(account).await };
        tally.count(if wrong.await.is_ok() { 200 } else { 429 });
        tokio::time::sleep(pause * 5).await;
    }
}

/// Starts the strangers in a thread of their own.
fn begin(port: u16, plan: &Plan, tally: &Arc<Tally>) -> std::thread::JoinHandle<()> {
    let (connections, active, pause, tally) = (plan.connections, plan.active, plan.pause, Arc::clone(tally));
    std::thread::spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        LocalSet::new().block_on(&runtime, async move {
            for n in 0..active {
                tokio::task::spawn_local(act(port, n, pause, Arc::clone(&tally)));
            }
            for n in 0..connections {
                tokio::task::spawn_local(leave(port, n, Arc::clone(&tally)));
                if n % 50 == 49 {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
            while tally.goes_on() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
    })
}

/// Opens a connection, leaves it, and opens it again when the server has closed it.
async fn leave(port: u16, n: usize, tally: Arc<Tally>) {
    let host = u32::try_from(n / OF_ONE).unwrap_or_default();
    let from = Ipv4Addr::from_bits(Ipv4Addr::new(127, 2, 0, 1).to_bits() + host);
    let begun = begun(n);
    while tally.goes_on() {
        if let Ok(mut stream) = connect(port, from).await {
            tally.opened.fetch_add(1, Ordering::Relaxed);
            tally.open.fetch_add(1, Ordering::Relaxed);
            let _ = stream.write_all(&begun).await;
            // Answers stay unread where that is the attack: then only the end is noticed.
            let mut answer = [0; 512];
            while stream.read(&mut answer).await.is_ok_and(|read| read > 0) {
                if n % 10 == 5 {
                    tokio::time::sleep(Duration::from_secs(30)).await;
                }
            }
            tally.open.fetch_sub(1, Ordering::Relaxed);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn connect(port: u16, from: Ipv4Addr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::V4(SocketAddrV4::new(from, 0)))?;
    socket.connect(SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))).await
}

/// What the nth connection sends before it is left.
fn begun(n: usize) -> Vec<u8> {
    const HOST: &str = "HTTP/1.1\r\nHost: localhost\r\n";
    match n % 10 {
        0..=2 => [format!("GET /authorize {HOST}Cookie: a=").into_bytes(), vec![b'x'; 30 * 1024]].concat(),
        3 | 4 => {
            let head =
                format!("POST /token {HOST}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 65000\r\n\r\n");
            [head.into_bytes(), vec![b'x'; 64_000]].concat()
        }
        5 => unread(),
        _ => format!("GET /.well-known/openid-configuration {HOST}\r\n").into_bytes(),
    }
}

/// HTTP/2 with a window of no byte (RFC 9113 §6.9.2) and many requests: every answer waits.
fn unread() -> Vec<u8> {
    let frame = |kind: u8, flags: u8, stream: u8, payload: &[u8]| {
        let length = u8::try_from(payload.len()).unwrap_or_default();
        [&[0, 0, length, kind, flags, 0, 0, 0, stream], payload].concat()
    };
    let field = |name: &str, value: &str| {
        let length = |text: &str| u8::try_from(text.len()).unwrap_or_default();
        [&[0, length(name)], name.as_bytes(), &[length(value)], value.as_bytes()].concat()
    };
    let path = field(":path", "/.well-known/openid-configuration");
    let ask = [field(":method", "GET"), field(":scheme", "http"), path, field(":authority", "localhost")].concat();
    let mut bytes = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), frame(4, 0, 0, &[0, 4, 0, 0, 0, 0])].concat();
    for stream in 0..40 {
        bytes.extend(frame(1, 5, stream * 2 + 1, &ask));
    }
    bytes
}

/// One host of a /48 behind the proxy: begins sign-ins, pushes requests, registers clients, guesses at a secret.
async fn act(port: u16, n: usize, pause: Duration, tally: Arc<Tally>) {
    let mut turn = n;
    while tally.goes_on() {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let Ok(mut connection) = Connection::open(port, PROXY).await else { continue };
        while tally.goes_on() {
            turn += 1;
            // Another /64 each time, as a host can that owns the /48.
            let from = format!("X-Forwarded-For: 2001:db8:7:{:x}::1\r\n", (turn * 61) % 0xffff);
            let asked = format!(
                "response_type=code&client_id={CLIENT_ID}&redirect_uri={}&scope=openid&state={}&nonce=n\
                 &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256",
                url::form_urlencoded::byte_serialize(REDIRECT_URI.as_bytes()).collect::<String>(),
                "s".repeat(400),
            );
            let answer = match turn % 4 {
                0 | 1 => connection.get(&format!("/authorize?{asked}"), &from).await,
                2 => connection.post("/par", &from, &format!("{asked}&client_secret=wrong-{turn}")).await,
                _ => connection.post_json("/register", &from, &registration(turn)).await,
            };
            let Ok(answer) = answer else { break };
            tally.count(answer.status);
            tokio::time::sleep(pause).await;
        }
    }
}

fn registration(turn: usize) -> String {
    let name = "n".repeat(200);
    format!(
        r#"{{"redirect_uris":["https://host{turn}.example/callback"],"client_name":"{name}","token_endpoint_auth_method":"client_secret_basic"}}"#
    )
}
