//! A client: an agency's registered application, with the metadata of RFC 7591 §2 and OpenID Connect Registration §2.

pub(crate) use crate::client::grant_type::GrantType;
use crate::client::parts::ciba::CibaRegistration;
use crate::client::parts::logout::LogoutUris;
use crate::client::parts::pages::ClientPages;
use crate::client::parts::protection::Protection;
use crate::client::parts::request_rules::RequestRules;
use crate::client::parts::self_registered::SelfRegistered;
use crate::client::parts::token_policy::TokenPolicy;
use crate::client::scope::Scope;
use crate::client::words::{ApplicationType, ClientId, Pkce, SecretMethods, SigningAlg, SubjectType, TokenEndpointAuthMethod};
use crate::identity::assurance::Acr;
use crate::secret::{Secret, TokenHash, same_bytes};
use crate::text::LocalName;
use serde::{Deserialize, Serialize};

/// A registered client. Redirect URIs are compared as strings, without normalisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// `client_id`.
    pub id: ClientId,
    /// The agency that owns it (its slug).
    pub agency: String,
    /// `client_name`, shown on pages.
    pub name: LocalName,
    /// The secret of the two `client_secret_*` methods, as SHA-256. Secrets are 256 random bits, so a slow hash adds no security.
    pub secret_hash: Option<TokenHash>,
    /// `token_endpoint_auth_method`.
    pub auth_method: TokenEndpointAuthMethod,
    /// Whether its entry names that method. If not, its secret may come by either of the two methods.
    #[serde(default)]
    pub secret_methods: SecretMethods,
    /// `jwks`: the public keys for what it signs (`private_key_jwt`, request objects), as the registered JSON.
    pub jwks: Option<serde_json::Value>,
    /// `jwks_uri`: the URI at which it publishes its public keys instead.
    #[serde(default)]
    pub jwks_uri: Option<String>,
    /// Where it is notified that a session ended.
    #[serde(default)]
    pub logout: LogoutUris,
    /// Data about its registration, if it registered itself.
    #[serde(default)]
    pub self_registered: Option<SelfRegistered>,
    /// `application_type`.
    pub application_type: ApplicationType,
    /// `redirect_uris`.
    pub redirect_uris: Vec<String>,
    /// `post_logout_redirect_uris`.
    pub post_logout_redirect_uris: Vec<String>,
    /// `grant_types`.
    pub grant_types: Vec<GrantType>,
    /// Scopes that it may request.
    pub scopes: Vec<Scope>,
    /// `subject_type`.
    pub subject_type: SubjectType,
    /// The sector of its pairwise identifiers: the host of its redirect URIs, or the registered sector.
    pub sector: String,
    /// `id_token_signed_response_alg`. Access tokens are signed with this algorithm too.
    pub signing_alg: SigningAlg,
    /// Whether its requests need PKCE.
    pub pkce: Pkce,
    /// The lowest level of a sign-in that it accepts. Only an agency file can accept less than `substantial`.
    pub min_acr: Acr,
    /// The agency's page. The list of services and the "back to" links lead to it.
    pub client_uri: Option<String>,
    /// Its other pages: logo, policy, terms, start of a sign-in.
    #[serde(default)]
    pub pages: ClientPages,
    /// Rules about its access tokens.
    #[serde(default)]
    pub token_policy: TokenPolicy,
    /// Rules for its authorization requests and for the responses.
    #[serde(default)]
    pub requests: RequestRules,
    /// Its CIBA registration.
    #[serde(default, rename = "backchannel")]
    pub ciba: CibaRegistration,
    /// How personal data that it gets is signed and encrypted.
    #[serde(default)]
    pub protection: Protection,
}

/// A client's secret in clear: as a request presents it, or as the registration issues it.
pub(crate) type ClientSecret = Secret<String>;

impl Client {
    /// A client with a name and default values. It has no grant type.
    pub fn new(id: ClientId, agency: &str, name: LocalName) -> Self {
        Self {
            sector: format!("client:{id}"),
            id,
            agency: agency.to_owned(),
            name,
            secret_hash: None,
            auth_method: TokenEndpointAuthMethod::ClientSecretBasic,
            secret_methods: SecretMethods::Either,
            jwks: None,
            jwks_uri: None,
            logout: LogoutUris::default(),
            self_registered: None,
            application_type: ApplicationType::Web,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            grant_types: Vec::new(),
            scopes: Vec::new(),
            subject_type: SubjectType::Pairwise,
            signing_alg: SigningAlg::ES256,
            pkce: Pkce::Required,
            min_acr: Acr::Substantial,
            client_uri: None,
            pages: ClientPages::default(),
            token_policy: TokenPolicy::default(),
            requests: RequestRules::default(),
            ciba: CibaRegistration::default(),
            protection: Protection::default(),
        }
    }

    /// Whether it is a public client, which cannot keep a secret (RFC 6749 §2.1).
    pub fn is_public(&self) -> bool {
        self.auth_method == TokenEndpointAuthMethod::None
    }

    /// Whether its authorization requests need a code challenge. Those of a public client always do (RFC 9700 §2.1.1), whatever
    /// its registration says.
    pub fn demands_pkce(&self) -> bool {
        self.pkce == Pkce::Required || self.is_public()
    }

    /// Whether it is registered for this grant type.
    pub fn may_use(&self, grant_type: GrantType) -> bool {
        self.grant_types.contains(&grant_type)
    }

    /// The scopes of the list that it may request (RFC 6749 §3.3). `offline_access` also needs the grant type `refresh_token`
    /// (OpenID Connect Core §11): without it, the client cannot use a refresh token.
    pub(crate) fn allowed(&self, scopes: &[Scope]) -> Vec<Scope> {
        let usable = |scope: &Scope| *scope != Scope::OfflineAccess || self.may_use(GrantType::RefreshToken);
        scopes.iter().copied().filter(|scope| self.scopes.contains(scope) && usable(scope)).collect()
    }

    /// Whether it may present its secret by this method.
    pub(crate) fn takes_secret_by(&self, method: TokenEndpointAuthMethod) -> bool {
        self.auth_method == method
            || (self.secret_methods == SecretMethods::Either && self.auth_method.needs_secret() && method.needs_secret())
    }

    /// Whether this is its secret. Compared in constant time. For a client without a secret the answer is always no.
    pub(crate) fn has_secret(&self, presented: &ClientSecret) -> bool {
        let presented = TokenHash::of(presented.expose());
        self.secret_hash.is_some_and(|hash| same_bytes(&hash.0, &presented.0))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A confidential web client, changed by the test.
    pub(crate) fn a_client(change: impl FnOnce(&mut Client)) -> Client {
        let name = LocalName { fa: "سازمان مالیات".to_owned(), en: "Tax office".to_owned() };
        let mut client = Client {
            secret_hash: Some(TokenHash::of("secret")),
            redirect_uris: vec!["https://tax.example/callback".to_owned()],
            post_logout_redirect_uris: vec!["https://tax.example/bye".to_owned()],
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            scopes: vec![Scope::Openid, Scope::Profile, Scope::Phone, Scope::OfflineAccess],
            sector: "tax.example".to_owned(),
            ..Client::new(ClientId::parse("tax-office").unwrap(), "tax", name)
        };
        change(&mut client);
        client
    }

    #[test]
    fn rfc9700_2_1_1_a_public_client_needs_pkce_whatever_its_registration_says() {
        let public = a_client(|client| {
            client.auth_method = TokenEndpointAuthMethod::None;
            client.pkce = Pkce::Optional;
        });
        assert!(public.demands_pkce());
        assert!(!a_client(|client| client.pkce = Pkce::Optional).demands_pkce());
    }

    #[test]
    fn rfc6749_3_3_a_client_gets_no_scope_that_it_is_not_registered_for() {
        let client = a_client(|_| ());
        assert_eq!(client.allowed(&Scope::ALL), [Scope::Openid, Scope::Profile, Scope::Phone, Scope::OfflineAccess]);
    }

    #[test]
    fn oidc_core_11_offline_access_needs_the_grant_type_refresh_token() {
        let client = a_client(|client| client.grant_types = vec![GrantType::AuthorizationCode]);
        assert_eq!(client.allowed(&[Scope::Openid, Scope::OfflineAccess]), [Scope::Openid]);
    }

    #[test]
    fn only_the_right_secret_is_accepted() {
        let secret = ClientSecret::new("secret".to_owned());
        assert!(a_client(|_| ()).has_secret(&secret));
        assert!(!a_client(|_| ()).has_secret(&ClientSecret::new("Secret".to_owned())));
        assert!(!a_client(|client| client.secret_hash = None).has_secret(&secret));
    }

    #[test]
    fn the_names_on_the_wire_are_the_names_in_the_store() {
        for method in TokenEndpointAuthMethod::ALL {
            assert_eq!(serde_json::to_value(method).unwrap(), method.name());
        }
        for grant_type in GrantType::ALL {
            assert_eq!(serde_json::to_value(grant_type).unwrap(), grant_type.name());
        }
        for alg in SigningAlg::ALL {
            assert_eq!(serde_json::to_value(alg).unwrap(), alg.name());
        }
    }

    proptest! {
        #[test]
        fn a_client_id_never_needs_encoding(text in "[A-Za-z0-9._~:-]{0,140}|.{0,40}") {
            if ClientId::parse(&text).is_some() {
                prop_assert!((1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"/?#&=%\"'<>".contains(&byte)));
            }
        }
    }
}
