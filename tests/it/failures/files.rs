//! Files with citizens' data and keys are for their owner alone, whatever the umask is.

use super::servers::free_port;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The program under a umask that takes nothing away.
fn under_umask_zero(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "umask 000; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_panjereh")]).args(arguments);
    command.current_dir(folder).env_clear().stdin(Stdio::null());
    command
}

/// A server, until this is dropped.
struct Running(Child);

impl Running {
    fn start(mut command: Command, port: u16) -> Self {
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut running = Self(child);
        for _ in 0..600 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return running;
            }
            assert!(running.0.try_wait().unwrap().is_none(), "it ended");
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("it does not listen");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

fn all_private(folder: &Path, expected: &[&str]) {
    let files = files_below(folder);
    for file in &files {
        let mode = fs::metadata(file).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode & 0o077, 0, "{} has {mode:o}", file.display());
    }
    for name in expected {
        assert!(files.iter().any(|file| file.ends_with(name)), "{name} is missing in {files:?}");
    }
}

#[test]
fn database_log_and_keys_are_made_for_their_owner_alone_and_refused_when_every_user_can_read_them() {
    let place = tempfile::tempdir().unwrap();
    assert!(under_umask_zero(place.path(), &["migrate"]).output().unwrap().status.success());
    let port = free_port();
    let listen = format!("127.0.0.1:{port}");
    let serve = || under_umask_zero(place.path(), &["serve", "--listen", &listen]);
    let server = Running::start(serve(), port);
    all_private(
        place.path(),
        &["panjereh.sqlite", "panjereh.sqlite-wal", "panjereh.sqlite-shm", "panjereh.sqlite-serving", "master.key"],
    );
    drop(server);
    for name in ["data/panjereh.sqlite", "data/panjereh.sqlite-wal", "keys/master.key"] {
        let file = place.path().join(name);
        if !file.exists() {
            continue;
        }
        for open in [0o604, 0o644, 0o602] {
            fs::set_permissions(&file, fs::Permissions::from_mode(open)).unwrap();
            let refused = serve().output().unwrap();
            let told = String::from_utf8(refused.stderr).unwrap();
            assert_eq!(refused.status.code(), Some(1), "{told}");
            assert!(told.contains(&format!("{name} can be read by every user")), "{told}");
            assert!(told.contains(&format!("chmod 600 {name}")), "{told}");
        }
        // A group is what an operator makes for a service and its helpers.
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    }
    drop(Running::start(serve(), port));
}

#[test]
fn the_demo_keeps_its_people_and_messages_for_their_owner_alone() {
    let place = tempfile::tempdir().unwrap();
    let port = crate::demo_process::three_free_ports();
    let demo = || under_umask_zero(place.path(), &["demo", "--port", &port.to_string(), "--people", "20", "--data", "data"]);
    let running = Running::start(demo(), port + 2);
    // It listens before its people are there.
    for _ in 0..600 {
        if place.path().join("data/people.json").exists() && place.path().join("data/keys/master.key").exists() {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    all_private(&place.path().join("data"), &["people.json", "panjereh.sqlite", "master.key"]);
    drop(running);
    let people = place.path().join("data/people.json");
    fs::set_permissions(&people, fs::Permissions::from_mode(0o644)).unwrap();
    let refused = demo().output().unwrap();
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && told.contains("chmod 600 data/people.json"), "{told}");
    fs::set_permissions(&people, fs::Permissions::from_mode(0o600)).unwrap();
    let outbox = place.path().join("data/outbox.jsonl");
    fs::write(&outbox, "").unwrap();
    fs::set_permissions(&outbox, fs::Permissions::from_mode(0o666)).unwrap();
    let told = String::from_utf8(demo().output().unwrap().stderr).unwrap();
    assert!(told.contains("chmod 600 data/outbox.jsonl"), "{told}");
}
