//! Evidence of an account: sealed and written in the transaction of the act that obtained it.

use crate::app::App;
use crate::app::unavailable::Unavailable;
use crate::identity::id::AccountId;
use crate::records::evidence::{Evidence, Proof};

/// The evidence of an account as it is stored: the statement that it rests on is sealed.
pub(crate) fn sealed(app: &App, account: AccountId, proof: &Proof) -> Result<Evidence, Unavailable> {
    let detail = proof.provenance.as_ref().map(serde_json::to_vec).transpose();
    let detail = detail.map_err(|error| Unavailable::Worker(error.to_string()))?;
    let sealed = detail.map(|detail| app.seals.evidence.seal(&app.random, &detail));
    Ok(Evidence { account, kind: proof.kind, at: proof.at, source: proof.source.clone(), sealed })
}
