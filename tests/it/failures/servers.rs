//! PostgreSQL, Redis and PgBouncer on free ports, each for one test, and what can happen to them.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;
use tempfile::TempDir;

pub const SUPERUSER: &str = "panjereh";

/// A port that nothing listens on now.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Reports a program that is missing; fatal when `CI` is set.
pub fn missing(program: &str) {
    assert!(crate::environment("CI").is_none(), "{program} must be there where CI is set");
    eprintln!("{program} is not there: this failure is not tested");
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}

/// The folder of PostgreSQL's programs; Debian keeps it off the path.
fn postgres_bin() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.flatten().map(|entry| entry.path().join("bin")).collect())
        .unwrap_or_default();
    found.sort();
    let known = found.into_iter().rev().find(|bin| bin.join("initdb").exists() && bin.join("postgres").exists());
    known.or_else(|| ["/usr/local/bin", "/usr/bin"].map(PathBuf::from).into_iter().find(|bin| bin.join("initdb").exists()))
}

/// A program of a server. PostgreSQL and PgBouncer refuse root: as root they run as the user that PostgreSQL's package made.
pub fn unprivileged(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--"]).arg(program);
    command
}

pub fn hand_over(folder: &Path) {
    if is_root() {
        assert!(Command::new("chown").args(["-R", "postgres:"]).arg(folder).status().unwrap().success());
    }
}

/// A folder that the server's user can enter.
pub fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(folder.path(), mode).unwrap();
    folder
}

/// An empty cluster, made once and copied for each server.
fn template() -> Option<&'static Path> {
    static TEMPLATE: OnceLock<Option<TempDir>> = OnceLock::new();
    let made = TEMPLATE.get_or_init(|| {
        let bin = postgres_bin()?;
        let folder = folder();
        hand_over(folder.path());
        let data = folder.path().join("data");
        let mut initdb = unprivileged(&bin.join("initdb"));
        initdb.arg("-D").arg(&data).args(["-U", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]);
        let output = initdb.current_dir(folder.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Some(folder)
    });
    made.as_ref().map(TempDir::path)
}

fn signal(name: &str, processes: &[u32]) {
    let processes: Vec<String> = processes.iter().map(u32::to_string).collect();
    Command::new("kill").arg(name).args(processes).stderr(Stdio::null()).status().unwrap();
}

/// A process and its children.
fn family(of: u32) -> Vec<u32> {
    let parent = |stat: &str| stat.rsplit(')').next()?.split_whitespace().nth(1)?.parse::<u32>().ok();
    let children = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| {
        let id = entry.file_name().to_str()?.parse().ok()?;
        (parent(&fs::read_to_string(entry.path().join("stat")).ok()?)? == of).then_some(id)
    });
    std::iter::once(of).chain(children).collect()
}

/// A server's process.
pub struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    pub fn start(mut command: Command, folder: &Path) -> Self {
        let log = folder.join("log");
        let file = fs::File::options().create(true).append(true).open(&log).unwrap();
        let command = command.current_dir(folder).stdin(Stdio::null());
        let child = command.stdout(file.try_clone().unwrap()).stderr(file).spawn().unwrap();
        Self { child, log }
    }

    /// Waits until it listens.
    pub fn ready(mut self, port: u16) -> Self {
        for _ in 0..400 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return self;
            }
            assert!(self.child.try_wait().unwrap().is_none(), "it ended:\n{}", self.told());
            std::thread::sleep(Duration::from_millis(25));
        }
        panic!("it does not listen:\n{}", self.told());
    }

    fn told(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub fn freeze(&self) {
        // Twice: a child may be made between the look and the signal.
        signal("-STOP", &family(self.child.id()));
        signal("-STOP", &family(self.child.id()));
    }

    pub fn thaw(&self) {
        signal("-CONT", &family(self.child.id()));
    }

    /// Ends it with this signal, and waits.
    pub fn stop(&mut self, name: &str) {
        signal(name, &[self.child.id()]);
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let all = family(self.child.id());
        signal("-KILL", &all);
        self.child.wait().ok();
    }
}

/// A PostgreSQL of one test.
pub struct Postgres {
    pub port: u16,
    bin: PathBuf,
    folder: TempDir,
    settings: Vec<String>,
    process: Option<Process>,
}

impl Postgres {
    /// A new, empty server; `None` where PostgreSQL is not installed.
    pub fn start(settings: &[&str]) -> Option<Self> {
        Self::start_in(folder(), settings)
    }

    /// The same, with its data in this folder.
    pub fn start_in(folder: TempDir, settings: &[&str]) -> Option<Self> {
        let Some((bin, template)) = postgres_bin().zip(template()) else {
            missing("PostgreSQL");
            return None;
        };
        copy(&template.join("data"), folder.path());
        Some(Self::on(bin, folder, settings))
    }

    fn on(bin: PathBuf, folder: TempDir, settings: &[&str]) -> Self {
        hand_over(folder.path());
        let settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let mut server = Self { port: free_port(), bin, folder, settings, process: None };
        server.begin();
        server
    }

    /// A replica of this server, which follows it.
    pub fn replica(&self, settings: &[&str]) -> Self {
        let folder = folder();
        hand_over(folder.path());
        let mut copy = unprivileged(&self.bin.join("pg_basebackup"));
        copy.args(["-h", "127.0.0.1", "-U", SUPERUSER, "-R", "-c", "fast", "--no-sync", "-p", &self.port.to_string(), "-D"]);
        let output = copy.arg(folder.path().join("data")).current_dir(folder.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Self::on(self.bin.clone(), folder, settings)
    }

    /// Starts it, on the port that it had before.
    pub fn begin(&mut self) {
        let mut command = unprivileged(&self.bin.join("postgres"));
        command.arg("-D").arg(self.folder.path().join("data")).args(["-h", "127.0.0.1", "-k", "", "-p", &self.port.to_string()]);
        for setting in ["full_page_writes=off", "max_wal_size=64MB"] {
            command.args(["-c", setting]);
        }
        for setting in &self.settings {
            command.args(["-c", setting]);
        }
        self.process = Some(Process::start(command, self.folder.path()).ready(self.port));
        // It listens before it takes connections.
        let port = self.port.to_string();
        let is_ready = || {
            let asked = Command::new(self.bin.join("pg_isready")).args(["-q", "-h", "127.0.0.1", "-p", &port]).status();
            asked.is_ok_and(|status| status.success())
        };
        for _ in 0..400 {
            if is_ready() {
                return;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        panic!("PostgreSQL takes no connection");
    }

    pub fn process(&mut self) -> &mut Process {
        self.process.as_mut().unwrap()
    }

    /// More settings, for its next start.
    pub fn set(&mut self, settings: &[&str]) {
        self.settings.extend(settings.iter().map(|setting| (*setting).to_owned()));
    }

    pub fn url(&self) -> String {
        url(self.port)
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Runs statements as the superuser, when the server takes them.
    pub async fn run(&self, statements: &'static str) {
        use sqlx::{Connection as _, Executor as _};
        let mut connection = connection(&self.url()).await;
        connection.execute(statements).await.unwrap_or_else(|error| panic!("{statements}: {error}"));
        connection.close().await.ok();
    }
}

fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").args([from, to]).status().unwrap().success());
}

/// The address of the PostgreSQL behind this port.
pub fn url(port: u16) -> String {
    format!("postgres://{SUPERUSER}@127.0.0.1:{port}/postgres")
}

/// A connection, as soon as the server takes one.
pub async fn connection(url: &str) -> sqlx::PgConnection {
    use sqlx::Connection as _;
    for _ in 0..200 {
        if let Ok(connection) = sqlx::PgConnection::connect(url).await {
            return connection;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("PostgreSQL takes no connection");
}

/// A Redis of one test, which keeps what it acknowledged.
pub struct Redis {
    pub port: u16,
    folder: TempDir,
    process: Option<Process>,
    more: Vec<String>,
}

impl Redis {
    pub fn start(more: &[&str]) -> Option<Self> {
        if Command::new("redis-server").arg("--version").output().is_err() {
            missing("redis-server");
            return None;
        }
        let more = more.iter().map(|word| (*word).to_owned()).collect();
        let mut server = Self { port: free_port(), folder: folder(), process: None, more };
        server.begin();
        Some(server)
    }

    pub fn begin(&mut self) {
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--appendfsync", "always", "--dir"]);
        command.arg(self.folder.path());
        if self.more.iter().any(|word| word == "--tls-port") {
            command.args(["--port", "0"]);
        } else {
            command.args(["--port", &self.port.to_string()]);
        }
        command.args(self.more.iter().map(|word| word.replace("PORT", &self.port.to_string())));
        self.process = Some(Process::start(command, self.folder.path()).ready(self.port));
    }

    pub fn process(&mut self) -> &mut Process {
        self.process.as_mut().unwrap()
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// Sends a command.
    pub fn tell(&self, words: &[&str]) {
        use std::io::{Read as _, Write as _};
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.write_all(format!("{}\r\n", words.join(" ")).as_bytes()).unwrap();
        let mut answer = [0; 64];
        let length = stream.read(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer[..length]);
        assert!(answer.starts_with("+OK"), "{words:?}: {answer}");
    }
}

/// A PgBouncer of one test, in front of a PostgreSQL.
pub struct PgBouncer {
    pub port: u16,
    _process: Process,
    _folder: TempDir,
}

impl PgBouncer {
    pub fn start(server: u16, more: &str) -> Option<Self> {
        let Some(program) =
            ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"].map(PathBuf::from).into_iter().find(|path| path.exists())
        else {
            missing("pgbouncer");
            return None;
        };
        let (folder, port) = (folder(), free_port());
        let users = folder.path().join("users.txt");
        fs::write(&users, format!("\"{SUPERUSER}\" \"\"\n")).unwrap();
        let configuration = folder.path().join("pgbouncer.ini");
        let text = format!(
            "[databases]\n* = host=127.0.0.1 port={server}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             auth_type = trust\nauth_file = {}\nunix_socket_dir =\npool_mode = transaction\ndefault_pool_size = 4\n{more}\n",
            users.display()
        );
        fs::write(&configuration, text).unwrap();
        hand_over(folder.path());
        let mut command = unprivileged(&program);
        command.arg(configuration);
        let process = Process::start(command, folder.path()).ready(port);
        Some(Self { port, _process: process, _folder: folder })
    }
}
