//! Recovery codes as a person types them.

/// How a recovery code is compared: without the dashes and case that help people read it.
pub fn plain_recovery_code(typed: &str) -> String {
    crate::text::latin_digits(typed).chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
}
