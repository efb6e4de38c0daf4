//! Which account a `sub` belongs to.

use super::account;
use crate::backends::stores;

#[tokio::test]
async fn a_subject_is_known_as_the_account_that_it_was_told_for_first() {
    for backend in stores().await {
        let (me, other) = (account(1).id, account(2).id);
        assert_eq!(backend.store.account_of_subject("sub").await.unwrap(), None, "{}", backend.name);
        for account in [me, me, other] {
            let mut tx = backend.store.write().await.unwrap();
            tx.know_subject("sub", account).await.unwrap();
            tx.save().await.unwrap();
        }
        assert_eq!(backend.store.account_of_subject("sub").await.unwrap(), Some(me), "{}", backend.name);
        assert_eq!(backend.store.account_of_subject("Sub").await.unwrap(), None, "{}", backend.name);
    }
}
