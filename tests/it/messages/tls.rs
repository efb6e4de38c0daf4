//! TLS to providers: an authority of one's own, and the certificate of this program.

use super::centre::{Centre, Mood};
use super::gateway::{Gateway, Says};
use super::{Files, deliver, embedded, number, put, smpp, state};
use crate::outbound::{Authority, anonymous};
use panjereh::records::delivery::message::MessageState::{Accepted, Queued};

/// The section of a provider file.
fn section(files: &Files, authority: &Authority, shows: bool) -> String {
    let ca = files.put("ca.pem", &authority.pem());
    let mut section = format!("[tls]\nca = {:?}\n", ca.display().to_string());
    if shows {
        let own = authority.issue("window.example");
        let certificate = files.put("own.pem", &own.certificate_pem);
        let key = files.put("own.key", &own.key.serialize_pem());
        let lines = format!("certificate = {:?}\nkey = {:?}\n", certificate.display().to_string(), key.display().to_string());
        section.push_str(&lines);
    }
    section
}

#[tokio::test]
async fn a_message_centre_behind_tls_is_trusted_by_its_authority_alone_and_sees_our_certificate() {
    let (files, authority) = (Files::new(), Authority::new());
    let centre = Centre::start_at("127.0.0.1:0", Mood::Good, Some(authority.demand(authority.issue("127.0.0.1")))).await;
    let world = embedded(&files, &[smpp("one", centre.port, &section(&files, &authority, true))]).await;
    let id = put(&world.app, &number(1), "x").await;
    deliver(&world.app).await;
    assert_eq!((state(&world.app, id).await, centre.taken().len()), (Accepted, 1));
    // Another authority, and no certificate.
    for (authority, shows) in [(&Authority::new(), true), (&authority, false)] {
        let files = Files::new();
        let world = embedded(&files, &[smpp("one", centre.port, &section(&files, authority, shows))]).await;
        let id = put(&world.app, &number(2), "x").await;
        deliver(&world.app).await;
        assert_eq!((state(&world.app, id).await, centre.taken().len()), (Queued, 1));
    }
}

#[tokio::test]
async fn a_gateway_behind_tls_is_trusted_by_its_authority_alone_and_sees_our_certificate() {
    let (files, authority) = (Files::new(), Authority::new());
    let gateway = Gateway::start_with(Says(200, "", ""), Some(authority.demand(authority.issue("127.0.0.1")))).await;
    let provider = |port: u16, section: &str| {
        format!("name = \"web\"\n[http]\nmethod = \"GET\"\nurl = \"https://127.0.0.1:{port}/send?to={{to}}\"\n{section}")
    };
    let world = embedded(&files, &[provider(gateway.port, &section(&files, &authority, true))]).await;
    let id = put(&world.app, &number(1), "x").await;
    deliver(&world.app).await;
    assert_eq!((state(&world.app, id).await, gateway.requests().len()), (Accepted, 1));
    let strange = Gateway::start_with(Says(200, "", ""), Some(anonymous(Authority::new().issue("127.0.0.1")))).await;
    let world = embedded(&files, &[provider(strange.port, &section(&files, &authority, false))]).await;
    let id = put(&world.app, &number(1), "x").await;
    deliver(&world.app).await;
    assert_eq!((state(&world.app, id).await, strange.requests().len()), (Queued, 0));
}
