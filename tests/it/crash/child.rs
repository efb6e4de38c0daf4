//! The process that is killed, and how the test starts and kills it.

use super::ledger::{END, Line, Verb};
use super::things::{Engine, Kind, Says, Thing};
use panjereh::records::session::Session;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;
use tokio::task::JoinSet;

/// The variable that names the working folder and the round of the process.
const FOLDER: &str = "PANJEREH_TEST_CRASH_FOLDER";
const ROUND: &str = "PANJEREH_TEST_CRASH_ROUND";
/// A process that writes nothing for this long hangs.
const SILENCE: Duration = Duration::from_mins(2);
/// The number of concurrent browsers.
const BROWSERS: u32 = 6;

/// Starts the process, kills it after this many lines of its ledger, and returns all its lines.
pub fn run_and_kill(folder: &Path, round: u32, lines: u64, again: &[Thing]) -> Vec<Line> {
    let module = module_path!().split_once("::").expect("the module is in a crate").1;
    let stderr = folder.join("stderr.txt");
    let mut process = Command::new(std::env::current_exe().expect("this program has a path"))
        .args(["--exact", &format!("{module}::the_process_that_is_killed"), "--ignored", "--nocapture"])
        .envs([(FOLDER, folder.display().to_string()), (ROUND, round.to_string())])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(File::create(&stderr).expect("a file"))
        .spawn()
        .expect("this program can be started again");
    let mut stdin = process.stdin.take().expect("it is piped");
    for thing in again {
        writeln!(stdin, "{thing}").ok();
    }
    drop(stdin);
    let (sender, receiver) = mpsc::channel();
    let stdout = BufReader::new(process.stdout.take().expect("it is piped"));
    let reader = std::thread::spawn(move || {
        for text in stdout.lines() {
            // The last line may be cut short.
            if let Ok(line) = text.expect("what it says is text").parse::<Line>() {
                sender.send(line).expect("the test listens");
            }
        }
    });
    let (mut said, mut left) = (Vec::new(), lines);
    // To the end of the pipe: it holds what was written before the kill.
    let end = loop {
        match receiver.recv_timeout(SILENCE) {
            Ok(line) => said.push(line),
            Err(end) => break end,
        }
        left = left.saturating_sub(1);
        if left == 0 {
            process.kill().expect("it can be killed");
        }
    };
    process.kill().ok();
    reader.join().expect("the reader does not fail");
    assert_eq!(end, RecvTimeoutError::Disconnected, "in round {round} the process hangs after {} lines", said.len());
    let status = process.wait().expect("it has ended");
    let told = std::fs::read_to_string(stderr).unwrap_or_default();
    let killed = left == 0 && status.signal() == Some(9) && !told.contains("panicked at");
    assert!(killed, "in round {round} the process failed by itself ({status}) after {} lines:\n{told}", said.len());
    said
}

/// Writes it to standard output, one line at a time, at once.
struct StandardOutput;

impl Says for StandardOutput {
    fn say(&self, verb: Verb, thing: &Thing, by: &str) {
        let line = Line { verb, thing: thing.clone(), by: by.to_owned() };
        // One write for each line, past the capture of the test harness. Where the reader has gone, this process ends.
        let mut out = std::io::stdout().lock();
        out.write_all(format!("{line}\n").as_bytes()).and_then(|()| out.flush()).expect("the test listens");
    }
}

#[test]
#[ignore = "the crash gate starts this as a process of its own and kills it"]
fn the_process_that_is_killed() {
    let (Some(folder), Some(round)) = (crate::environment(FOLDER), crate::environment(ROUND)) else { return };
    let again: Vec<Thing> = std::io::stdin().lines().map(|line| line.expect("text").parse().expect("a thing")).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let engine = Engine::open(Path::new(&folder), round.parse().expect("a number")).await;
        let load = Arc::new(Load { engine, says: StandardOutput });
        let mut busy = JoinSet::new();
        for browser in 0..BROWSERS {
            busy.spawn(load.clone().browse(browser));
        }
        busy.spawn(load.clone().use_again(again));
        while let Some(ended) = busy.join_next().await {
            ended.expect("no task fails");
        }
    });
}

struct Load {
    engine: Engine,
    says: StandardOutput,
}

impl Load {
    fn say(&self, verb: Verb, thing: &Thing, by: &str) {
        self.says.say(verb, thing, by);
    }

    /// One sign-in after another, until the kill.
    async fn browse(self: Arc<Self>, browser: u32) {
        for visit in 0_u32.. {
            let name = format!("{}.{browser}.{visit}", self.engine.round.0);
            self.clone().sign_in(&name, visit).await;
            if visit.is_multiple_of(3) {
                self.sign_out(&name).await;
            }
            if visit % 16 == 5 {
                crate::store::expire(&self.engine.store, self.engine.round.now(), 1000).await;
            }
        }
    }

    async fn sign_in(self: Arc<Self>, name: &str, visit: u32) {
        let (transient, now) = (&self.engine.transient, self.engine.round.now());
        let (otp, interaction) = (Thing::new(Kind::Otp, name), Thing::new(Kind::Interaction, name));
        for thing in [&otp, &interaction] {
            self.engine.put(thing).await;
            self.say(Verb::Put, thing, "-");
        }
        let id = interaction.interaction_id();
        let (_, read) = transient.interaction::<u32>(id, now).await.unwrap().expect("it was put");
        transient.replace_interaction(id, &read, &1_u32, now).await.unwrap().expect("no other task changes it");
        self.say(Verb::Reached, &interaction, "1");
        let counter = Thing::new(Kind::Counter, &name[..name.rfind('.').expect("three numbers")]);
        let count = transient.count_otp_try(&counter.name, Duration::from_secs(250), now).await.unwrap();
        self.say(Verb::Reached, &counter, &count.to_string());

        self.begin_session(name).await;
        // Some are left for the process after the kill.
        let waits = visit % 4 == 3;
        for kind in [Kind::Otp, Kind::Jti, Kind::Interaction, Kind::Code, Kind::Refresh] {
            let thing = Thing::new(kind, name);
            if !(waits && matches!(kind, Kind::Otp | Kind::Interaction)) {
                self.clone().race(thing).await;
            }
        }
        if visit.is_multiple_of(2) {
            self.clone().race(Thing::new(Kind::Refresh, &format!("{name}+"))).await;
        }
    }

    /// Two tasks use the same thing at the same time.
    async fn race(self: Arc<Self>, thing: Thing) {
        let (other, same) = (self.clone(), thing.clone());
        let other = tokio::spawn(async move { other.engine.use_once(&other.says, &same, "other").await });
        self.engine.use_once(&self.says, &thing, "one").await;
        other.await.expect("the other does not fail");
    }

    async fn begin_session(&self, name: &str) {
        let (session, now) = (Thing::new(Kind::Session, name), self.engine.round.now());
        let kept = session.session(now);
        let put = self.engine.transient.put_session(&self.engine.store, &session.hash(), &kept, now).await;
        let mut tx = put.unwrap();
        tx.append_event(&session.effect("begin")).await.unwrap();
        self.say(Verb::Saves, &session, "begin");
        tx.save().await.unwrap();
        self.say(Verb::Saved, &session, "begin");
        // The caller does not wait for it; it is on disk with the next transaction that is saved.
        let seen = Session { seen_at: now.plus(Duration::from_secs(1)), ..kept };
        assert!(self.engine.transient.touch_session(&session.hash(), &seen, now).await.unwrap(), "{session} has just begun");
        self.say(Verb::Reached, &session, "1");
    }

    /// Ends the session, revokes a token, and marks the session as ended with the next transaction.
    async fn sign_out(&self, name: &str) {
        let (transient, now, until) = (&self.engine.transient, self.engine.round.now(), self.engine.round.until());
        let (session, mark) = (Thing::new(Kind::Session, name), Thing::new(Kind::EndedMark, name));
        transient.mark_ended(mark.session_id(), until, now).await.unwrap();
        self.say(Verb::Put, &mark, "-");
        self.say(Verb::Tries, &session, END);
        self.say(Verb::Saves, &session, END);
        transient.end_session(&session.hash()).await.unwrap();
        self.say(Verb::Saved, &session, END);
        let revoked = Thing::new(Kind::Revoked, name);
        self.say(Verb::Saves, &revoked, "-");
        transient.revoke_token(&revoked.name, until, now).await.unwrap();
        self.say(Verb::Saved, &revoked, "-");
    }

    /// Uses once more what earlier processes used, or began to use.
    async fn use_again(self: Arc<Self>, things: Vec<Thing>) {
        let by = format!("later-{}", self.engine.round.0);
        for thing in things {
            self.engine.use_once(&self.says, &thing, &by).await;
        }
    }
}
