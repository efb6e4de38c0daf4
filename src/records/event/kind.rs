//! The kinds of events: one table, from which the enum, the names in the log, how long they are kept and `docs/events.md` are made.

use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// How long the events of a kind are kept: each class is a setting of `[events]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Who a person is and by what it was decided, and what operators did.
    Identity,
    /// Where a person signed in, and what was released to whom.
    Use,
    /// What failed or was refused, most of it by strangers.
    Attempts,
}

impl Kept {
    /// All classes.
    pub const ALL: [Self; 3] = [Self::Identity, Self::Use, Self::Attempts];

    /// The name of the setting.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identity => "keep_identity",
            Self::Use => "keep_use",
            Self::Attempts => "keep_attempts",
        }
    }

    /// The names of the kinds of this class, each between spaces.
    pub fn kinds(self) -> String {
        let names = EventKind::ALL.iter().filter(|kind| kind.kept() == self).map(|kind| kind.name());
        names.fold(" ".to_owned(), |list, name| list + name + " ")
    }
}

/// How an event is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// In the transaction of the act.
    Each,
    /// Counted in memory, and written once for each minute.
    Folded,
}

macro_rules! kinds {
    ($($kind:ident $name:literal $kept:ident $written:ident $actor:literal $about:literal;)+) => {
        /// What happened.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum EventKind {
            $(#[doc = $about] $kind,)+
        }

        impl EventKind {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$kind,)+];

            /// The name in the log.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)+ }
            }

            /// How long it is kept.
            pub const fn kept(self) -> Kept {
                match self { $(Self::$kind => Kept::$kept,)+ }
            }

            /// How it is written.
            pub const fn written(self) -> Written {
                match self { $(Self::$kind => Written::$written,)+ }
            }

            /// Who acts.
            pub const fn acts(self) -> &'static str {
                match self { $(Self::$kind => $actor,)+ }
            }

            /// What it means, in a sentence.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$kind => $about,)+ }
            }
        }
    };
}

kinds! {
    AccountCreated "account_created" Identity Each "citizen" "The registry confirmed a person, and an account was created.";
    AccountTakenOver "account_taken_over" Identity Each "citizen" "An account was handed over: its person was verified at a higher assurance level than the person who created it.";
    EvidenceAdded "evidence_added" Identity Each "citizen" "The account of a person got more evidence. The details are its kind.";
    LetterSent "letter_sent" Identity Each "citizen" "A letter with a code was sent to an address of record.";
    AccountClaimed "account_claimed" Identity Each "citizen" "A person with equal evidence claims an account that exists in their name.";
    RegistryAsked "registry_asked" Attempts Folded "citizen" "The civil registry was asked about a person. The reason is its answer.";
    ProofingPassed "proofing_passed" Attempts Folded "citizen" "A person proved to be the one whom the registry knows. The reason is the assurance level.";
    ProofingFailed "proofing_failed" Attempts Folded "citizen" "A person was not verified. The reason says why.";
    SignedIn "signed_in" Use Each "citizen" "A citizen signed in. The details are the methods.";
    SignInFailed "sign_in_failed" Attempts Folded "citizen" "A national ID and a password that do not belong together were typed. No account is named: what was typed proves nothing.";
    MessageSent "message_sent" Attempts Folded "citizen" "A text message was accepted for sending. The reason is its purpose.";
    CodeWrong "code_wrong" Attempts Folded "citizen" "A one-time code was not accepted. The account is named if it was sent as the second factor of a sign-in.";
    RecoveryCodeWrong "recovery_code_wrong" Attempts Folded "citizen" "A recovery code was not accepted, after the right password.";
    EvidenceWrong "evidence_wrong" Attempts Folded "citizen" "The serial of a national card, or the code of a letter, was not accepted. The reason says which.";
    LimitReached "limit_reached" Attempts Folded "citizen" "A limit rejected an attempt. The reason is the name of the limit.";
    PasskeyAdded "passkey_added" Identity Each "citizen" "A passkey was added. The details are its id.";
    PasswordSet "password_set" Identity Each "citizen" "A password was set.";
    RecoveryCodeUsed "recovery_code_used" Identity Each "citizen" "A recovery code was used.";
    DataShown "data_shown" Use Folded "citizen" "A page showed data of the registry about the account's person, before consent to the client.";
    ConsentGiven "consent_given" Identity Each "citizen" "Consent was given.";
    ConsentRefused "consent_refused" Use Each "citizen" "Consent was denied.";
    TokensIssued "tokens_issued" Use Each "client" "Tokens were issued for a code, and with them the claims of the ID token. The details are the grant.";
    TokensRefreshed "tokens_refreshed" Use Each "client" "Tokens were issued for a refresh token. The details are the grant.";
    ClaimsReleased "claims_released" Use Folded "client" "UserInfo answered with claims about a person. The details are the grant.";
    TokenIntrospected "token_introspected" Use Folded "client" "A client was told what a token of a person means (RFC 7662). The details are the grant.";
    CodeReplayed "code_replayed" Identity Each "client" "A code was used twice. Its grant was revoked.";
    RefreshTokenReplayed "refresh_token_replayed" Identity Each "client" "A refresh token was used twice. Its grant was revoked.";
    TokenExchanged "token_exchanged" Use Each "client" "A client exchanged a token (RFC 8693) for one with which it can call another client for a person. The details are that client.";
    TokenRevoked "token_revoked" Use Each "client" "A client revoked a token (RFC 7009): with its grant, or alone if it has no grant.";
    DeviceAllowed "device_allowed" Use Each "citizen" "A citizen allowed a device's request (RFC 8628).";
    DeviceRefused "device_refused" Use Each "citizen" "A citizen denied a device's request (RFC 8628).";
    PersonAsked "person_asked" Use Each "client" "A client sent a CIBA request for a person.";
    AskAllowed "ask_allowed" Use Each "citizen" "The person allowed a CIBA request.";
    AskRefused "ask_refused" Use Each "citizen" "The person denied a CIBA request.";
    SignedOut "signed_out" Use Each "citizen" "A session ended.";
    SignedOutEverywhere "signed_out_everywhere" Use Each "citizen" "Every session of the account ended.";
    ClientFailed "client_failed" Attempts Folded "client" "A client did not authenticate. A client that is not registered is not named.";
    ClientRegistered "client_registered" Identity Each "client" "A client registered itself.";
    ClientChanged "client_changed" Identity Each "client" "A client changed its registration.";
    ClientRemoved "client_removed" Identity Each "client, system" "A client deleted its registration, or was never used and removed.";
    AgencyFileApplied "agency_file_applied" Identity Each "operator" "`panjereh agency apply` changed agencies or clients. The reason names what changed.";
    RegistrationTokenMade "registration_token_made" Identity Each "operator" "`panjereh agency registration-token` made an initial access token. The reason is its name.";
    RegistrationTokenRevoked "registration_token_revoked" Identity Each "operator" "An initial access token was revoked. The reason is its name.";
    KeysChanged "keys_changed" Identity Each "operator, system" "A signing key was generated, rotated or withdrawn. The reason names it.";
    RegistryImported "registry_imported" Identity Each "operator" "`panjereh registry import` imported a file. The reason says how many people.";
    EventsRead "events_read" Identity Each "operator" "`panjereh events` read this log. The reason is the operator's; the details are what was searched for.";
}

const HEAD: &str = "\
# The kinds of events

<!-- Made by `panjereh events kinds` from the table in src/records/event/kind.rs. -->

Each entry of the event log is of one of these kinds. How to read them: [operating.md](operating.md#the-event-log).

- **Actor**: who acts. A citizen who is not signed in has no account: what was typed proves nothing.
- **Kept**: the setting of `[events]` that says how long.
- **Written**: *each* is on disk when the act is; *folded* is counted in memory and written once for each minute, with the number of times, so
  that strangers cannot make the log grow without bound and single sign-on does not wait for it. A crash loses the folded events of the last
  minute, and no others. When more networks than fit act within a minute, the rest is counted together, without network and account.

| kind | actor | kept | written | what happened |
|---|---|---|---|---|
";

/// The text of `docs/events.md`.
pub(crate) fn reference() -> String {
    let mut text = HEAD.to_owned();
    for kind in EventKind::ALL {
        let written = match kind.written() {
            Written::Each => "each",
            Written::Folded => "folded",
        };
        // Writing to a string cannot fail.
        let _ =
            writeln!(text, "| `{}` | {} | `{}` | {written} | {} |", kind.name(), kind.acts(), kind.kept().name(), kind.about());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_kinds_is_what_the_table_says() {
        let page = include_str!("../../../docs/events.md");
        assert_eq!(page, reference(), "write it anew: cargo run -- events kinds > docs/events.md");
    }

    #[test]
    fn the_name_of_a_kind_is_the_one_that_is_stored() {
        for kind in EventKind::ALL {
            assert_eq!(serde_json::to_string(kind).unwrap(), format!("\"{}\"", kind.name()));
        }
    }

    /// The lists are compared with `LIKE`, where `_` stands for any character.
    #[test]
    fn no_name_of_a_kind_matches_another_as_a_pattern() {
        for one in EventKind::ALL {
            let like = |other: &EventKind| {
                let signs = || one.name().chars().zip(other.name().chars());
                one.name().len() == other.name().len() && signs().all(|(a, b)| a == '_' || a == b)
            };
            assert_eq!(EventKind::ALL.iter().filter(|other| like(other)).count(), 1, "{one:?}");
        }
    }
}
