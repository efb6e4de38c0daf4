//! The sign-out request (OpenID Connect RP-Initiated Logout 1.0 §2): every answer is a page.

use super::Told::{Good, Page};
use super::{Parameter, Told, pairs, rows_of_any, world};
use crate::world::html::encode;

const BAD: Told = Page("refusal-bad-request-title");
const NOT_THERE: Told = Page("refusal-bad-redirect-title");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_parameter_of_a_sign_out_request() {
    let world = world().await;
    let tax = world.agency("tax").await;
    world.agency("health").await;
    let (_, mut browser, tokens) = world.signed_in(&tax, "openid").await;
    let plain = |name, good| Parameter {
        name,
        section: "RP-Initiated Logout 2",
        good,
        missing: Good,
        empty: Good,
        twice: BAD,
        long: (512, BAD),
        wrong: &[],
    };
    let table = [
        Parameter { long: (8192, Good), wrong: &[("x", Good), ("e30.e30.", Good)], ..plain("id_token_hint", "") },
        Parameter { long: (512, Good), wrong: &[("<b>", Good)], ..plain("logout_hint", "somebody") },
        Parameter {
            long: (128, Good),
            wrong: &[("health", NOT_THERE), ("nobody", NOT_THERE), ("ta x", Good)],
            ..plain("client_id", "tax")
        },
        Parameter {
            long: (2048, BAD),
            wrong: &[
                ("x", NOT_THERE),
                ("https://tax.example/callback", NOT_THERE),
                ("https://tax.example/bye/", NOT_THERE),
                ("https://TAX.example/bye", NOT_THERE),
            ],
            ..plain("post_logout_redirect_uri", "")
        },
        Parameter { long: (20_000, Good), wrong: &[("ü&=#", Good), ("a\nb", BAD)], ..plain("state", "s") },
        Parameter { long: (2048, Good), wrong: &[("!", Good)], ..plain("ui_locales", "fa") },
    ];
    let good = pairs(&[
        ("id_token_hint", &tokens.id_token),
        ("client_id", "tax"),
        ("post_logout_redirect_uri", "https://tax.example/bye"),
    ]);
    for row in table.iter().flat_map(|parameter| parameter.rows(&good)).chain(rows_of_any(&good)) {
        for by_form in [false, true] {
            if by_form {
                browser.post_from_an_agency("/logout", encode(&row.pairs)).await;
            } else {
                browser.open(&format!("/logout?{}", encode(&row.pairs))).await;
            }
            assert_eq!(browser.page.left_for, None, "{}: no browser is sent anywhere before the person confirms", row.label);
            let (status, key) = match row.told {
                Good => (200, "logout-title"),
                Page(key) => (400, key),
                Told::Error(_) => (400, "refusal-bad-request-title"),
            };
            assert_eq!(browser.page.status().as_u16(), status, "{}", row.label);
            assert!(browser.page.says(key), "{}: {}", row.label, browser.page.words());
            assert_eq!(browser.page.answer.header("cache-control"), "no-store", "{}", row.label);
        }
    }
    tax.silently(&mut browser, "openid").await;
}
