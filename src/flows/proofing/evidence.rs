//! Evidence of an account: sealed and written in the transaction of the act that obtained it.

use crate::app::App;
use crate::app::unavailable::Unavailable;
use crate::flows::interaction::open::Open;
use crate::flows::proofing::claim::decided;
use crate::flows::proofing::seeker::{NotProved, Seeker};
use crate::identity::id::AccountId;
use crate::records::event::{EventKind, What};
use crate::records::evidence::{Evidence, Proof};
use crate::store::Tx;

/// The evidence of an account as it is stored: the statement that it rests on is sealed.
pub(crate) fn sealed(app: &App, account: AccountId, proof: &Proof) -> Result<Evidence, Unavailable> {
    let detail = proof.provenance.as_ref().map(serde_json::to_vec).transpose();
    let detail = detail.map_err(|error| Unavailable::Worker(error.to_string()))?;
    let sealed = detail.map(|detail| app.seals.evidence.seal(&app.random, &detail));
    Ok(Evidence { account, kind: proof.kind, at: proof.at, source: proof.source.clone(), sealed })
}

/// Adds evidence that was found right. `tx` has what makes it single use. With an account both are written or none. A claimant has none yet: what
/// makes it single use is written first, so a failure in between costs the evidence and never gives it twice.
pub(crate) async fn accept(app: &App, open: &mut Open, seeker: Seeker, proof: Proof, mut tx: Tx) -> Result<(), NotProved> {
    let now = proof.at;
    match seeker {
        Seeker::Holder(account) => {
            if tx.add_evidence(&sealed(app, account.id, &proof)?).await?.is_none() {
                return Err(NotProved::Closed);
            }
            let event = app.event(EventKind::EvidenceAdded, now).by_citizen(account.id).about(account.id);
            let event = event.at_client(&open.client.id).with(What::Evidence(proof.kind)).from(open.origin);
            tx.append_event(&event).await?;
            Ok(tx.save().await?)
        }
        Seeker::Claimant(mut applicant) => {
            tx.save().await?;
            applicant.proofs.retain(|known| known.kind != proof.kind);
            applicant.proofs.push(proof);
            let pending = decided(app, *applicant, now).await?;
            Ok(open.begin(app, pending, now).await?)
        }
    }
}
