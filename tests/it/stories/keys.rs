//! Signing keys change without an effect on clients: they are published before they sign, and as long as their signatures may be
//! used.

use crate::world::tokens::{Tokens, claims_signed_by};
use crate::world::{World, master, on_both_backends};
use panjereh::client::words::SigningAlg;
use panjereh::crypto::jose::sign::sign;
use panjereh::crypto::keyring::{KeyRecord, Keyring, TYP_ACCESS_TOKEN, TYP_JWT};
use panjereh::crypto::rotation::{RotationRule, plan_rotation};
use panjereh::random::Random;
use panjereh::time::Timestamp;
use serde_json::json;
use std::time::Duration;

on_both_backends! {
    a_new_key_is_published_a_day_before_it_signs_and_the_old_one_stays_published,
    the_published_keys_hold_no_private_half,
}

#[test]
fn what_is_signed_under_each_algorithm_verifies_in_a_second_implementation() {
    let now = Timestamp::from_seconds(1_800_000_000);
    let record = |alg| KeyRecord::generate(alg, &master(), &Random::seeded(1), now, now).unwrap();
    let ring = Keyring::open(&SigningAlg::ALL.map(record), &master()).unwrap();
    let claims = json!({ "sub": "somebody", "exp": now.seconds() + 600 });
    for alg in SigningAlg::ALL {
        for typ in [TYP_JWT, TYP_ACCESS_TOKEN] {
            let token = sign(&ring, alg, typ, &claims, now).unwrap();
            assert_eq!(claims_signed_by(&ring.jwks_json(now), &token), claims, "{alg:?}");
            let header = jsonwebtoken::decode_header(&token).unwrap();
            assert_eq!((format!("{:?}", header.alg), header.typ.as_deref()), (alg.name().to_owned(), Some(typ)));
        }
    }
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
    // Signatures that the old key made a second ago are still valid, for agencies and for us.
    tax.verified(&before).await;
    assert_eq!(tax.userinfo(&before.access_token).await.status, 200);
    let hint = format!("/logout?id_token_hint={}", before.id_token);
    assert_eq!(browser.open(&hint).await.status(), 200);

    world.pass(Duration::from_hours(25) - Duration::from_secs(1));
    assert!(published(world).await.contains(&old));
    world.pass(Duration::from_secs(1));
    assert!(!published(world).await.contains(&old));
    // OpenID Connect Core §3.1.2.1, RP-Initiated Logout §2: a hint may be older than the published keys.
    assert_eq!(browser.open(&hint).await.status(), 200);
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
