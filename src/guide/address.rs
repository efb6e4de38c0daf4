//! Where the pages of the guide are.

use crate::oidc::paths;

/// The name of the first page, which is served at the address of the guide itself.
pub(crate) const FIRST: &str = "README";

/// The address of a page under the issuer.
pub(crate) fn uri(name: &str) -> String {
    if name == FIRST { paths::DEVELOPERS.to_owned() } else { format!("{}/{name}", paths::DEVELOPERS) }
}
