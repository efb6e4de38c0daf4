//! Passwords: which texts are accepted (NIST SP 800-63B-4 §3.1.1.2), and Argon2id (RFC 9106) with OWASP's parameters.
//!
//! A hash takes about 15 ms of a core and 19 MiB: call it where blocking is allowed, behind a limit.

use crate::identity::national_id::NationalId;
use crate::random::Random;
use crate::secret::{Secret, same_bytes};
use crate::text::latin_digits;
use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use std::collections::HashSet;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization as _;

/// Fewest characters.
pub(crate) const MIN_CHARS: usize = 8;
/// Most characters (SP 800-63B-4 §3.1.1.2 asks to allow at least 64).
pub(crate) const MAX_CHARS: usize = 128;
/// More bytes than 128 characters need in any script; a longer text is rejected before normalisation.
const MAX_BYTES: usize = 1024;

/// A password that may be set: normalised, of the right length, not a common one. There are no composition rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Password(Secret<String>);

/// Why a text is not accepted as a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Fewer than [`MIN_CHARS`].
    #[error("a password has at least {MIN_CHARS} characters")]
    TooShort,
    /// More than [`MAX_CHARS`].
    #[error("a password has at most {MAX_CHARS} characters")]
    TooLong,
    /// A common password, a sequence, or a number such as a national ID.
    #[error("the password is one that attackers try first")]
    TooCommon,
}

impl Password {
    /// Accepts 8 to 128 characters of any script, spaces included. Rejects common passwords, one character repeated, a plain
    /// sequence, a national ID and a mobile number.
    pub fn parse(text: &str) -> Result<Self, PasswordError> {
        let password = normalised(text).ok_or(PasswordError::TooLong)?;
        match password.expose().chars().count() {
            ..MIN_CHARS => Err(PasswordError::TooShort),
            MIN_CHARS..=MAX_CHARS if is_common(password.expose()) => Err(PasswordError::TooCommon),
            MIN_CHARS..=MAX_CHARS => Ok(Self(password)),
            _ => Err(PasswordError::TooLong),
        }
    }
}

/// NFKC, so that the same password typed on two systems gives the same bytes (SP 800-63B-4 §3.1.1.2); `None` if it is too long.
fn normalised(text: &str) -> Option<Secret<String>> {
    (text.len() <= MAX_BYTES).then(|| Secret::new(text.nfkc().collect()))
}

/// The list is in lower case with Latin digits; a password is converted to that before it is compared.
static COMMON: LazyLock<HashSet<&str>> = LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());

fn is_common(password: &str) -> bool {
    let folded = Secret::new(latin_digits(&password.to_lowercase()));
    let folded = folded.expose().trim();
    COMMON.contains(folded) || has_even_steps(folded) || is_own_number(folded)
}

/// `aaaaaaaa`, `12345678`, `hgfedcba`: the step from each character to the next is always the same, none or one; 9 and 0 are
/// neighbours.
fn has_even_steps(text: &str) -> bool {
    let step = |(a, b): (char, char)| match (a, b) {
        ('9', '0') => 1,
        ('0', '9') => -1,
        _ => i64::from(u32::from(b)) - i64::from(u32::from(a)),
    };
    let mut steps = text.chars().zip(text.chars().skip(1)).map(step);
    steps.next().is_none_or(|first| first.abs() <= 1 && steps.all(|next| next == first))
}

/// A national ID or a mobile number: other people know it, and many people use it as a password.
fn is_own_number(text: &str) -> bool {
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let local = ["+98", "0098", "0"].iter().find_map(|prefix| digits.strip_prefix(prefix)).unwrap_or(&digits);
    let mobile = local.len() == 10 && local.starts_with('9') && local.bytes().all(|b| b.is_ascii_digit());
    mobile || NationalId::parse(text).is_ok()
}

/// OWASP Password Storage Cheat Sheet: Argon2id, 19 MiB, two passes, one lane.
const PARAMS: Params = match Params::new(19_456, 2, 1, None) {
    Ok(params) => params,
    Err(_) => Params::DEFAULT,
};

/// The 19 MiB that one hash fills. It is kept from hash to hash, because a new allocation costs a good part of a hash's time.
///
/// It is not cleared. An attacker who reads it learns no more than from the stored hash: after the second pass every block
/// depends on all of the first, so that testing one guess still costs the memory and half of the time.
pub struct Workspace(Vec<Block>);

impl Workspace {
    /// Allocates the memory.
    pub fn new() -> Self {
        Self(vec![Block::new(); PARAMS.block_count()])
    }
}

impl Default for Workspace {
    fn default() -> Self {
        Self::new()
    }
}

/// Hashes a password under a new salt of 128 bits, as a PHC string: `$argon2id$v=19$m=19456,t=2,p=1$…`.
#[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "parameters, salt and password have lengths that are allowed")]
pub fn hash(password: &Password, random: &Random, workspace: &mut Workspace) -> Secret<String> {
    let salt = random.bytes::<16>();
    let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
    let argon2id = Argon2::new(Algorithm::Argon2id, Version::V0x13, PARAMS);
    let filled = argon2id.hash_password_into_with_memory(password.0.expose().as_bytes(), &salt, &mut output, &mut workspace.0);
    filled.expect("Argon2id refuses only lengths that are not allowed");
    let phc = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&PARAMS).expect("three numbers"),
        salt: Some(Salt::new(&salt).expect("16 bytes")),
        hash: Some(Output::new(&output).expect("32 bytes")),
    };
    Secret::new(phc.to_string())
}

/// Whether `password`, as it was typed, matches the hash `phc`. A record that is not a PHC string matches nothing.
pub fn verify(password: &str, phc: &str, workspace: &mut Workspace) -> bool {
    normalised(password).is_some_and(|typed| is_behind(phc, typed.expose(), workspace).unwrap_or(false))
}

/// Uses the parameters of the record, which may be older than [`PARAMS`]; `None` if it is not an Argon2 record.
fn is_behind(phc: &str, typed: &str, workspace: &mut Workspace) -> Option<bool> {
    let record = PasswordHash::new(phc).ok()?;
    let algorithm = Algorithm::try_from(record.algorithm.as_str()).ok()?;
    let version = record.version.map_or(Ok(Version::default()), Version::try_from).ok()?;
    let params = Params::try_from(&record).ok()?;
    let (salt, expected) = (record.salt?, record.hash?);
    let mut found = vec![0; expected.len()];
    if workspace.0.len() < params.block_count() {
        workspace.0.resize(params.block_count(), Block::new());
    }
    let argon2 = Argon2::new(algorithm, version, params);
    argon2.hash_password_into_with_memory(typed.as_bytes(), &salt, &mut found, &mut workspace.0).ok()?;
    workspace.0.truncate(PARAMS.block_count());
    Some(same_bytes(&found, expected.as_bytes()))
}

/// Takes as long as [`verify`] and has no result. It is for accounts that do not exist or have no password, so that the time of a
/// response does not show which accounts exist.
pub(crate) fn waste_same_time(password: &str, workspace: &mut Workspace) {
    std::hint::black_box(verify(password, DUMMY, workspace));
}

/// The hash of no known password, with the parameters of [`hash`].
const DUMMY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hashed(text: &str) -> String {
        hash(&Password::parse(text).unwrap(), &Random::seeded(1), &mut Workspace::new()).expose().clone()
    }

    fn verify(password: &str, phc: &str) -> bool {
        crate::crypto::password::verify(password, phc, &mut Workspace::new())
    }

    #[test]
    fn a_password_verifies_and_another_does_not() {
        let phc = hashed("چهار اسب سفید ۱۴");
        assert!(verify("چهار اسب سفید ۱۴", &phc));
        assert!(!verify("چهار اسب سفید ۱۵", &phc));
        assert!(!verify("", &phc));
    }

    #[test]
    fn a_hash_is_argon2id_at_owasps_parameters_under_its_own_salt() {
        let (password, random) = (Password::parse("violet harbour").unwrap(), Random::seeded(1));
        let mut workspace = Workspace::new();
        let (one, other) = (hash(&password, &random, &mut workspace), hash(&password, &random, &mut workspace));
        assert!(one.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", one.expose());
        assert!(one != other);
    }

    #[test]
    fn what_an_earlier_hash_left_behind_changes_nothing() {
        let (one, other) = (hashed("violet harbour"), hashed("orange and bergamot"));
        let mut workspace = Workspace::new();
        for _ in 0..2 {
            assert!(crate::crypto::password::verify("violet harbour", &one, &mut workspace));
            assert!(!crate::crypto::password::verify("violet harbour", &other, &mut workspace));
            assert!(crate::crypto::password::verify("orange and bergamot", &other, &mut workspace));
        }
        let again = hash(&Password::parse("violet harbour").unwrap(), &Random::seeded(1), &mut workspace);
        assert_eq!(again.expose(), &one);
    }

    #[test]
    fn records_of_other_parameters_verify_in_the_same_memory() {
        // Made by the hasher of the `argon2` crate, not by the code above.
        use argon2::password_hash::PasswordHasher as _;
        let made = |kib, passes| {
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(kib, passes, 1, None).unwrap());
            argon2.hash_password_with_salt("violet harbour".as_bytes(), &[7; 16]).unwrap().to_string()
        };
        let mut workspace = Workspace::new();
        for phc in [made(64, 3), made(20_480, 1), made(19_456, 2)] {
            assert!(crate::crypto::password::verify("violet harbour", &phc, &mut workspace), "{phc}");
            assert!(!crate::crypto::password::verify("violet harbours", &phc, &mut workspace), "{phc}");
            assert_eq!(workspace.0.len(), PARAMS.block_count());
        }
    }

    #[test]
    fn nfkc_makes_the_same_password_of_two_keyboards_one() {
        let phc = hashed("caf\u{e9} \u{fb01}lm noir");
        assert!(verify("cafe\u{301} film noir", &phc));
        assert!(!verify("cafe film noir", &phc));
    }

    #[test]
    fn a_record_that_is_no_phc_string_matches_nothing() {
        for phc in ["", "violet harbour", "$argon2id$v=19$m=19456,t=2,p=1$", "$2b$12$abcdefghijklmnopqrstuv"] {
            assert!(!verify("violet harbour", phc), "{phc}");
        }
    }

    #[test]
    fn the_dummy_costs_what_a_real_hash_costs_and_matches_nothing() {
        let cost = |phc: &str| phc.rsplit('$').nth(2).unwrap().to_owned();
        assert_eq!(cost(DUMMY), cost(&hashed("violet harbour")));
        let parsed = argon2::password_hash::phc::PasswordHash::new(DUMMY).unwrap();
        assert_eq!((parsed.salt.unwrap().len(), parsed.hash.unwrap().len()), (16, 32));
        assert!(!verify("violet harbour", DUMMY));
        waste_same_time("violet harbour", &mut Workspace::new());
    }

    #[test]
    fn eight_to_128_characters_are_counted_as_characters_not_bytes() {
        let of = |text: &str, times: usize| Password::parse(&text.repeat(times)).map(|_| ());
        assert_eq!(Password::parse("vK3!پنج").unwrap_err(), PasswordError::TooShort);
        assert!(Password::parse("vK3!پنجر").is_ok());
        assert_eq!(of("پنجره باز", 14).map(|()| 14 * 9), Ok(126));
        assert_eq!(of("ab", 64), Ok(()));
        assert_eq!(of("abc", 43), Err(PasswordError::TooLong));
        assert_eq!(of("a", 100_000), Err(PasswordError::TooLong));
        // NFKC turns this one character into eighteen.
        assert_eq!(of("\u{fdfa}", 8), Err(PasswordError::TooLong));
    }

    #[test]
    fn no_composition_is_demanded() {
        for text in ["violet harbour", "        violet", "ستاره‌های شب", "🐎🐎🐄🐎🐎🐄🐄🐎", "mnbvckjhwe"]
        {
            assert!(Password::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn common_passwords_are_refused_in_any_case_and_any_digits() {
        let common =
            ["password1", "PassWord123", "qwertyuiop", "iran1234", "Salam123", "۱۲۳۴۵۶۷۸", "پسورد۱۲۳", "sghl1234", " 1qaz2wsx "];
        for text in common {
            assert_eq!(Password::parse(text), Err(PasswordError::TooCommon), "{text}");
        }
    }

    #[test]
    fn repetitions_and_sequences_are_refused_at_any_length() {
        for text in ["aaaaaaaa", &"۷".repeat(60), "123456789012", "0987654321", "abcdefghijkl", "zyxwvuts"] {
            assert_eq!(Password::parse(text), Err(PasswordError::TooCommon), "{text}");
        }
    }

    #[test]
    fn a_national_id_or_a_mobile_number_is_no_password() {
        for text in ["0012345679", "۰۰۱۲۳۴۵۶۷۹", "001-234567-9", "09121234567", "+989121234567", "00989121234567", "9121234567"]
        {
            assert_eq!(Password::parse(text), Err(PasswordError::TooCommon), "{text}");
        }
    }

    #[test]
    fn the_list_is_long_enough_sorted_folded_and_holds_nothing_that_is_too_short_anyway() {
        let lines: Vec<&str> = include_str!("common_passwords.txt").lines().collect();
        assert!(lines.len() >= 1000);
        assert!(lines.is_sorted_by(|a, b| a < b));
        for line in lines {
            let folded: String = latin_digits(&line.to_lowercase()).nfkc().collect();
            assert!(line == folded && line.chars().count() >= MIN_CHARS, "{line}");
        }
    }

    #[test]
    fn a_password_cannot_be_printed() {
        assert!(!format!("{:?}", Password::parse("violet harbour").unwrap()).contains("violet"));
    }

    proptest! {
        #[test]
        fn a_password_is_the_same_after_it_was_normalised_and_its_length_is_kept_to(text in "\\PC{0,140}|[ﷺﬃａ-ｚ]{0,30}") {
            if let Ok(password) = Password::parse(&text) {
                let normalised = password.0.expose();
                prop_assert!((MIN_CHARS..=MAX_CHARS).contains(&normalised.chars().count()));
                prop_assert!(Password::parse(normalised).is_ok_and(|again| again.0 == password.0));
            }
        }
    }
}
