//! The server's process: started, waited for, measured from the outside, stopped.

use crate::Failure;
use crate::http::Connection;
use crate::prepare::Data;
use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Linux counts CPU time for user space in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);
/// How long the server may take to answer before the run fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running server; it is killed when this is dropped.
pub struct Server {
    process: Child,
    port: u16,
    log: PathBuf,
}

impl Server {
    /// Starts it on a free port and waits for its first answer.
    pub async fn start(binary: &Path, data: &Data) -> Result<Self, Failure> {
        Self::start_with(binary, data, &[]).await
    }

    /// The same with more settings, each `section.key=value`.
    pub async fn start_with(binary: &Path, data: &Data, more: &[&str]) -> Result<Self, Failure> {
        let server = Self::spawn(binary, data, more)?;
        server.first_answer().await?;
        Ok(server)
    }

    fn spawn(binary: &Path, data: &Data, more: &[&str]) -> Result<Self, Failure> {
        let port = free_port().ok_or("no port is free")?;
        let log = data.folder().join("server.log");
        let process = Command::new(binary)
            .args(["serve", "--issuer", &format!("http://localhost:{port}"), "--listen", &format!("127.0.0.1:{port}")])
            .args(["--set", "database.url=sqlite:panjereh.sqlite", "--set", "sms.outbox=outbox.jsonl"])
            .args(["--set", "keys.master_key_file=master.key", "--set", "log.format=json"])
            .args(more.iter().flat_map(|setting| ["--set", setting]))
            .current_dir(data.folder())
            .stdin(Stdio::null())
            .stdout(File::create(&log)?)
            .stderr(File::options().append(true).open(&log)?)
            .spawn()
            .map_err(|error| format!("{}: {error}; build it with `cargo build --release`", binary.display()))?;
        Ok(Self { process, port, log })
    }

    /// Waits for a whole answer to a whole request.
    async fn first_answer(&self) -> Result<(), Failure> {
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            if let Ok(mut connection) = Connection::open(self.port, Ipv4Addr::LOCALHOST).await {
                let answer = connection.get("/.well-known/openid-configuration", "").await?;
                if answer.status == 200 {
                    return Ok(());
                }
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Err(format!("the server does not answer:\n{}", std::fs::read_to_string(&self.log)?).into())
    }

    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The CPU time that the process has used since it began.
    pub fn cpu(&self) -> Result<Duration, Failure> {
        cpu_of(&self.process.id().to_string())
    }

    /// Resets the peak.
    pub fn reset_peak_memory(&self) -> Result<(), Failure> {
        Ok(std::fs::write(format!("/proc/{}/clear_refs", self.process.id()), "5")?)
    }

    pub fn peak_memory_mib(&self) -> Result<f64, Failure> {
        self.memory_mib("VmHWM:")
    }

    pub fn memory_mib(&self, field: &str) -> Result<f64, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(field)).ok_or("no such field in /proc")?;
        let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kib / 1024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A free port below the ephemeral ports: a client that connects before the server listens could get that very port as its own,
/// and would connect to itself.
fn free_port() -> Option<u16> {
    let first = u16::try_from(std::process::id() % 12_000).ok()?;
    let mut ports = (0..12_000).map(|n| 20_000 + (first + n) % 12_000);
    ports.find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
}

/// `utime + stime` of a process (`/proc/PID/stat`, fields 14 and 15).
pub fn cpu_of(process: &str) -> Result<Duration, Failure> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name in field 2 may hold any character, so fields are counted from its closing parenthesis.
    let (_, after_name) = stat.rsplit_once(')').ok_or("no process name in /proc")?;
    let mut fields = after_name.split_whitespace().skip(11);
    let mut ticks = || -> Result<u32, Failure> { Ok(fields.next().ok_or("no CPU time in /proc")?.parse()?) };
    Ok(TICK * (ticks()? + ticks()?))
}

/// Start to first answer (the median of nine), memory of an idle server, size of the binary.
pub async fn print_start(binary: &Path, data: &Data) -> Result<(), Failure> {
    // Keys and other things that are made once are made before the measurement.
    drop(Server::start(binary, data).await?);
    let mut took = Vec::new();
    for _ in 0..9 {
        let begin = Instant::now();
        let _server = Server::start(binary, data).await?;
        took.push(begin.elapsed());
    }
    took.sort_unstable();
    let server = Server::start(binary, data).await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let bytes = f64::from(u32::try_from(std::fs::metadata(binary)?.len())?);
    println!("start to first answer: {:.0} ms", took[4].as_secs_f64() * 1000.0);
    println!("idle memory: {:.1} MiB", server.memory_mib("VmRSS:")?);
    println!("binary: {:.1} MB", bytes / 1e6);
    Ok(())
}
