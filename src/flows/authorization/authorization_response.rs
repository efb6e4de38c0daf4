//! The authorization response: plain parameters, or the claims of a signed JWT. JARM (JWT Secured Authorization Response
//! Mode) §2.

use crate::app::App;
use crate::app::unavailable::Unavailable;
use crate::client::metadata::Client;
use crate::crypto::jose::sign::sign;
use crate::oidc::authorization::response::{AuthorizationResponse, Reply, signed_claims};
use crate::oidc::authorization::response_mode::Protection;
use crate::time::Timestamp;

/// Makes a reply ready to be sent. Errors are signed as well (JARM §2.1).
pub(crate) fn respond(app: &App, client: &Client, reply: Reply, now: Timestamp) -> Result<AuthorizationResponse, Unavailable> {
    let Reply { redirect_uri, mode, params } = reply;
    let params = match mode.protection() {
        Protection::None => params,
        Protection::Signed => {
            let alg = client.requests.response_alg.unwrap_or(client.signing_alg);
            let claims = signed_claims(&params, &client.id, now);
            vec![("response", sign(&app.keyring.load(), alg, "JWT", &claims, now)?)]
        }
    };
    Ok(AuthorizationResponse { redirect_uri, carrier: mode.carrier(), params })
}
