//! What a relying party does, on the `openidconnect` crate, which shares no code with the provider (OpenID Connect Core §3.1).
//!
//! Begin: discovery, then an authorization request with `state`, `nonce` and PKCE S256. Finish: code for tokens, the ID token
//! verified, UserInfo asked for the same subject. This is how an agency's own developer would write it.

use crate::client::metadata::ClientSecret;
use crate::client::words::ClientId;
use crate::random::Random;
use arc_swap::ArcSwapOption;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim,
    CoreGrantType, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm,
    CoreResponseMode, CoreResponseType, CoreRevocableToken, CoreRevocationErrorResponse, CoreSubjectIdentifierType,
    CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, AdditionalProviderMetadata, AsyncHttpClient, AuthenticationFlow, AuthorizationCode,
    ClaimsVerificationError, CsrfToken, DeviceAuthorizationUrl, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, IdToken, IdTokenClaims, IdTokenFields, IssuerUrl, LanguageTag,
    LogoutProviderMetadata, LogoutRequest, Nonce, NonceVerifier, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier,
    PostLogoutRedirectUrl, ProviderMetadata, RedirectUrl, Scope, StandardErrorResponse, StandardTokenResponse, TokenResponse,
    UserInfoClaims,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Claims beyond the standard ones: `national_id`, `age_over_18`, `sid`, …
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct OwnClaims(Map<String, Value>);
impl AdditionalClaims for OwnClaims {}

pub(crate) type OwnIdToken = IdToken<OwnClaims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;
pub(crate) type OwnTokens = StandardTokenResponse<
    IdTokenFields<OwnClaims, EmptyExtraTokenFields, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>,
    CoreTokenType,
>;
pub(crate) type OidcClient = openidconnect::Client<
    OwnClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    OwnTokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Metadata of the provider beyond OpenID Connect Discovery and RP-Initiated Logout (RFC 8628 §4).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct DeviceMetadata {
    pub(crate) device_authorization_endpoint: Option<DeviceAuthorizationUrl>,
}
impl AdditionalProviderMetadata for DeviceMetadata {}

pub(crate) type Provider = ProviderMetadata<
    LogoutProviderMetadata<DeviceMetadata>,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// How often discovery is tried, and the pause between two attempts: the provider may start in the same moment as this agency.
const DISCOVERY_TRIES: u32 = 10;
const DISCOVERY_PAUSE: Duration = Duration::from_millis(200);
/// The longest that one call to the provider may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// The registration of a relying party.
#[derive(Debug, Clone)]
pub(crate) struct Registration {
    /// The provider's issuer identifier.
    pub(crate) issuer: String,
    /// `client_id`.
    pub(crate) client_id: ClientId,
    /// The secret of `client_secret_basic`.
    pub(crate) client_secret: ClientSecret,
    /// The one redirect URI.
    pub(crate) redirect_uri: String,
    /// Where the provider sends the browser after a logout.
    pub(crate) post_logout_redirect_uri: String,
    /// Scopes it asks for besides `openid`.
    pub(crate) scopes: &'static [&'static str],
}

/// A sign-in that has begun and has not finished.
#[derive(Debug, Clone)]
pub(crate) struct Begun {
    /// `state`: ties the answer to this sign-in.
    pub(crate) state: String,
    nonce: Nonce,
    verifier: Arc<PkceCodeVerifier>,
}

/// A finished sign-in: everything in it was verified.
#[derive(Clone)]
pub(crate) struct SignedIn {
    /// The verified claims of the ID token.
    pub(crate) id_token: Map<String, Value>,
    /// The claims that UserInfo gave for the same subject.
    pub(crate) user_info: Map<String, Value>,
    raw_id_token: OwnIdToken,
}

/// Why a relying party could not begin or finish.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RelyingError {
    /// The provider does not answer, or not in its protocol.
    #[error("the provider cannot be reached: {0}")]
    Unreachable(String),
    /// The token endpoint refused: an error code of RFC 6749 §5.2.
    #[error("the token endpoint refused: {0}")]
    Refused(String),
    /// The answer could not be verified.
    #[error("the answer cannot be trusted: {0}")]
    Untrusted(String),
}

/// A failed call over HTTP.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// The request failed.
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    /// The response could not be built.
    #[error(transparent)]
    Answer(#[from] http::Error),
}

/// One registered application of an agency.
pub(crate) struct RelyingParty {
    registration: Registration,
    http: Http,
    random: Random,
    /// Discovered at the first sign-in, and again when a token is signed by an unknown key.
    provider: ArcSwapOption<Provider>,
}

impl RelyingParty {
    /// A relying party that has not contacted its provider yet.
    pub(crate) fn new(registration: Registration, random: Random) -> Result<Self, CallError> {
        // These calls carry tokens: a redirect is not followed.
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(CALL_TIMEOUT).build()?;
        Ok(Self { registration, http: Http(http), random, provider: ArcSwapOption::empty() })
    }

    /// Where to send the browser, and what to remember until it comes back (OpenID Connect Core §3.1.2.1, RFC 7636 §4.3).
    pub(crate) async fn begin(&self, language: Option<&str>) -> Result<(Url, Begun), RelyingError> {
        let client = self.client(&*self.provider().await?)?;
        let verifier = PkceCodeVerifier::new(self.random.token().expose().clone());
        let state = CsrfToken::new(self.random.token().expose().clone());
        let nonce = Nonce::new(self.random.token().expose().clone());
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        let begun = Begun { state: state.secret().clone(), nonce: nonce.clone(), verifier: Arc::new(verifier) };
        let mut request = client
            .authorize_url(AuthenticationFlow::<CoreResponseType>::AuthorizationCode, || state, || nonce)
            .add_scopes(self.registration.scopes.iter().map(|scope| Scope::new((*scope).to_owned())))
            .set_pkce_challenge(challenge);
        if let Some(language) = language {
            request = request.add_ui_locale(LanguageTag::new(language.to_owned()));
        }
        let (url, _, _) = request.url();
        Ok((url, begun))
    }

    /// RFC 9207 §2.4: an answer from another issuer is a mix-up attack, and our provider always sends `iss`.
    pub(crate) fn check_issuer(&self, iss: Option<&str>) -> Result<(), RelyingError> {
        if iss == Some(self.registration.issuer.as_str()) {
            return Ok(());
        }
        Err(RelyingError::Untrusted("the response does not come from our issuer (iss)".to_owned()))
    }

    /// The code for tokens, the tokens verified, UserInfo for the same subject (OpenID Connect Core §3.1.3, §5.3).
    pub(crate) async fn finish(&self, code: &str, begun: Begun) -> Result<SignedIn, RelyingError> {
        let provider = self.provider().await?;
        let verifier = PkceCodeVerifier::new(begun.verifier.secret().clone());
        let client = self.client(&provider)?;
        let tokens = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(untrusted)?
            .set_pkce_verifier(verifier)
            .request_async(&self.http)
            .await
            .map_err(token_error)?;
        self.accept(provider, &tokens, Some(&begun.nonce)).await
    }

    /// Accepts tokens from the token endpoint after everything about them was verified. There is no nonce if they did not begin
    /// with an authorization request of a browser.
    pub(crate) async fn accept(
        &self,
        mut provider: Arc<Provider>,
        tokens: &OwnTokens,
        nonce: Option<&Nonce>,
    ) -> Result<SignedIn, RelyingError> {
        let expected = |given: Option<&Nonce>| nonce.map_or(Ok(()), |nonce| nonce.verify(given));
        let id_token = tokens.id_token().ok_or_else(|| untrusted("there is no ID token"))?;
        let claims = match id_token.claims(&self.client(&provider)?.id_token_verifier(), expected) {
            // The provider may have rotated its key: fetch the keys once more, then decide.
            Err(ClaimsVerificationError::SignatureVerification(_)) => {
                provider = self.discover().await?;
                id_token.claims(&self.client(&provider)?.id_token_verifier(), expected).cloned()
            }
            verdict => verdict.cloned(),
        }
        .map_err(untrusted)?;
        let client = self.client(&provider)?;
        check_access_token(&client, id_token, &claims, tokens)?;
        let user_info = self.user_info(&client, tokens, &claims).await?;
        Ok(SignedIn { id_token: as_map(&claims), user_info: as_map(&user_info), raw_id_token: id_token.clone() })
    }

    async fn user_info(
        &self,
        client: &OidcClient,
        tokens: &OwnTokens,
        claims: &IdTokenClaims<OwnClaims, CoreGenderClaim>,
    ) -> Result<UserInfoClaims<OwnClaims, CoreGenderClaim>, RelyingError> {
        // With the expected subject: OpenID Connect Core §5.3.2 wants `sub` compared.
        let request = client.user_info(tokens.access_token().clone(), Some(claims.subject().clone())).map_err(untrusted)?;
        request.request_async(&self.http).await.map_err(untrusted)
    }

    /// Where to send the browser to end the provider's session too (OpenID Connect RP-Initiated Logout 1.0 §2).
    pub(crate) async fn log_out(&self, visit: &SignedIn, language: Option<&str>) -> Result<Url, RelyingError> {
        let provider = self.provider().await?;
        let end = provider.additional_metadata().end_session_endpoint.clone();
        let end = end.ok_or_else(|| untrusted("the provider has no end_session_endpoint"))?;
        let back = PostLogoutRedirectUrl::new(self.registration.post_logout_redirect_uri.clone()).map_err(untrusted)?;
        let request = LogoutRequest::from(end).set_id_token_hint(&visit.raw_id_token).set_post_logout_redirect_uri(back);
        Ok(match language {
            Some(language) => request.add_ui_locale(LanguageTag::new(language.to_owned())).http_get_url(),
            None => request.http_get_url(),
        })
    }

    pub(crate) const fn http(&self) -> &Http {
        &self.http
    }

    pub(crate) const fn registration(&self) -> &Registration {
        &self.registration
    }

    pub(crate) async fn provider(&self) -> Result<Arc<Provider>, RelyingError> {
        match self.provider.load_full() {
            Some(provider) => Ok(provider),
            None => self.discover().await,
        }
    }

    /// OpenID Connect Discovery §4; the crate compares the document's issuer with ours (§4.3) and fetches the keys.
    pub(crate) async fn discover(&self) -> Result<Arc<Provider>, RelyingError> {
        let issuer = IssuerUrl::new(self.registration.issuer.clone()).map_err(untrusted)?;
        let mut tries = 1;
        loop {
            match Provider::discover_async(issuer.clone(), &self.http).await {
                Ok(provider) => {
                    let provider = Arc::new(provider);
                    self.provider.store(Some(Arc::clone(&provider)));
                    return Ok(provider);
                }
                Err(error) if tries == DISCOVERY_TRIES => return Err(RelyingError::Unreachable(error.to_string())),
                Err(_) => tries += 1,
            }
            tokio::time::sleep(DISCOVERY_PAUSE).await;
        }
    }

    pub(crate) fn client(&self, provider: &Provider) -> Result<OidcClient, RelyingError> {
        let id = openidconnect::ClientId::new(self.registration.client_id.as_str().to_owned());
        let secret = openidconnect::ClientSecret::new(self.registration.client_secret.expose().clone());
        let redirect = RedirectUrl::new(self.registration.redirect_uri.clone()).map_err(untrusted)?;
        Ok(OidcClient::from_provider_metadata(provider.clone(), id, Some(secret)).set_redirect_uri(redirect))
    }
}

/// If the ID token has an `at_hash`, it must be that of the access token (OpenID Connect Core §3.1.3.8).
fn check_access_token(
    client: &OidcClient,
    id_token: &OwnIdToken,
    claims: &IdTokenClaims<OwnClaims, CoreGenderClaim>,
    tokens: &OwnTokens,
) -> Result<(), RelyingError> {
    let Some(expected) = claims.access_token_hash() else { return Ok(()) };
    let alg = id_token.signing_alg().map_err(untrusted)?;
    let verifier = client.id_token_verifier();
    let key = id_token.signing_key(&verifier).map_err(untrusted)?;
    let actual = AccessTokenHash::from_token(tokens.access_token(), alg, key).map_err(untrusted)?;
    if actual == *expected { Ok(()) } else { Err(untrusted("the access token is not the one the ID token names (at_hash)")) }
}

/// The HTTP client for the crate: our own, so that the crate brings no second TLS stack.
pub(crate) struct Http(reqwest::Client);

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = CallError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, CallError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let answer = self.0.execute(request.try_into()?).await?;
            let mut response = http::Response::builder().status(answer.status());
            for (name, value) in answer.headers() {
                response = response.header(name, value);
            }
            Ok(response.body(answer.bytes().await?.to_vec())?)
        })
    }
}

fn token_error<E: std::error::Error + 'static>(
    error: openidconnect::RequestTokenError<E, StandardErrorResponse<CoreErrorResponseType>>,
) -> RelyingError {
    match error {
        openidconnect::RequestTokenError::ServerResponse(refusal) => RelyingError::Refused(refusal.error().to_string()),
        openidconnect::RequestTokenError::Request(error) => RelyingError::Unreachable(error.to_string()),
        other => untrusted(other),
    }
}

pub(crate) fn untrusted(why: impl std::fmt::Display) -> RelyingError {
    RelyingError::Untrusted(why.to_string())
}

fn as_map(claims: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(claims) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_a_choice_of_language_is_passed_on_to_the_provider() {
        let registration = Registration {
            issuer: "http://localhost:8080".to_owned(),
            client_id: ClientId::parse("tax-office").expect("an id"),
            client_secret: ClientSecret::new("secret".to_owned()),
            redirect_uri: "http://localhost:8081/callback".to_owned(),
            post_logout_redirect_uri: "http://localhost:8081/".to_owned(),
            scopes: &[],
        };
        let party = RelyingParty::new(registration, Random::seeded(1)).expect("a client");
        let metadata = serde_json::json!({
            "issuer": "http://localhost:8080",
            "authorization_endpoint": "http://localhost:8080/authorize",
            "token_endpoint": "http://localhost:8080/token",
            "jwks_uri": "http://localhost:8080/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
        });
        party.provider.store(Some(Arc::new(serde_json::from_value(metadata).expect("metadata"))));
        let asked = async |language| {
            let (url, _) = party.begin(language).await.expect("a URL");
            url.query_pairs().find(|(name, _)| name == "ui_locales").map(|(_, tags)| tags.into_owned())
        };
        assert_eq!(asked(None).await, None, "then the provider asks the browser, and its own reader");
        assert_eq!(asked(Some("en")).await.as_deref(), Some("en"));
    }
}
