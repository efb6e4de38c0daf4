//! The ledger: the lines of the processes, and what they prove about the disk.

use super::things::{Kind, Round, Thing};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

/// What a process reports about a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// The process is about to use it, or to change it.
    Tries,
    /// A short-lived row was put.
    Put,
    /// A counter, or the state of an interaction, now has the number that the line holds in place of the attempt.
    Reached,
    /// This attempt, and no other, took it.
    Took,
    /// A transaction about it is about to be saved.
    Saves,
    /// That transaction was acknowledged.
    Saved,
    /// It was used before.
    Refused,
    /// It is not known.
    Unknown,
}

const VERBS: [(Verb, &str); 8] = [
    (Verb::Tries, "tries"),
    (Verb::Put, "put"),
    (Verb::Reached, "reached"),
    (Verb::Took, "took"),
    (Verb::Saves, "saves"),
    (Verb::Saved, "saved"),
    (Verb::Refused, "refused"),
    (Verb::Unknown, "unknown"),
];

/// The attempt that ends a session.
pub const END: &str = "end";
/// Starts every line of the ledger; a test binary writes other lines as well.
const MARK: &str = "ledger: ";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub verb: Verb,
    pub thing: Thing,
    /// Which attempt.
    pub by: String,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = VERBS.iter().find(|(verb, _)| *verb == self.verb).expect("every verb has a name").1;
        write!(f, "{MARK}{verb} {} {}", self.by, self.thing)
    }
}

impl FromStr for Line {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.strip_prefix(MARK).ok_or("no line of the ledger")?.splitn(3, ' ');
        let mut next = || parts.next().ok_or_else(|| format!("cut short: {text}"));
        let (verb, by, thing) = (next()?, next()?, next()?);
        let verb = VERBS.iter().find(|(_, named)| *named == verb).ok_or_else(|| format!("no verb: {text}"))?.0;
        Ok(Self { verb, thing: thing.parse()?, by: by.to_owned() })
    }
}

/// What is known about a thing. "On disk" means: a transaction that was saved after it was acknowledged.
#[derive(Debug, Default, Clone)]
pub struct Known {
    /// It was put, and that is on disk.
    pub put: bool,
    /// An attempt to use or to end it began; it may have reached the disk or not.
    pub tried: bool,
    /// It was taken, and that is on disk.
    pub taken: bool,
    /// The attempt whose use was acknowledged.
    pub used_by: Option<String>,
    /// The highest number of it that is on disk.
    pub reached: u64,
}

/// Everything that is known about all things.
#[derive(Default)]
pub struct Ledger {
    pub known: BTreeMap<Thing, Known>,
    /// The things in the lines of the last process.
    pub touched: BTreeSet<Thing>,
    /// Contradictions to earlier lines.
    pub wrong: Vec<String>,
    pub saved: u64,
    pub refused: u64,
}

impl Ledger {
    /// Records the lines of one process, in their order. The reader skips lines that are no lines of the ledger, and a last line
    /// that was cut short.
    pub fn take_in(&mut self, lines: &[Line]) {
        let (on_disk_before, mut taken) = (covered(lines), BTreeSet::new());
        for (place, line) in lines.iter().enumerate() {
            let before = self.known.get(&line.thing).is_some_and(|known| known.taken);
            if line.verb == Verb::Took && (!taken.insert(&line.thing) || before) {
                self.wrong.push(format!("{} was taken twice, the second time by {}", line.thing, line.by));
            }
            self.take_in_line(line, place < on_disk_before);
        }
    }

    /// The same for the process that was killed: its things are to be compared with the disk.
    pub fn take_in_process(&mut self, lines: &[Line]) {
        self.touched = lines.iter().map(|line| line.thing.clone()).collect();
        self.take_in(lines);
    }

    fn take_in_line(&mut self, line: &Line, on_disk: bool) {
        let known = self.known.entry(line.thing.clone()).or_default();
        match line.verb {
            Verb::Tries => known.tried = true,
            Verb::Put => known.put |= on_disk,
            Verb::Took => known.taken |= on_disk,
            Verb::Reached if on_disk => known.reached = known.reached.max(line.by.parse().expect("a number")),
            Verb::Reached | Verb::Saves => {}
            Verb::Saved => {
                self.saved += 1;
                if !line.thing.kind.may_be_used_once() {
                    known.put = true;
                    known.taken |= line.by == END;
                } else if let Some(first) = known.used_by.replace(line.by.clone()) {
                    self.wrong.push(format!("{} worked twice: for {first}, and then for {}", line.thing, line.by));
                }
            }
            Verb::Refused | Verb::Unknown => self.refused += u64::from(line.verb == Verb::Refused),
        }
        if line.verb == Verb::Unknown && line.thing.kind == Kind::Refresh && known.put {
            self.wrong.push(format!("{} was issued, and {} is told that it is unknown", line.thing, line.by));
        }
        if line.verb == Verb::Saved
            && let Some(successor) = line.thing.successor()
        {
            self.known.entry(successor).or_default().put = true;
        }
    }

    /// What is compared after a kill: all things of the last process, and all whose short-lived rows an earlier one left.
    pub fn to_compare(&self, round: Round) -> BTreeSet<Thing> {
        let lives = |thing: &&Thing| thing.made_in().0 + Round::LIVES >= round.0;
        self.known.keys().filter(lives).chain(&self.touched).cloned().collect()
    }

    /// What the next process is to use again after the kill: every other single-use thing of this round.
    pub fn for_the_next(&self, round: Round) -> Vec<Thing> {
        let once = self.touched.iter().filter(|thing| thing.kind.may_be_used_once() && thing.made_in() == round);
        once.filter(|thing| for_the_next(thing)).cloned().collect()
    }
}

/// Whether a thing is used again by the next process under load, and not at once after the restart.
pub fn for_the_next(thing: &Thing) -> bool {
    thing.hash().0[0].is_multiple_of(2)
}

/// Lines before this place are on disk: the save of a transaction began there, and was acknowledged.
fn covered(lines: &[Line]) -> usize {
    let acknowledged =
        |begun: &Line| lines.iter().any(|line| line.verb == Verb::Saved && line.thing == begun.thing && line.by == begun.by);
    lines.iter().rposition(|line| line.verb == Verb::Saves && acknowledged(line)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(texts: &[&str]) -> Vec<Line> {
        texts.iter().map(|text| format!("{MARK}{text}").parse().expect("a line")).collect()
    }

    #[test]
    fn a_line_survives_its_text() {
        for line in lines(&["tries a code 1.2.3", "reached 17 counter 1.2", "took b ended-mark x"]) {
            assert_eq!(line.to_string().parse(), Ok(line));
        }
        assert!("running 1 test".parse::<Line>().is_err());
        assert!(format!("{MARK}saved a").parse::<Line>().is_err());
    }

    #[test]
    fn what_was_decided_counts_as_written_only_before_a_save_that_was_acknowledged() {
        let mut ledger = Ledger::default();
        ledger.take_in(&lines(&["put - otp one", "saves a jti x", "put - otp two", "saved a jti x", "saves b jti y"]));
        assert!(ledger.known[&Thing::new(Kind::Otp, "one")].put);
        assert!(!ledger.known[&Thing::new(Kind::Otp, "two")].put);
        assert_eq!(ledger.wrong, Vec::<String>::new());
    }

    #[test]
    fn a_second_acknowledged_use_is_told_also_of_another_process() {
        let mut ledger = Ledger::default();
        ledger.take_in(&lines(&["saves a refresh x", "saved a refresh x"]));
        ledger.take_in(&lines(&["saves b refresh x", "saved b refresh x"]));
        assert_eq!(ledger.wrong, ["refresh x worked twice: for a, and then for b"]);
    }

    #[test]
    fn what_was_taken_twice_is_told_unless_the_first_was_lost_with_the_kill() {
        let mut ledger = Ledger::default();
        ledger.take_in(&lines(&["took a otp lost", "took b jti x", "took c jti x"]));
        ledger.take_in(&lines(&["took d otp lost", "saves a code y", "saved a code y"]));
        ledger.take_in(&lines(&["took e otp lost"]));
        let wrong = ["jti x was taken twice, the second time by c", "otp lost was taken twice, the second time by e"];
        assert_eq!(ledger.wrong, wrong);
    }

    #[test]
    fn an_issued_refresh_token_that_is_unknown_is_told() {
        let mut ledger = Ledger::default();
        ledger.take_in(&lines(&["saves a code x", "saved a code x", "unknown b refresh x"]));
        assert_eq!(ledger.wrong, ["refresh x was issued, and b is told that it is unknown"]);
    }
}
