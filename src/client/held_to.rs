//! Applies a profile (FAPI 2.0 Security Profile, Message Signing) to a client's registration, so that endpoints need not know the
//! profile.

use crate::client::metadata::Client;
use crate::client::parts::mutual_tls::CertificateBound;
use crate::client::profile::Profile;
use crate::client::words::{Pkce, SigningAlg};

impl Client {
    /// Whether its CIBA requests must be signed (OpenID Connect CIBA Core §4): by its registration or by the Message Signing
    /// profile.
    pub(crate) fn must_sign_ciba(&self) -> bool {
        self.ciba.request_alg.is_some() || self.requests.must_be_signed
    }

    /// The client with the rules of a profile applied: its own profile or that of the deployment, whichever is stricter.
    #[must_use]
    pub(crate) fn held_to(mut self, everybody: Profile) -> Self {
        let profile = self.requests.profile.max(everybody);
        self.requests.profile = profile;
        if !profile.is_fapi2() {
            return self;
        }
        // §5.3.2.2 items 2 and 5: requests are pushed and have PKCE.
        self.requests.must_be_pushed = true;
        self.pkce = Pkce::Required;
        // §5.3.2.1 item 4: every token is bound to a certificate or to a DPoP key.
        self.token_policy.dpop_bound = self.token_policy.mutual_tls.tokens == CertificateBound::No;
        self.redirect_uris.retain(|uri| profile.allows_redirect(uri));
        if !profile.allows_alg(self.signing_alg) {
            self.signing_alg = SigningAlg::PS256;
        }
        // Message Signing §5.3.1.
        self.requests.must_be_signed |= profile.signs_messages();
        let allowed = |alg: &SigningAlg| profile.allows_alg(*alg);
        self.requests.response_alg = self.requests.response_alg.filter(allowed);
        self.requests.object_alg = self.requests.object_alg.filter(allowed);
        self.requests.assertion_alg = self.requests.assertion_alg.filter(allowed);
        self.token_policy.introspection_signing_alg = self.token_policy.introspection_signing_alg.filter(allowed);
        // What was signed with an algorithm that the profile forbids must not become unsigned.
        let instead = |alg: SigningAlg| if allowed(&alg) { alg } else { SigningAlg::PS256 };
        self.protection.userinfo_signing_alg = self.protection.userinfo_signing_alg.map(instead);
        self.ciba.request_alg = self.ciba.request_alg.map(instead);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::metadata::tests::a_client;
    use crate::client::words::TokenEndpointAuthMethod;

    #[test]
    fn the_stricter_of_two_profiles_is_applied() {
        for (own, everybody, holds) in [
            (Profile::Standard, Profile::Standard, Profile::Standard),
            (Profile::Fapi2, Profile::Standard, Profile::Fapi2),
            (Profile::Standard, Profile::Fapi2, Profile::Fapi2),
            (Profile::Fapi2, Profile::Fapi2MessageSigning, Profile::Fapi2MessageSigning),
            (Profile::Fapi2MessageSigning, Profile::Fapi2, Profile::Fapi2MessageSigning),
        ] {
            let client = a_client(|client| client.requests.profile = own).held_to(everybody);
            assert_eq!(client.requests.profile, holds);
        }
    }

    #[test]
    fn a_client_without_a_profile_stays_as_it_is_registered() {
        let client = a_client(|client| client.signing_alg = SigningAlg::RS256);
        assert_eq!(client.clone().held_to(Profile::Standard), client);
    }

    #[test]
    fn fapi2_5_3_2_rules_that_are_optional_for_a_client_become_required() {
        let client = a_client(|client| {
            client.pkce = Pkce::Optional;
            client.signing_alg = SigningAlg::RS256;
            client.redirect_uris = ["https://a.example/cb", "http://localhost/cb"].map(str::to_owned).to_vec();
        });
        let held = client.clone().held_to(Profile::Fapi2);
        assert!(held.requests.must_be_pushed && held.demands_pkce() && held.token_policy.dpop_bound);
        assert!(!held.requests.must_be_signed);
        let old = a_client(|client| {
            client.protection.userinfo_signing_alg = Some(SigningAlg::RS256);
            client.token_policy.introspection_signing_alg = Some(SigningAlg::RS256);
            (client.requests.object_alg, client.requests.assertion_alg) = (Some(SigningAlg::RS256), Some(SigningAlg::RS256));
        });
        let old = old.held_to(Profile::Fapi2);
        assert_eq!(
            (old.protection.userinfo_signing_alg, old.token_policy.introspection_signing_alg),
            (Some(SigningAlg::PS256), None)
        );
        assert_eq!((old.requests.object_alg, old.requests.assertion_alg), (None, None), "RS256 is not allowed");
        assert_eq!(
            (held.signing_alg, held.redirect_uris.as_slice()),
            (SigningAlg::PS256, &["https://a.example/cb".to_owned()][..])
        );
        assert!(client.clone().held_to(Profile::Fapi2MessageSigning).requests.must_be_signed);
        let by_certificate = Client { token_policy: held.token_policy.clone(), ..client };
        let mut by_certificate = by_certificate;
        by_certificate.token_policy.mutual_tls.tokens = CertificateBound::Yes;
        assert!(!by_certificate.held_to(Profile::Fapi2).token_policy.dpop_bound, "its certificate binds the tokens");
    }

    #[test]
    fn fapi2_5_3_2_1_secrets_and_public_clients_are_not_allowed() {
        use TokenEndpointAuthMethod::{PrivateKeyJwt, SelfSignedTlsClientAuth, TlsClientAuth};
        for method in TokenEndpointAuthMethod::ALL {
            let allowed = [PrivateKeyJwt, TlsClientAuth, SelfSignedTlsClientAuth].contains(&method);
            assert_eq!(Profile::Fapi2.allows_method(method), allowed, "{}", method.name());
            assert!(Profile::Standard.allows_method(method));
        }
    }
}
