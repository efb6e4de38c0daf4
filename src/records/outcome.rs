//! What a form of an interaction led to, where it did not lead on.
//!
//! It is kept in the interaction, and the browser is sent to the page that shows it (303, RFC 9110 §15.4.4). So a reload shows the
//! same page again: it sends no form a second time and costs no attempt.

use crate::time::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What the last form led to. The next form of the interaction replaces it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// The form.
    pub(crate) form: StepForm,
    /// What the person is told.
    pub(crate) told: Told,
    /// When.
    pub(crate) at: Timestamp,
}

/// A form of an interaction whose input can be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum StepForm {
    /// National ID and password.
    SignIn,
    /// The answer of a passkey, on the page with national ID and password.
    Passkey,
    /// A one-time code, or the request for a new one.
    Code,
    /// A recovery code.
    Recovery,
    /// National ID, birth date and mobile number.
    Prove,
    /// A first passkey or password.
    Authenticator,
    /// The serial of the national card, or waiting.
    Card,
    /// The code of a letter, or the request for a letter.
    Letter,
}

/// What the person is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Told {
    /// What to correct on the form.
    Faults(Vec<FormError>),
    /// Why it does not go on here; a page of its own.
    Stopped(Stop),
    /// A new one-time code was sent.
    CodeSent,
}

impl Outcome {
    /// Why the interaction does not go on, and for how much longer where that ends by itself. `None` for other outcomes, and when
    /// the wait is over.
    pub(crate) fn stop(&self, now: Timestamp) -> Option<Stop> {
        let left = |wait: Duration| wait.checked_sub(now.since(self.at)).filter(|left| !left.is_zero());
        match self.told {
            Told::Stopped(Stop::TooManyTries { wait }) => left(wait).map(|wait| Stop::TooManyTries { wait }),
            Told::Stopped(Stop::NoMoreCodes { wait }) => left(wait).map(|wait| Stop::NoMoreCodes { wait }),
            Told::Stopped(stop) => Some(stop),
            Told::Faults(_) | Told::CodeSent => None,
        }
    }
}

/// Why an interaction does not go on after a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stop {
    /// Younger than the age limit.
    UnderAge {
        /// The day on which the person reaches the age limit. The page writes it in both calendars.
        adult_from: Date,
    },
    /// The registry knows the person as deceased.
    Deceased,
    /// The code was used before.
    CodeUsed,
    /// Too many attempts.
    TooManyTries {
        /// How long to wait.
        wait: Duration,
    },
    /// Too many codes to one telephone; a recovery code can replace it.
    NoMoreCodes {
        /// How long to wait.
        wait: Duration,
    },
    /// A one-time code was answered wrongly too often; the person may request a new one.
    CodeTriesUsedUp,
    /// The registry does not answer.
    RegistryUnavailable,
    /// There is an account already.
    AlreadyRegistered,
}

/// A field that a person fills in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Field {
    /// The national ID.
    NationalId,
    /// The birth date.
    BirthDate,
    /// The mobile number.
    Mobile,
    /// The password of an account.
    Password,
    /// The password that an account gets.
    NewPassword,
    /// The one-time code.
    OneTimeCode,
    /// A recovery code.
    RecoveryCode,
    /// The code that a device shows.
    UserCode,
    /// The serial of the national card.
    CardSerial,
    /// The code of a letter.
    LetterCode,
}

/// A fault that the person can correct on the form itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FormError {
    /// Nothing was entered in this field.
    Empty(Field),
    /// The national ID has neither ten nor twelve digits.
    NationalIdShape,
    /// The national ID's check digit is wrong.
    NationalIdCheckDigit,
    /// The birth date cannot be read in either calendar.
    BirthDateUnreadable,
    /// The birth date is in the future.
    BirthDateAhead,
    /// Not a mobile number.
    MobileUnreadable,
    /// The number is not registered to this national ID.
    NumberNotYours,
    /// The registry knows no person with this national ID and birth date. The page does not say which of the two is wrong.
    Mismatch,
    /// National ID and password do not match. The page does not say which of the two is wrong.
    CredentialsWrong,
    /// The password of the person who is to sign in again is wrong.
    PasswordWrong,
    /// The passkey's response was rejected.
    PasskeyFailed,
    /// Fewer than 8 characters.
    PasswordTooShort,
    /// More than 128 characters.
    PasswordTooLong,
    /// On the list of common passwords.
    PasswordTooCommon,
    /// The one-time code is not six digits.
    CodeShape,
    /// Not the code that was sent.
    CodeWrong {
        /// How many tries are left.
        tries_left: u64,
    },
    /// The code is older than five minutes.
    CodeExpired,
    /// The recovery code is unknown or was used before.
    RecoveryCodeWrong,
    /// Not the serial of this person's card.
    CardSerialWrong,
    /// Too many wrong serials in a row.
    CardSerialClosed,
    /// Not the code of a letter to this person.
    LetterCodeWrong,
    /// Too many wrong codes of letters in a row.
    LetterCodeClosed,
    /// No waiting device shows this code. The page does not say whether one ever did.
    UserCodeWrong,
}
