//! Writes the events that were counted in memory ([`crate::app::noted_events`]): each instance its own, many in one transaction.

use crate::app::App;
use crate::app::noted_events::Take;
use crate::app::unavailable::Unavailable;
use crate::identity::id::EventId;
use crate::records::event::Event;

/// How many events one transaction writes.
const AT_ONCE: usize = 500;

/// Writes them. What the database did not take is counted on and written later.
pub(crate) async fn write_noted(app: &App, take: Take) -> Result<(), Unavailable> {
    let mut events = app.noted_events.take(take);
    // The index of events grows at its end.
    events.sort_unstable_by_key(|event| event.id);
    let mut outcome = Ok(());
    for some in events.chunks(AT_ONCE) {
        outcome = match outcome {
            Ok(()) => write(app, some).await,
            failed => failed,
        };
        if outcome.is_err() {
            // Under new ids: where the commit succeeded and its answer was lost, the old ids are taken, and would be for ever.
            let again = |event: Event| Event { id: EventId::new(&app.random, event.at), ..event };
            some.iter().cloned().map(again).for_each(|event| app.noted_events.note(event));
        }
    }
    outcome
}

async fn write(app: &App, events: &[Event]) -> Result<(), Unavailable> {
    let mut tx = app.store.write().await?;
    for event in events {
        tx.append_event(event).await?;
    }
    Ok(tx.save().await?)
}
