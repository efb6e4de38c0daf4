//! A message centre on jsmpp (Maven), which nobody here wrote, takes and receipts what the program sends.

use super::{Files, deliver, embedded, number, put, run, smpp, until_state};
use crate::{connect, python};
use panjereh::records::delivery::message::MessageState::Delivered;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

struct Centre {
    child: Child,
    said: Arc<Mutex<Vec<String>>>,
}

impl Drop for Centre {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Centre {
    /// `None` where there is no Maven.
    fn start(folder: &Path, port: u16) -> Option<Self> {
        let maven = connect::maven()?;
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/other_clients/jsmpp");
        for file in ["pom.xml", "Centre.java"] {
            std::fs::copy(source.join(file), folder.join(file)).unwrap();
        }
        let fetch = ["--batch-mode", "--quiet", "dependency:copy-dependencies"];
        python::run(Command::new(maven).current_dir(folder).args(fetch)).unwrap();
        let mut java = Command::new("java");
        java.args(["-XX:TieredStopAtLevel=1", "-cp", "target/dependency/*", "Centre.java", &port.to_string()]);
        let mut child = java.current_dir(folder).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert_eq!(lines.next().unwrap().unwrap(), "listening");
        let said = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&said);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                kept.lock().unwrap().push(line);
            }
        });
        Some(Self { child, said })
    }
}

#[tokio::test]
async fn jsmpp_takes_a_persian_message_of_three_parts_throttles_it_once_and_its_receipts_are_matched() {
    let folder = tempfile::tempdir().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let Some(centre) = Centre::start(folder.path(), port) else { return };
    let world = embedded(&Files::new(), &[smpp("one", port, "")]).await;
    let text = "پنجره: این پیامک چند بخش دارد و باید درست برسد. ".repeat(4).trim().to_owned();
    let _running = run(&world.app);
    let id = put(&world.app, &number(1), &text).await;
    deliver(&world.app).await;
    until_state(&world.app, id, Delivered).await;
    let said = centre.said.lock().unwrap().clone();
    assert_eq!(said[0], "bind BIND_TRX window secret IF_34");
    let mut parts: Vec<(u8, Vec<u8>)> = Vec::new();
    for line in &said[1..] {
        let words: Vec<&str> = line.split(' ').collect();
        assert_eq!(words[..5], ["part", "989126000001", "8", "true", "true"], "{line}");
        let octets: Vec<u8> =
            (0..words[5].len()).step_by(2).map(|at| u8::from_str_radix(&words[5][at..at + 2], 16).unwrap()).collect();
        parts.push((octets[6], octets[7..].to_vec()));
    }
    parts.sort();
    assert_eq!(parts.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2, 3]);
    let units: Vec<u16> =
        parts.iter().flat_map(|(_, data)| data.chunks(2)).map(|two| u16::from_be_bytes([two[0], two[1]])).collect();
    assert_eq!(String::from_utf16(&units).unwrap(), text);
}
