//! After a kill: the database is opened again and compared with the ledger, and everything that was used is tried once more.

use super::ledger::{Known, Ledger, Line, Verb, for_the_next};
use super::things::{Engine, Kind, Outcome, Says, Thing};
use panjereh::records::event::Event;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

/// More events than any thing can have.
const MANY: u32 = 10;

/// What is tried after the restart, for the ledger.
#[derive(Default)]
struct Tried(Mutex<Vec<Line>>);

impl Says for Tried {
    fn say(&self, verb: Verb, thing: &Thing, by: &str) {
        self.0.lock().unwrap().push(Line { verb, thing: thing.clone(), by: by.to_owned() });
    }
}

/// Compares all things of the last process, and all that earlier ones left for it; returns what is wrong.
pub fn after_restart(folder: &Path, round: u32, ledger: &mut Ledger) -> Vec<String> {
    let (mut wrong, tried) = (std::mem::take(&mut ledger.wrong), Tried::default());
    in_a_new_runtime(async {
        let engine = Engine::open(folder, round).await;
        for thing in &ledger.to_compare(engine.round) {
            let known = ledger.known[thing].clone();
            let effects = check_durable(&engine, thing, &known, &mut wrong).await;
            check_short_lived(&engine, thing, &known, &mut wrong).await;
            if thing.kind.may_be_used_once() && !for_the_next(thing) {
                try_again(&engine, &tried, &Before { thing, known: &known, effects }, &mut wrong).await;
            }
            if thing.kind == Kind::Counter {
                let now = engine.round.now();
                let count = engine.transient.count_otp_try(&thing.name, Duration::from_secs(250), now).await.unwrap();
                if count <= known.reached {
                    wrong.push(format!(
                        "{thing}: {} tries were counted, and after the kill the next one is number {count}",
                        known.reached
                    ));
                }
            }
        }
        engine.store.flush().await.expect("what was tried can be written");
    });
    ledger.take_in(&tried.0.into_inner().unwrap());
    wrong.append(&mut ledger.wrong);
    wrong
}

/// Compares everything durable of all processes, and tries every code and refresh token once more.
pub fn at_the_end(folder: &Path, round: u32, ledger: &mut Ledger) -> Vec<String> {
    let (mut wrong, tried) = (Vec::new(), Tried::default());
    in_a_new_runtime(async {
        let engine = Engine::open(folder, round).await;
        for (thing, known) in &ledger.known {
            let effects = check_durable(&engine, thing, known, &mut wrong).await;
            if matches!(thing.kind, Kind::Code | Kind::Refresh) {
                try_again(&engine, &tried, &Before { thing, known, effects }, &mut wrong).await;
            }
        }
        engine.store.flush().await.expect("what was tried can be written");
    });
    ledger.take_in(&tried.0.into_inner().unwrap());
    wrong.append(&mut ledger.wrong);
    wrong
}

/// As in a new process: when it ends, nothing of the engine keeps running.
fn in_a_new_runtime(work: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work);
}

/// The effects of a thing's uses, and everything that was written together with each.
async fn check_durable(engine: &Engine, thing: &Thing, known: &Known, wrong: &mut Vec<String>) -> Vec<Event> {
    let effects = engine.store.events_of(thing.account(), MANY).await.unwrap();
    if thing.kind == Kind::Session {
        check_session(engine, thing, known, wrong).await;
    }
    if !thing.kind.may_be_used_once() {
        return effects;
    }
    if effects.len() > 1 {
        wrong.push(format!("{thing} worked twice: it has {} effects on disk", effects.len()));
    }
    if let Some(by) = &known.used_by
        && effects != [thing.effect(by)]
    {
        wrong.push(format!("{thing} is lost: its use by {by} was acknowledged, and its effect is not on disk"));
    }
    let used = !effects.is_empty();
    let kept = engine.store.refresh_token(&thing.hash()).await.unwrap();
    match thing.kind {
        Kind::Code => {
            let mut tx = engine.store.write().await.unwrap();
            let grant = tx.grant(thing.grant_id()).await.unwrap();
            drop(tx);
            let by = grant.as_ref().and_then(|grant| grant.nonce.clone()).unwrap_or_default();
            if grant.is_some() != used || (used && effects[0] != thing.effect(&by)) {
                wrong.push(format!("{thing} is there by half: grant by {by:?}, effects {effects:?}"));
            }
            if grant.is_some_and(|grant| grant != thing.grant(&by)) {
                wrong.push(format!("{thing} has another grant than was written"));
            }
        }
        Kind::Refresh if known.put && kept.is_none() => wrong.push(format!("{thing} is lost: it was issued and is not on disk")),
        Kind::Refresh if kept.is_some_and(|kept| kept.used_at.is_some()) != used => {
            wrong.push(format!("{thing} is there by half: {kept:?}, effects {effects:?}"));
        }
        _ => {}
    }
    if let Some(successor) = thing.successor()
        && engine.store.refresh_token(&successor.hash()).await.unwrap().is_some() != used
    {
        wrong.push(format!("{thing} is there by half: used: {used}, and {successor} contradicts it"));
    }
    effects
}

async fn check_session(engine: &Engine, thing: &Thing, known: &Known, wrong: &mut Vec<String>) {
    let found = engine.transient.session(&thing.hash(), engine.round.now()).await.unwrap();
    if found.as_ref().is_some_and(|session| session.seen_at.since(session.began_at).as_secs() < known.reached) {
        wrong.push(format!("{thing} is as it was before a change that a saved transaction followed"));
    }
    let there = found.is_some();
    let begun = !engine.store.events_of(thing.account(), MANY).await.unwrap().is_empty();
    if known.put && !known.tried && !there {
        wrong.push(format!("{thing} is lost: it was acknowledged and is not there"));
    }
    if known.taken && there {
        wrong.push(format!("{thing} is back: its end was acknowledged"));
    }
    let gone = begun && !there && !known.tried;
    if gone || (!begun && (there || known.put)) {
        wrong.push(format!("{thing} is there by half: session: {there}, event: {begun}"));
    }
}

async fn check_short_lived(engine: &Engine, thing: &Thing, known: &Known, wrong: &mut Vec<String>) {
    let (transient, now) = (&engine.transient, engine.round.now());
    let there = match thing.kind {
        Kind::Otp => transient.otp(&thing.name, now).await.unwrap().is_some(),
        Kind::Interaction => {
            let found = transient.interaction::<u32>(thing.interaction_id(), now).await.unwrap();
            if found.as_ref().is_some_and(|(step, _)| u64::from(*step) < known.reached) {
                wrong.push(format!("{thing} is as it was before a change that a saved transaction followed"));
            }
            found.is_some()
        }
        Kind::EndedMark => transient.has_ended(thing.session_id(), now).await.unwrap(),
        Kind::Revoked => transient.is_revoked(&thing.name, now).await.unwrap(),
        _ => return,
    };
    if known.put && !known.tried && !there {
        wrong.push(format!("{thing} is lost: it was put before a transaction that was saved, and is not there"));
    }
    if known.taken && there {
        wrong.push(format!("{thing} is back: it was taken before a transaction that was saved"));
    }
}

/// A thing as it was before it is tried once more.
struct Before<'a> {
    thing: &'a Thing,
    known: &'a Known,
    effects: Vec<Event>,
}

/// Uses a thing once more: what has an effect on disk, or was taken before something that is on disk, is refused.
async fn try_again(engine: &Engine, tried: &Tried, before: &Before<'_>, wrong: &mut Vec<String>) {
    let Before { thing, known, effects } = before;
    let used_before = !effects.is_empty() || known.used_by.is_some() || known.taken;
    let by = format!("restart-{}", engine.round.0);
    let outcome = engine.use_once(tried, thing, &by).await;
    if used_before && outcome != Outcome::Refused {
        wrong.push(format!("{thing} was used before the kill, and after it the answer to {by} is {outcome:?}"));
    }
    if known.put && !known.tried && outcome != Outcome::Used {
        wrong.push(format!("{thing} was kept and never tried, and after the kill the answer to {by} is {outcome:?}"));
    }
}
