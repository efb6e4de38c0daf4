//! `panjereh agency registration-token`: initial access tokens for client registration (RFC 7591 §3): created, listed, revoked.

use crate::boot::failure::Failure;
use crate::cli::keys::date;
use crate::cli::output::print;
use crate::cli::table::table;
use crate::clients::register_client::make_initial_access_token;
use crate::random::Random;
use crate::records::event::{EventDraft, EventKind};
use crate::records::principal::Principal;
use crate::store::{RegistrationToken, Store};
use crate::time::{Clock, Timestamp};
use std::time::Duration;

/// Without a subcommand: creates a token.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct RegistrationTokenCommand {
    #[command(subcommand)]
    existing: Option<Existing>,
    /// How many days the token is valid
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u64).range(1..=366))]
    days: u64,
    /// A note for the list, such as who gets the token
    #[arg(long, default_value = "", value_parser = note)]
    note: String,
}

/// What can be done with existing tokens.
#[derive(Debug, clap::Subcommand)]
enum Existing {
    /// List the tokens with the number of clients that each registered; the tokens themselves are not stored
    List,
    /// Revoke a token by its name in the list (a token begins with its name). Clients that were registered with it stay
    Revoke {
        /// The name of the token
        name: String,
    },
}

fn note(text: &str) -> Result<String, String> {
    let fits = text.chars().count() <= 200 && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned()).ok_or_else(|| "write at most 200 characters on one line".to_owned())
}

pub(crate) async fn run(command: RegistrationTokenCommand, store: &Store) -> Result<(), Failure> {
    let now = Clock::System.now();
    match command.existing {
        None => {
            let until = now.plus(Duration::from_hours(24 * command.days));
            let token = make_initial_access_token(store, &Random::Os, &command.note, now, until).await;
            let token = token.map_err(|cause| Failure::new(format!("no token was created: {cause}"), "try again"))?;
            print(&format!("{}\n", token.expose()))
        }
        Some(Existing::List) => print(&list(&store.registration_tokens().await?, now)),
        Some(Existing::Revoke { name }) => {
            let mut tx = store.write().await?;
            if !tx.revoke_registration_token(&name, now).await? {
                let what = format!("there is no token {name} to revoke");
                return Err(Failure::new(what, "`panjereh agency registration-token list` shows all tokens"));
            }
            let event = EventDraft::new(&Random::Os, now, EventKind::RegistrationTokenRevoked).by(Principal::Operator);
            tx.append_event(&event.because(name.clone())).await?;
            tx.save().await?;
            print(&format!("token {name} is revoked; clients that were registered with it stay\n"))
        }
    }
}

fn list(tokens: &[RegistrationToken], now: Timestamp) -> String {
    if tokens.is_empty() {
        return "there are no tokens; create one with `panjereh agency registration-token`\n".to_owned();
    }
    let row = |token: &RegistrationToken| {
        let state = match token.revoked_at {
            Some(at) => format!("revoked {}", date(at)),
            None if now < token.expires_at => "valid".to_owned(),
            None => "expired".to_owned(),
        };
        let (from, until) = (date(token.created_at), date(token.expires_at));
        [token.id.clone(), state, from, until, token.clients.to_string(), token.note.clone()]
    };
    table(["TOKEN", "STATE", "CREATED", "UNTIL", "CLIENTS", "NOTE"], &tokens.iter().map(row).collect::<Vec<_>>())
}
