//! The `openidconnect` crate, which parses and verifies everything by itself, against the provider in this process.

use crate::world::agency::Agency;
use crate::world::browser::Browser;
use crate::world::{ISSUER, World, on_both_backends};
use axum::body::Body;
use axum::http::Request;
use openidconnect::core::{CoreClient, CoreIdToken, CoreResponseType, CoreTokenResponse, CoreUserInfoClaims};
use openidconnect::{
    AccessTokenHash, AuthenticationFlow, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse,
    IssuerUrl, LogoutRequest, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PostLogoutRedirectUrl,
    ProviderMetadataWithLogout, RedirectUrl, RefreshToken, Scope, SubjectIdentifier, TokenResponse as _,
};
use panjereh::client::words::TokenEndpointAuthMethod;

on_both_backends! {
    the_openidconnect_crate_signs_in_calls_userinfo_refreshes_and_signs_out,
}

/// Carries a request of the crate into the process.
async fn carry(world: &World, request: HttpRequest) -> Result<HttpResponse, std::io::Error> {
    let (parts, body) = request.into_parts();
    let answer = world.send(Request::from_parts(parts, Body::from(body))).await;
    let mut response = axum::http::Response::new(answer.body.to_vec());
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    Ok(response)
}

/// The address to which the crate sends a person who signs out.
fn way_out(provider: &ProviderMetadataWithLogout, agency: &Agency<'_>, id_token: &CoreIdToken) -> String {
    let end = provider.additional_metadata().end_session_endpoint.clone().unwrap();
    let home = PostLogoutRedirectUrl::new(agency.client.post_logout_redirect_uris[0].clone()).unwrap();
    LogoutRequest::from(end).set_id_token_hint(id_token).set_post_logout_redirect_uri(home).http_get_url().to_string()
}

async fn the_openidconnect_crate_signs_in_calls_userinfo_refreshes_and_signs_out(world: &World) {
    // The crate reads the clock of the machine, and this world has a clock of its own.
    world.pass(panjereh::time::Clock::System.now().since(world.now()));
    // With its secret in either place, and without any: the crate has no other method.
    let basic = world.agency("tax").await;
    let post = world.agency_with("post", |client| client.auth_method = TokenEndpointAuthMethod::ClientSecretPost).await;
    let public = world.agency_with("public", |client| client.auth_method = TokenEndpointAuthMethod::None).await;
    let (_, mut browser, _) = world.signed_in(&basic, "openid").await;
    for (agency, secret) in [(basic, true), (post, true), (public, false)] {
        let http = |request| carry(world, request);
        let issuer = IssuerUrl::new(ISSUER.to_owned()).unwrap();
        let provider = ProviderMetadataWithLogout::discover_async(issuer, &http).await.unwrap();
        let secret = secret.then(|| ClientSecret::new(agency.secret.clone()));
        let back = RedirectUrl::new(agency.client.redirect_uris[0].clone()).unwrap();
        let client = CoreClient::from_provider_metadata(provider.clone(), ClientId::new(agency.client.id.to_string()), secret)
            .set_redirect_uri(back);
        let client = match agency.client.auth_method {
            TokenEndpointAuthMethod::ClientSecretPost => client.set_auth_type(openidconnect::AuthType::RequestBody),
            _ => client,
        };

        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state, nonce) = client
            .authorize_url(AuthenticationFlow::<CoreResponseType>::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
            .add_scopes(["profile", "national_id", "offline_access"].map(|scope| Scope::new(scope.to_owned())))
            .set_pkce_challenge(challenge)
            .url();
        let answer = comes_back(&mut browser, url.as_str()).await;
        assert_eq!((answer("state").as_str(), answer("iss").as_str()), (state.secret().as_str(), ISSUER));
        let code = AuthorizationCode::new(answer("code"));
        let request = client.exchange_code(code).unwrap().set_pkce_verifier(verifier);
        let tokens: CoreTokenResponse = request.request_async(&http).await.unwrap();
        let id_token: &CoreIdToken = tokens.id_token().unwrap();
        let claims = id_token.claims(&client.id_token_verifier(), &nonce).unwrap().clone();
        let subject = claims.subject().clone();
        let verifier = client.id_token_verifier();
        let key = id_token.signing_key(&verifier).unwrap();
        let hash = AccessTokenHash::from_token(tokens.access_token(), id_token.signing_alg().unwrap(), key).unwrap();
        assert_eq!(claims.access_token_hash(), Some(&hash));

        let known = |token: &openidconnect::AccessToken, subject: &SubjectIdentifier| {
            client.user_info(token.clone(), Some(subject.clone())).unwrap()
        };
        let info: CoreUserInfoClaims = known(tokens.access_token(), &subject).request_async(&http).await.unwrap();
        assert!(info.given_name().is_some());
        let refresh = RefreshToken::new(tokens.refresh_token().unwrap().secret().clone());
        let fresh: CoreTokenResponse = client.exchange_refresh_token(&refresh).unwrap().request_async(&http).await.unwrap();
        // A client that authenticates keeps its own.
        assert_eq!(fresh.refresh_token().unwrap().secret() == refresh.secret(), !agency.client.is_public());
        let again: CoreUserInfoClaims = known(fresh.access_token(), &subject).request_async(&http).await.unwrap();
        assert_eq!(again.subject(), &subject);

        browser.open(&way_out(&provider, &agency, id_token)).await.must(200, "logout-title");
        if agency.client.is_public() {
            let form = browser.page.form("/logout/confirm").press("logout-confirm");
            assert!(browser.submit(form).await.left_for().starts_with(&agency.client.post_logout_redirect_uris[0]));
            // What was allowed for offline access outlasts the session (Back-Channel Logout 1.0 2.7).
            let _: CoreUserInfoClaims = known(fresh.access_token(), &subject).request_async(&http).await.unwrap();
            // Used twice: one of the two has stolen it.
            client.exchange_refresh_token(&refresh).unwrap().request_async(&http).await.unwrap_err();
        }
    }
}

/// Goes through all pages back to the client; returns the parameters of its address.
async fn comes_back(browser: &mut Browser<'_>, url: &str) -> impl Fn(&str) -> String + use<> {
    browser.open(url).await;
    if browser.page.left_for.is_none() {
        browser.allow().await;
    }
    let back = url::Url::parse(browser.page.left_for()).unwrap();
    move |name| back.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
}
