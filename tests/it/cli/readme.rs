//! The lines of the README run as they are pasted.

use super::Place;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const TOP: &str = env!("CARGO_MANIFEST_DIR");

/// The block of code under a heading.
fn block(heading: &str) -> String {
    let readme = std::fs::read_to_string(Path::new(TOP).join("README.md")).expect("the README");
    let section = readme.split(heading).nth(1).expect("the section");
    section.split("```sh\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a block of commands").to_owned()
}

#[test]
fn the_commands_to_serve_run_as_they_are_pasted() {
    let place = Place::empty();
    // The program of the tests stands where `cargo build --release` would put it; the port is one that is free here.
    let release = place.path("target/release");
    std::fs::create_dir_all(&release).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_panjereh"), release.join("panjereh")).unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let script = format!(
        "set -e\nexport PANJEREH_SERVER_LISTEN=127.0.0.1:{port}\n{}",
        block("## Serve with it").replace("panjereh serve", "exec panjereh serve")
    );
    let log = std::fs::File::create(place.path("log")).unwrap();
    let mut command = Command::new("bash");
    command.args(["-c", &script]).current_dir(place.folder.path()).env_clear().env("PATH", "/usr/bin:/bin");
    let mut server = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
    let mut ready = false;
    for _ in 0..300 {
        let ended = server.try_wait().unwrap();
        assert!(ended.is_none(), "it ended:\n{}", place.read("log"));
        ready = place.run(&["healthy", "--at", &format!("127.0.0.1:{port}")]).code == 0;
        if ready {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(ready, "it is not ready:\n{}", place.read("log"));
}
