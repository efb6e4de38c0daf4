//! Wing `proofing/`: a person shows more about who they are than a registry match. What the holder of an account shows is evidence of the
//! account; what a claimant shows decides whether the account in their name is closed for theirs. Start with [`seeker`].

pub(crate) mod card;
pub(crate) mod claim;
pub(crate) mod evidence;
pub(crate) mod letter;
pub(crate) mod seeker;
