//! The claims in the tokens of a grant: ID token (OpenID Connect Core §2) and access token (RFC 9068 §2.2).

use crate::client::scope::Scope;
use crate::client::words::SigningAlg;
use crate::identity::assurance::amr;
use crate::oidc::claims::token::{AccessTokenClaims, Confirmation, IdTokenClaims, TokenFrame, at_hash};
use crate::records::grant::Grant;
use std::borrow::Cow;

impl IdTokenClaims {
    /// The ID token of a grant, issued together with an access token.
    pub(crate) fn of(grant: &Grant, frame: &TokenFrame<'_>, access_token: &str, alg: SigningAlg) -> Self {
        Self {
            iss: frame.issuer.to_owned(),
            sub: frame.subject.to_owned(),
            aud: grant.client.clone(),
            exp: frame.expires(),
            iat: frame.now.seconds(),
            auth_time: grant.auth_time.seconds(),
            nonce: grant.nonce.clone(),
            acr: grant.acr,
            amr: amr(&grant.methods).into_iter().map(Cow::Borrowed).collect(),
            at_hash: Some(at_hash(access_token, alg)),
            sid: frame.session.map(str::to_owned),
        }
    }
}

impl AccessTokenClaims {
    /// The access token of a grant, for these of its scopes. Its audience is the issuer (UserInfo is the resource); the caller
    /// can change it.
    pub(crate) fn of(grant: &Grant, frame: &TokenFrame<'_>, scopes: &[Scope], jti: String) -> Self {
        Self {
            auth_time: Some(grant.auth_time.seconds()),
            acr: Some(grant.acr),
            amr: amr(&grant.methods).into_iter().map(Cow::Borrowed).collect(),
            gid: Some(grant.id),
            sid: frame.session.map(str::to_owned),
            cnf: grant.bound_to.clone().map(Confirmation::from),
            ..Self::of_client(&grant.client, frame, scopes, jti)
        }
    }
}

#[cfg(test)]
mod tests;
