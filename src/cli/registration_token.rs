//! `panjereh agency registration-token`: initial access tokens of client registration (RFC 7591 §3), made, listed and revoked one by one.

use crate::boot::failure::Failure;
use crate::cli::keys::date;
use crate::cli::output::print;
use crate::cli::table::table;
use crate::flows::clients::register_client::make_initial_access_token;
use crate::random::Random;
use crate::store::{RegistrationToken, Store};
use crate::time::{Clock, Timestamp};
use std::time::Duration;

/// Without a command: one more.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct RegistrationTokenCommand {
    #[command(subcommand)]
    existing: Option<Existing>,
    /// For how many days it works
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u64).range(1..=366))]
    days: u64,
    /// Whom it is for, to be found in the list again
    #[arg(long, default_value = "", value_parser = note)]
    note: String,
}

/// What can be done with those that are there.
#[derive(Debug, clap::Subcommand)]
enum Existing {
    /// List them with how many clients each registered; the tokens themselves are not kept
    List,
    /// End one, named as in the list (a token begins with its name). Clients that were registered with it stay
    Revoke {
        /// Its name
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
            let token = make_initial_access_token(store, &Random::Os, &command.note, (now, until)).await;
            let token = token.map_err(|cause| Failure::new(format!("no token was made: {cause}"), "try again"))?;
            print(&format!("{}\n", token.expose()))
        }
        Some(Existing::List) => print(&list(&store.registration_tokens().await?, now)),
        Some(Existing::Revoke { name }) => {
            let mut tx = store.write().await?;
            if !tx.revoke_registration_token(&name, now).await? {
                let what = format!("there is no token {name} that could be revoked");
                return Err(Failure::new(what, "`panjereh agency registration-token list` names those that there are"));
            }
            tx.save().await?;
            print(&format!("token {name} is revoked; what was registered with it stays\n"))
        }
    }
}

fn list(tokens: &[RegistrationToken], now: Timestamp) -> String {
    if tokens.is_empty() {
        return "there are no tokens; make one with `panjereh agency registration-token`\n".to_owned();
    }
    let row = |token: &RegistrationToken| {
        let state = match token.revoked_at {
            Some(at) => format!("revoked {}", date(at)),
            None if now < token.expires_at => "works".to_owned(),
            None => "expired".to_owned(),
        };
        let (from, until) = (date(token.created_at), date(token.expires_at));
        [token.id.clone(), state, from, until, token.clients.to_string(), token.note.clone()]
    };
    table(["TOKEN", "STATE", "MADE", "UNTIL", "CLIENTS", "NOTE"], &tokens.iter().map(row).collect::<Vec<_>>())
}
