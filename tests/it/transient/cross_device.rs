//! Cross-device requests: found by two names, decided once.

use super::{free, pushed, winners};
use crate::backends::transients;
use crate::store::at;
use panjereh::identity::id::{AccountId, ApprovalId};
use panjereh::oidc::cross_device::device::UserCode;
use panjereh::records::cross_device::{CrossDeviceRequest, CrossDeviceWay, Decision, Pace};
use panjereh::secret::TokenHash;

fn asked(name: &str, code: &str) -> CrossDeviceRequest {
    let way = CrossDeviceWay::Device(UserCode::parse(code).unwrap());
    CrossDeviceRequest { name: TokenHash::of(name), way, request: pushed().request, expires_at: at(600) }
}

#[tokio::test]
async fn a_request_is_found_by_its_client_and_by_a_person_until_it_expires() {
    for backend in transients().await {
        let (transient, asked) = (&backend.transient, asked("device code", "WDJB-MJHT"));
        let (name, person) = (asked.name, asked.way.handle());
        assert_eq!(transient.cross_device(&name, at(0)).await.unwrap(), None, "{}", backend.name);
        assert!(transient.put_cross_device(&asked, free(4000), at(0)).await.unwrap());
        assert_eq!(transient.cross_device(&name, at(1)).await.unwrap().as_ref(), Some(&asked), "{}", backend.name);
        assert_eq!(transient.cross_device_waiting(&person, at(599)).await.unwrap().as_ref(), Some(&asked), "{}", backend.name);
        assert_eq!(transient.cross_device_waiting(&person, at(600)).await.unwrap(), None, "{}", backend.name);
        assert_eq!(
            transient.cross_device(&name, at(3999)).await.unwrap().as_ref(),
            Some(&asked),
            "its client hears that it expired"
        );
        assert!(transient.right_to_decide(&person, at(600)).await.unwrap().is_none(), "{}", backend.name);
        transient.end_cross_device(&name, at(3999)).await.unwrap();
        assert_eq!(transient.cross_device(&name, at(3999)).await.unwrap(), None, "{}", backend.name);
    }
}

#[tokio::test]
async fn two_devices_never_show_one_code_at_the_same_time() {
    for backend in transients().await {
        let (transient, one, two) = (&backend.transient, asked("one", "WDJB-MJHT"), asked("two", "WDJB-MJHT"));
        assert!(transient.put_cross_device(&one, free(4000), at(0)).await.unwrap());
        assert!(!transient.put_cross_device(&two, free(4000), at(1)).await.unwrap(), "{}", backend.name);
        assert_eq!(transient.cross_device(&two.name, at(1)).await.unwrap(), None, "{}", backend.name);
        assert_eq!(transient.cross_device_waiting(&two.way.handle(), at(1)).await.unwrap(), Some(one), "{}", backend.name);
        let later = CrossDeviceRequest { expires_at: at(1200), ..two };
        assert!(transient.put_cross_device(&later, free(4000), at(600)).await.unwrap(), "{}", backend.name);
        assert_eq!(transient.cross_device_waiting(&later.way.handle(), at(601)).await.unwrap(), Some(later), "{}", backend.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixteen_concurrent_decisions_one_counts() {
    for backend in transients().await {
        let (transient, asked) = (&backend.transient, asked("device code", "WDJB-MJHT"));
        let (name, person) = (asked.name, asked.way.handle());
        assert!(transient.put_cross_device(&asked, free(4000), at(0)).await.unwrap());
        assert_eq!(transient.decision(&name, at(1)).await.unwrap(), None, "{}", backend.name);
        let decide = move |t: panjereh::transient::Transient| async move {
            let Some(right) = t.right_to_decide(&person, at(1)).await.unwrap() else { return false };
            t.decide_cross_device(right, &Decision::Refused, at(9000), at(1)).await.unwrap();
            true
        };
        assert_eq!(winners(transient, decide).await, 1, "{}", backend.name);
        assert_eq!(transient.decision(&name, at(2)).await.unwrap(), Some(Decision::Refused), "{}", backend.name);
        assert_eq!(transient.cross_device_waiting(&person, at(2)).await.unwrap(), None, "{}", backend.name);
    }
}

#[tokio::test]
async fn a_right_to_decide_that_was_lost_in_a_crash_leaves_the_request_undecided_until_it_expires() {
    for backend in transients().await {
        let (transient, asked) = (&backend.transient, asked("device code", "WDJB-MJHT"));
        let (name, person) = (asked.name, asked.way.handle());
        assert!(transient.put_cross_device(&asked, free(4000), at(0)).await.unwrap());
        assert!(transient.right_to_decide(&person, at(1)).await.unwrap().is_some(), "{}", backend.name);
        assert!(
            transient.right_to_decide(&person, at(2)).await.unwrap().is_none(),
            "{}: no other decision gets it",
            backend.name
        );
        assert_eq!(transient.decision(&name, at(2)).await.unwrap(), None, "{}", backend.name);
        assert_eq!(transient.cross_device(&name, at(2)).await.unwrap(), Some(asked), "{}: its client waits", backend.name);
    }
}

#[tokio::test]
async fn how_often_a_client_may_poll_is_stored_until_it_expires() {
    for backend in transients().await {
        let (transient, name) = (&backend.transient, TokenHash::of("device code"));
        assert_eq!(transient.pace(&name, at(0)).await.unwrap(), None);
        let pace = Pace { not_before: at(5), too_early: 2 };
        transient.put_pace(&name, pace, at(600), at(0)).await.unwrap();
        assert_eq!(transient.pace(&name, at(599)).await.unwrap(), Some(pace), "{}", backend.name);
        assert_eq!(transient.pace(&name, at(600)).await.unwrap(), None, "{}", backend.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_person_s_list_has_eight_places_and_each_is_taken_by_one() {
    for backend in transients().await {
        let (transient, account) = (&backend.transient, AccountId::from_bytes([7; 16]));
        let approval = |number: u8| ApprovalId::from_bytes([number; 16]);
        assert_eq!(transient.approvals_in_slots(account, at(0)).await.unwrap(), [], "{}", backend.name);
        let sit = move |t: panjereh::transient::Transient| async move {
            t.take_slot(account, approval(1), at(300), at(0)).await.unwrap().is_some()
        };
        assert_eq!(winners(transient, sit).await, 8, "{}", backend.name);
        assert_eq!(transient.approvals_in_slots(account, at(1)).await.unwrap(), [approval(1); 8], "{}", backend.name);
        assert_eq!(transient.approvals_in_slots(AccountId::from_bytes([8; 16]), at(1)).await.unwrap(), []);
        transient.free_slot(account, 3).await.unwrap();
        assert_eq!(transient.approvals_in_slots(account, at(1)).await.unwrap().len(), 7, "{}", backend.name);
        assert_eq!(transient.take_slot(account, approval(2), at(400), at(1)).await.unwrap(), Some(3), "{}", backend.name);
        assert_eq!(transient.approvals_in_slots(account, at(300)).await.unwrap(), [approval(2)], "the others have expired");
        assert_eq!(transient.take_slot(account, approval(3), at(600), at(300)).await.unwrap(), Some(0), "{}", backend.name);
    }
}
