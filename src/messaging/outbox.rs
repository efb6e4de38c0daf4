//! The outbox: messages are appended to a file, one JSON object per line, instead of being sent. For the demo and for tests. The
//! file contains codes that open accounts, so only its owner may read it.

use crate::messaging::message::SmsMessage;
use crate::private_file::private;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{Error, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// A file of sent messages. Clones append to the same file, and lines stay whole.
#[derive(Debug, Clone)]
pub(crate) struct Outbox {
    path: Arc<PathBuf>,
    /// Locked while a line is written.
    turn: Arc<Mutex<()>>,
}

/// A message of the outbox: a line of its file.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SentMessage {
    /// E.164.
    pub(crate) to: String,
    /// The text.
    pub(crate) text: String,
    /// The one-time code in the text, if there is one.
    pub(crate) code: Option<String>,
    /// When it was sent, ISO 8601 in UTC.
    pub(crate) at: String,
}

/// Number and code are private, so `Debug` shows only when the message was sent.
impl std::fmt::Debug for SentMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[message of {}]", self.at)
    }
}

impl Outbox {
    /// The outbox in this file, which is created with the first message.
    pub(crate) fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: Arc::new(path.into()), turn: Arc::default() }
    }

    /// The path of the file.
    #[cfg(test)]
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Appends a message.
    pub(crate) fn append(&self, message: &SmsMessage, now: Timestamp) -> Result<(), Error> {
        let sent = SentMessage {
            to: message.to.e164().to_owned(),
            text: message.text.clone(),
            code: message.code.as_ref().map(|code| code.expose().clone()),
            at: jiff::Timestamp::from_millisecond(now.millis()).map_err(Error::other)?.to_string(),
        };
        let mut line = serde_json::to_vec(&sent)?;
        line.push(b'\n');
        // Not on a blocking thread: handing a line over to one takes longer than writing it.
        self.append_line(&line)
    }

    fn append_line(&self, line: &[u8]) -> Result<(), Error> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        open_for_append(&self.path)?.write_all(line)
    }
}

/// Reading, for a page of the demo and for tests.
#[cfg(any(test, feature = "demo"))]
impl Outbox {
    /// Bytes that are read from the end of the file for each requested message; a message needs about a quarter of it.
    const TAIL_PER_MESSAGE: u64 = 2048;

    /// The last messages, newest first, at most `limit`. Empty if none was sent yet.
    pub(crate) async fn recent(&self, limit: usize) -> Result<Vec<SentMessage>, Error> {
        let outbox = self.clone();
        tokio::task::spawn_blocking(move || outbox.read_recent(limit)).await.map_err(Error::other)?
    }

    fn read_recent(&self, limit: usize) -> Result<Vec<SentMessage>, Error> {
        use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom};

        let mut file = match File::open(&*self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let tail = Self::TAIL_PER_MESSAGE.saturating_mul(limit as u64);
        let start = file.metadata()?.len().saturating_sub(tail);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        // A line that the start of the tail cuts, or that is being written at the moment, is not JSON and is left out here.
        let lines = bytes.split(|byte| *byte == b'\n').rev();
        Ok(lines.filter_map(|line| serde_json::from_slice(line).ok()).take(limit).collect())
    }
}

fn open_for_append(path: &Path) -> Result<File, Error> {
    private(OpenOptions::new().append(true).create(true)).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::id::DeliveryId;
    use crate::identity::mobile::MobileNumber;
    use crate::messaging::Sms;
    use crate::records::delivery::message::Purpose;
    use crate::secret::Secret;

    fn message(text: &str, code: Option<&str>) -> SmsMessage {
        SmsMessage {
            id: DeliveryId::from_bytes([1; 16]),
            to: MobileNumber::parse("09121234567").expect("a number"),
            text: text.to_owned(),
            code: code.map(|code| Secret::new(code.to_owned())),
            purpose: Purpose::Verify,
            lifetime: std::time::Duration::from_mins(5),
        }
    }

    fn now() -> Timestamp {
        Timestamp::from_millis(1_795_435_200_123)
    }

    #[tokio::test]
    async fn a_message_is_one_line_of_json_with_its_number_text_code_and_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let outbox = Outbox::new(folder.path().join("outbox.jsonl"));
        let sms = Sms::File(outbox.clone());
        sms.send(&message("کد شما:\n123456", Some("123456")), now()).await.expect("sent");
        sms.send(&message("خوش آمدید", None), now()).await.expect("sent");
        let file = std::fs::read_to_string(outbox.path()).expect("a file");
        let first = r#"{"to":"+989121234567","text":"کد شما:\n123456","code":"123456","at":"2026-11-23T12:00:00.123Z"}"#;
        assert_eq!(file.lines().next(), Some(first));
        assert_eq!(file.lines().count(), 2);
        let recent = outbox.recent(10).await.expect("messages");
        assert_eq!(recent.iter().map(|sent| sent.text.as_str()).collect::<Vec<_>>(), ["خوش آمدید", "کد شما:\n123456"]);
        assert_eq!((recent[0].code.as_deref(), recent[1].code.as_deref()), (None, Some("123456")));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn messages_sent_at_once_keep_their_lines_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let outbox = Outbox::new(folder.path().join("outbox.jsonl"));
        let mut sending = tokio::task::JoinSet::new();
        for number in 0..200 {
            let outbox = outbox.clone();
            sending.spawn(async move {
                let text = format!("{number} {}", "پیام ".repeat(40));
                outbox.append(&message(&text, Some("000000")), now()).expect("sent");
            });
        }
        sending.join_all().await;
        let file = std::fs::read_to_string(outbox.path()).expect("a file");
        let mut numbers: Vec<u32> = file
            .lines()
            .map(|line| serde_json::from_str::<SentMessage>(line).expect("a whole line"))
            .map(|sent| sent.text.split(' ').next().and_then(|number| number.parse().ok()).expect("a number"))
            .collect();
        numbers.sort_unstable();
        assert!(numbers.into_iter().eq(0..200));
        assert_eq!(outbox.recent(50).await.expect("messages").len(), 50);
    }

    #[tokio::test]
    async fn an_outbox_without_a_file_is_empty_and_one_that_cannot_be_written_says_so() {
        let folder = tempfile::tempdir().expect("a folder");
        let outbox = Outbox::new(folder.path().join("outbox.jsonl"));
        assert!(outbox.recent(10).await.expect("messages").is_empty());
        let nowhere = Sms::File(Outbox::new(folder.path().join("no folder").join("outbox.jsonl")));
        assert!(nowhere.send(&message("x", None), now()).await.is_err());
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn only_the_owner_may_read_the_file() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let outbox = Outbox::new(folder.path().join("outbox.jsonl"));
        outbox.append(&message("x", None), now()).expect("sent");
        let mode = std::fs::metadata(outbox.path()).expect("a file").permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }
}
