//! A form and the faults of its input. The page shows a fault above the form, with focus, and beside its field.

use crate::locale::Locale;
pub use crate::records::outcome::{Field, FormError};
use crate::text::is_blank;

/// The common part of a `<form method="post">`.
#[derive(Debug, Clone)]
pub struct FormPart {
    /// The address that it posts to.
    pub(crate) action: String,
    /// The value of the hidden field `csrf`.
    pub(crate) csrf: String,
    /// The faults of the last input; empty on a first visit.
    pub(crate) errors: Vec<FormError>,
}

impl FormPart {
    /// A form without faults.
    pub fn new(action: impl Into<String>, csrf: impl Into<String>) -> Self {
        Self { action: action.into(), csrf: csrf.into(), errors: Vec::new() }
    }

    /// The same form after it was posted, with its faults. The page shows a reference number, and support finds this log line by
    /// it.
    #[must_use]
    pub fn with(mut self, errors: &[FormError]) -> Self {
        for error in errors {
            tracing::info!(fault = error.key(), "a form was shown again");
        }
        self.errors.extend_from_slice(errors);
        self
    }

    /// The first fault of the field with that element id.
    pub fn error_of(&self, field: &str) -> Option<&FormError> {
        self.errors.iter().find(|error| error.field() == Some(field))
    }
}

impl Field {
    /// Every field of every form.
    pub const ALL: [Self; 10] = [
        Self::NationalId,
        Self::BirthDate,
        Self::Mobile,
        Self::Password,
        Self::NewPassword,
        Self::OneTimeCode,
        Self::RecoveryCode,
        Self::UserCode,
        Self::CardSerial,
        Self::LetterCode,
    ];

    /// Its element id.
    pub const fn id(self) -> &'static str {
        match self {
            Self::NationalId => "national-id",
            Self::BirthDate => "birth-date",
            Self::Mobile => "mobile",
            Self::Password | Self::NewPassword => "password",
            Self::OneTimeCode => "otp",
            Self::RecoveryCode => "recovery-code",
            Self::UserCode => "user-code",
            Self::CardSerial => "card-serial",
            Self::LetterCode => "letter-code",
        }
    }

    /// The key of the sentence that asks to fill it in.
    const fn empty_key(self) -> &'static str {
        match self {
            Self::NationalId => "error-national-id-empty",
            Self::BirthDate => "error-birth-date-empty",
            Self::Mobile => "error-mobile-empty",
            Self::Password => "error-password-empty",
            Self::NewPassword => "error-new-password-empty",
            Self::OneTimeCode => "error-code-empty",
            Self::RecoveryCode => "error-recovery-code-empty",
            Self::UserCode => "error-user-code-empty",
            Self::CardSerial => "error-card-serial-empty",
            Self::LetterCode => "error-letter-code-empty",
        }
    }

    /// The sentence that asks to fill it in.
    pub fn asked(self, locale: Locale) -> String {
        FormError::Empty(self).message(locale)
    }

    /// The text of this field, unless there is none. What is empty is a slip and never a guess: it is checked before any limit
    /// counts a try and before anything is hashed.
    pub(crate) fn filled(self, typed: &str) -> Result<&str, FormError> {
        // A password may have any characters; the other fields ignore spaces, dashes and invisible marks.
        let is_empty = match self {
            Self::Password | Self::NewPassword => typed.is_empty(),
            _ => is_blank(typed),
        };
        if is_empty { Err(FormError::Empty(self)) } else { Ok(typed) }
    }
}

impl FormError {
    /// The element id of the field that it belongs to; `None` when it is about the whole form.
    pub(crate) const fn field(self) -> Option<&'static str> {
        match self {
            Self::Empty(field) => Some(field.id()),
            Self::NationalIdShape | Self::NationalIdCheckDigit => Some("national-id"),
            Self::BirthDateUnreadable | Self::BirthDateAhead => Some("birth-date"),
            Self::MobileUnreadable | Self::NumberNotYours => Some("mobile"),
            Self::PasswordWrong | Self::PasswordTooShort | Self::PasswordTooLong | Self::PasswordTooCommon => Some("password"),
            Self::CodeShape | Self::CodeWrong { .. } | Self::CodeExpired => Some("otp"),
            Self::RecoveryCodeWrong => Some("recovery-code"),
            Self::UserCodeWrong => Some("user-code"),
            Self::CardSerialWrong | Self::CardSerialClosed => Some("card-serial"),
            Self::LetterCodeWrong | Self::LetterCodeClosed => Some("letter-code"),
            Self::Mismatch | Self::CredentialsWrong | Self::PasskeyFailed => None,
        }
    }

    /// The key of its sentence.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Empty(field) => field.empty_key(),
            Self::NationalIdShape => "error-national-id-shape",
            Self::NationalIdCheckDigit => "error-national-id-check-digit",
            Self::BirthDateUnreadable => "error-birth-date-unreadable",
            Self::BirthDateAhead => "error-birth-date-ahead",
            Self::MobileUnreadable => "error-mobile-unreadable",
            Self::NumberNotYours => "error-number-not-yours",
            Self::Mismatch => "error-mismatch",
            Self::CredentialsWrong => "error-credentials-wrong",
            Self::PasswordWrong => "error-password-wrong",
            Self::PasskeyFailed => "error-passkey-failed",
            Self::PasswordTooShort => "error-password-too-short",
            Self::PasswordTooLong => "error-password-too-long",
            Self::PasswordTooCommon => "error-password-too-common",
            Self::CodeShape => "error-code-shape",
            Self::CodeWrong { .. } => "error-code-wrong",
            Self::CodeExpired => "error-code-expired",
            Self::RecoveryCodeWrong => "error-recovery-code-wrong",
            Self::UserCodeWrong => "error-user-code-wrong",
            Self::CardSerialWrong => "error-card-serial-wrong",
            Self::CardSerialClosed => "error-card-serial-closed",
            Self::LetterCodeWrong => "error-letter-code-wrong",
            Self::LetterCodeClosed => "error-letter-code-closed",
        }
    }

    /// The key of the sentence that says what to do next, where the fault's own sentence does not.
    pub(crate) const fn next_key(self) -> Option<&'static str> {
        match self {
            Self::NationalIdCheckDigit => Some("next-national-id-check-digit"),
            Self::Mismatch => Some("next-mismatch"),
            Self::NumberNotYours => Some("next-number-not-yours"),
            Self::CodeWrong { .. } => Some("next-code-wrong"),
            Self::CodeExpired => Some("next-code-expired"),
            _ => None,
        }
    }

    /// The sentence.
    pub(crate) fn message(self, locale: Locale) -> String {
        match self {
            Self::CodeWrong { tries_left } => locale.t_with(self.key(), &[("tries", tries_left)]),
            _ => locale.t(self.key()),
        }
    }
}
