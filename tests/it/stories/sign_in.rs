//! Signing in with a password and a second factor, or with a passkey.

use crate::world::{World, on_both_backends};

on_both_backends! {
    a_citizen_signs_in_with_password_and_code,
}

async fn a_citizen_signs_in_with_password_and_code(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let mut browser = world.browser();
    let asking = tax.ask("openid");
    browser.open(&asking.url()).await.must(200, "sign-in-title");
    browser.enter_password(&citizen).await.must(200, "otp-title");
    browser.enter_code(&citizen).await.must(200, "consent-title");
    let code = asking.code(browser.allow().await);
    let (_, claims) = tax.sign_in(&asking, &code).await;
    assert_eq!(claims["auth_time"], world.now().seconds());
}
