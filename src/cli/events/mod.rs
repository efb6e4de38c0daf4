//! `panjereh events`: reads the event log. Reading is an event too, with the operator's reason, and is on disk before a line is shown.

mod line;

use crate::boot::failure::Failure;
use crate::boot::stores::open_checked_store;
use crate::cli::events::line::{as_json, as_text};
use crate::cli::output::{Pipe, print, print_part};
use crate::cli::sources::Surroundings;
use crate::client::words::ClientId;
use crate::identity::id::{AccountId, EventId};
use crate::identity::national_id::NationalId;
use crate::random::Random;
use crate::records::event::kind::reference;
use crate::records::event::{Event, EventDraft, EventKind, REASON_LENGTH, What};
use crate::records::principal::Principal;
use crate::store::{ReadEvent, Store, Stretch};
use crate::time::{Clock, Timestamp};
use std::collections::HashSet;
use std::io::Read as _;
use std::time::Duration;

/// How many events are read at once.
const AT_ONCE: u32 = 1_000;
/// How often new events are looked up.
const AGAIN: Duration = Duration::from_secs(1);
/// The longest text that can be a national ID, with its separators and line break.
const NATIONAL_ID_BYTES: u64 = 256;

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct EventsArguments {
    #[command(subcommand)]
    listing: Option<Listing>,
    /// Why you read it, such as the number of a case. It is written into the log
    #[arg(long, value_name = "TEXT", required = true, value_parser = reason)]
    reason: Option<String>,
    /// Only events about this person: the id of an account, or - to give a national ID on standard input. A national ID is never an
    /// argument, because every user of the machine sees those
    #[arg(long, value_name = "ACCOUNT", value_parser = whom)]
    person: Option<Whom>,
    /// Only events by this client, or at it
    #[arg(long, value_name = "CLIENT", value_parser = client)]
    client: Option<ClientId>,
    /// Only events of this kind, such as signed_in (may be repeated); `panjereh events kinds` lists them
    #[arg(long = "kind", value_name = "KIND", value_parser = kind)]
    kinds: Vec<EventKind>,
    /// The first moment: a date or time in UTC (2026-03-21, 2026-03-21T08:30:00Z), or how long ago (24h, 7d) [default: all]
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    since: Option<Moment>,
    /// The moment before which to end, in the same form [default: none]
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    until: Option<Moment>,
    /// Go on with events as they happen, until interrupted
    #[arg(long, conflicts_with = "until")]
    follow: bool,
    /// How events are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, clap::Subcommand)]
enum Listing {
    /// List every kind of event, in Markdown: what it means, who acts, how long it is kept
    Kinds,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A line for each event: the time, the kind, then name=value
    Text,
    /// A JSON object on a line for each event
    Json,
}

#[derive(Debug, Clone)]
enum Whom {
    Account(AccountId),
    NationalIdOnInput,
}

#[derive(Debug, Clone, Copy)]
enum Moment {
    At(Timestamp),
    Ago(Duration),
}

impl Moment {
    fn before(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Ago(ago) => now.minus(ago),
        }
    }
}

fn reason(text: &str) -> Result<String, String> {
    let fits = !text.trim().is_empty() && text.chars().count() <= REASON_LENGTH && !text.chars().any(char::is_control);
    fits.then(|| text.trim().to_owned()).ok_or_else(|| format!("write 1 to {REASON_LENGTH} characters on one line"))
}

fn whom(text: &str) -> Result<Whom, String> {
    if text == "-" {
        return Ok(Whom::NationalIdOnInput);
    }
    // The text is not repeated: it may be a national ID.
    text.parse()
        .map(Whom::Account)
        .map_err(|_| "give the id of an account, or - and the national ID on standard input".to_owned())
}

fn client(text: &str) -> Result<ClientId, String> {
    ClientId::parse(text).ok_or_else(|| "a client_id has 1 to 128 visible ASCII characters".to_owned())
}

fn kind(text: &str) -> Result<EventKind, String> {
    let named = EventKind::ALL.iter().find(|kind| kind.name() == text);
    named.copied().ok_or_else(|| "there is no such kind; `panjereh events kinds` lists them".to_owned())
}

fn moment(text: &str) -> Result<Moment, String> {
    if let Some(ago) = crate::settings::span::parse(text) {
        return Ok(Moment::Ago(ago));
    }
    let at = text.parse::<jiff::Timestamp>().ok().or_else(|| {
        let day = text.parse::<jiff::civil::Date>().ok()?;
        jiff::tz::Offset::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok()
    });
    let at = at.ok_or("give a date or a time in UTC (2026-03-21, 2026-03-21T08:30:00Z), or how long ago (24h, 7d)")?;
    Ok(Moment::At(Timestamp::from_millis(at.as_millisecond())))
}

pub(crate) async fn run(arguments: EventsArguments, surroundings: &Surroundings) -> Result<(), Failure> {
    if let Some(Listing::Kinds) = arguments.listing {
        return print(&reference());
    }
    let settings = surroundings.settings()?;
    let store = open_checked_store(&settings).await?;
    let now = Clock::System.now();
    let account = match &arguments.person {
        None => None,
        Some(Whom::Account(account)) => Some(*account),
        Some(Whom::NationalIdOnInput) => account_of_input(&store, &arguments, now).await?,
    };
    write_down(&store, &arguments, account, now).await?;
    let search = Search { account, client: arguments.client.clone(), kinds: arguments.kinds.clone() };
    let last_place = store.last_place().await?;
    let stretch = Stretch::between(
        account,
        arguments.since.map_or(Timestamp::from_millis(0), |since| since.before(now)),
        // Instances whose clocks are ahead have written events of the next moments.
        arguments.until.map_or_else(|| now.plus(Duration::from_hours(24)), |until| until.before(now)),
    );
    let shown = show_stretch(&store, &search, stretch, Shown { format: arguments.format, last_place }).await?;
    match shown {
        Some(shown) if arguments.follow => follow(&store, &search, arguments.format, last_place, shown).await,
        _ => Ok(()),
    }
}

/// The account of the national ID on standard input. A search for a person without an account is written down too, without whom.
async fn account_of_input(store: &Store, arguments: &EventsArguments, now: Timestamp) -> Result<Option<AccountId>, Failure> {
    let mut text = String::new();
    let read = std::io::stdin().lock().take(NATIONAL_ID_BYTES).read_to_string(&mut text);
    read.map_err(|error| Failure::new(format!("standard input cannot be read: {error}"), "write the national ID into it"))?;
    let national_id = NationalId::parse(&text).map_err(|_| {
        Failure::new("standard input has no valid national ID", "write the national ID alone into standard input")
    })?;
    let account = store.account_by_national_id(&national_id).await?.map(|account| account.id);
    if account.is_none() {
        write_down(store, arguments, None, now).await?;
        let remedy = "check the number; events of people without an account name no person";
        return Err(Failure::new("the person with this national ID has no account", remedy));
    }
    Ok(account)
}

/// Writes down that the log is read.
async fn write_down(
    store: &Store,
    arguments: &EventsArguments,
    account: Option<AccountId>,
    now: Timestamp,
) -> Result<(), Failure> {
    let event = EventDraft::new(&Random::Os, now, EventKind::EventsRead).by(Principal::Operator).about(account);
    let event = event.with(What::Search(described(arguments, now))).because(arguments.reason.clone().unwrap_or_default());
    let event = arguments.client.iter().fold(event, Event::at_client);
    let mut tx = store.write().await?;
    tx.append_event(&event).await?;
    Ok(tx.save().await?)
}

/// What is searched for, without whom.
fn described(arguments: &EventsArguments, now: Timestamp) -> String {
    let when = |name: &str, moment: Option<Moment>| {
        moment.map(|moment| format!("{name}={}", line::time(moment.before(now)))).into_iter().collect::<Vec<_>>()
    };
    let kinds = arguments.kinds.iter().map(|kind| format!("kind={}", kind.name())).collect();
    let person = arguments.person.iter().map(|_| "person".to_owned()).collect();
    let follow = if arguments.follow { vec!["follow".to_owned()] } else { Vec::new() };
    [person, kinds, when("since", arguments.since), when("until", arguments.until), follow].concat().join(" ")
}

/// Which events are shown.
struct Search {
    account: Option<AccountId>,
    client: Option<ClientId>,
    kinds: Vec<EventKind>,
}

impl Search {
    fn finds(&self, event: &Event) -> bool {
        let by_client = |client: &ClientId| {
            event.client.as_ref() == Some(client) || matches!(&event.actor, Principal::Client(actor) if actor == client)
        };
        self.account.is_none_or(|account| event.account == Some(account))
            && self.client.as_ref().is_none_or(by_client)
            && (self.kinds.is_empty() || self.kinds.contains(&event.kind))
    }
}

/// How events are shown, and the last place that was given before.
#[derive(Clone, Copy)]
struct Shown {
    format: Format,
    last_place: i64,
}

fn written(format: Format, events: &[ReadEvent]) -> String {
    let line = match format {
        Format::Text => as_text,
        Format::Json => as_json,
    };
    events.iter().map(|read| line(read) + "\n").collect()
}

/// Shows a stretch of the log. Returns the ids of events that have no place yet or got it meanwhile; nothing if the reader went away.
async fn show_stretch(
    store: &Store,
    search: &Search,
    mut stretch: Stretch,
    how: Shown,
) -> Result<Option<HashSet<EventId>>, Failure> {
    let mut late = HashSet::new();
    loop {
        let mut events = store.events_between(stretch, AT_ONCE).await?;
        let Some(last) = events.last().map(|read| read.event.id) else { return Ok(Some(late)) };
        stretch.after = last;
        late.extend(events.iter().filter(|read| read.seq.is_none_or(|seq| seq > how.last_place)).map(|read| read.event.id));
        events.retain(|read| search.finds(&read.event));
        if !events.is_empty() && print_part(&written(how.format, &events))? == Pipe::Closed {
            return Ok(None);
        }
    }
}

/// Shows what gets a place from now on, in that order, until the reader goes away.
async fn follow(
    store: &Store,
    search: &Search,
    format: Format,
    mut last_place: i64,
    mut shown: HashSet<EventId>,
) -> Result<(), Failure> {
    loop {
        let placed = store.events_after(last_place, AT_ONCE).await?;
        let Some(last) = placed.last() else {
            tokio::time::sleep(AGAIN).await;
            continue;
        };
        last_place = last.seq;
        let new = placed.into_iter().filter(|placed| !shown.remove(&placed.event.id) && search.finds(&placed.event));
        let events: Vec<_> = new.map(|placed| ReadEvent { seq: Some(placed.seq), event: placed.event }).collect();
        if !events.is_empty() && print_part(&written(format, &events))? == Pipe::Closed {
            return Ok(());
        }
    }
}
