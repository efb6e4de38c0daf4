//! Signing keys change without anybody noticing: published before they sign, and as long as something they signed may be used.

use crate::world::tokens::Tokens;
use crate::world::{World, master, on_both_backends};
use panjereh::crypto::rotation::{RotationRule, plan_rotation};
use panjereh::oidc::client::SigningAlg;
use panjereh::random::Random;
use std::time::Duration;

on_both_backends! {
    a_new_key_is_published_a_day_before_it_signs_and_the_old_one_stays_published,
    the_published_keys_hold_no_private_half,
}

/// What `panjereh keys rotate` does.
async fn rotate(world: &World) -> String {
    let records = world.app.store.keys().await.unwrap();
    let plan = plan_rotation(&records, SigningAlg::ES256, &RotationRule::default(), world.now()).unwrap();
    let made = plan.make_key(&master(), &Random::seeded(3), world.now()).unwrap();
    let mut tx = world.app.store.write().await.unwrap();
    tx.insert_key(&made).await.unwrap();
    for key in &plan.retiring {
        tx.update_key_times(key).await.unwrap();
    }
    tx.save().await.unwrap();
    world.refresh().await;
    made.kid
}

async fn published(world: &World) -> Vec<String> {
    let jwks = world.get("/jwks").await.json();
    jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn signer(tokens: &Tokens) -> String {
    jsonwebtoken::decode_header(&tokens.id_token).unwrap().kid.unwrap()
}

async fn a_new_key_is_published_a_day_before_it_signs_and_the_old_one_stays_published(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, tokens) = world.signed_in(&tax, "openid offline_access").await;
    let old = signer(&tokens);
    let new = rotate(world).await;
    assert_ne!(old, new);

    world.pass(Duration::from_hours(24) - Duration::from_secs(1));
    let before = Tokens::of(&tax.refresh(tokens.refresh()).await);
    assert_eq!(signer(&before), old);
    assert!(published(world).await.contains(&old) && published(world).await.contains(&new));

    world.pass(Duration::from_secs(1));
    let after = Tokens::of(&tax.refresh(before.refresh()).await);
    assert_eq!(signer(&after), new);
    tax.verified(&after).await;
    // What the old one signed a second ago is still good, for agencies and for ourselves.
    tax.verified(&before).await;
    assert_eq!(tax.userinfo(&before.access_token).await.status, 200);
    let hint = format!("/logout?id_token_hint={}", before.id_token);
    assert_eq!(browser.open(&hint).await.status(), 200);

    world.pass(Duration::from_hours(25) - Duration::from_secs(1));
    assert!(published(world).await.contains(&old));
    world.pass(Duration::from_secs(1));
    assert!(!published(world).await.contains(&old));
    assert_eq!(browser.open(&hint).await.status(), 400);
}

async fn the_published_keys_hold_no_private_half(world: &World) {
    let jwks = world.get("/jwks").await.json();
    let keys = jwks["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 4);
    for key in keys {
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(key.get(private).is_none(), "{private}");
        }
        assert_eq!(key["use"], "sig");
        assert!(key["kid"].is_string() && key["alg"].is_string());
    }
}
