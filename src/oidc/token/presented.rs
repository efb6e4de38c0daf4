//! A token that a client presents, to revoke it (RFC 7009 §2.1) or to introspect it (RFC 7662 §2.1).

use crate::oidc::error::OAuthError;
use crate::oidc::params::Params;
use crate::secret::{Secret, TokenHash};

/// Longest token, in bytes; ours are far shorter.
const LONGEST_TOKEN: usize = 16 * 1024;

/// The kind of token, by its form: an access token is a JWT, a refresh token contains no dot. So `token_type_hint`, which a
/// server may ignore (RFC 7009 §2.1), is not needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PresentedToken {
    /// An access token, not verified yet.
    Access(Secret<String>),
    /// A refresh token, by its hash.
    Refresh(TokenHash),
}

impl PresentedToken {
    /// Reads the form of a revocation or introspection request. The error is `invalid_request`.
    pub(crate) fn parse(form: &Params) -> Result<Self, OAuthError> {
        form.sound()?;
        let token = form.required("token", LONGEST_TOKEN)?;
        Ok(if token.contains('.') { Self::Access(Secret::new(token.to_owned())) } else { Self::Refresh(TokenHash::of(token)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(form: &str) -> Result<PresentedToken, OAuthError> {
        PresentedToken::parse(&Params::parse(form))
    }

    #[test]
    fn rfc7009_2_1_the_kind_is_told_by_the_token_and_not_by_the_hint() {
        for hint in ["", "&token_type_hint=access_token", "&token_type_hint=refresh_token", "&token_type_hint=saml"] {
            assert_eq!(parse(&format!("token=abc{hint}")).unwrap(), PresentedToken::Refresh(TokenHash::of("abc")));
            let access = PresentedToken::Access(Secret::new("a.b.c".to_owned()));
            assert_eq!(parse(&format!("token=a.b.c{hint}")).unwrap(), access);
        }
    }

    #[test]
    fn rfc7009_2_1_a_token_is_required_once_and_not_endless() {
        let long = format!("token={}", "a".repeat(LONGEST_TOKEN + 1));
        for form in ["", "token=", "token=a&token=a", "token=%", "token=a&token_type_hint=x&token_type_hint=y", &long] {
            assert_eq!(parse(form).unwrap_err().code.name(), "invalid_request", "{form}");
        }
    }

    proptest! {
        #[test]
        fn any_form_is_parsed_without_a_panic(form in ".{0,200}") {
            let _ = parse(&form);
        }
    }
}
