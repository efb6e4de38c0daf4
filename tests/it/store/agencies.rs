//! What instances keep in memory: agencies, clients, signing keys, and the revision that increases with each change.

use super::{at, client_id};
use crate::backends::stores;
use panjereh::client::agency::Agency;
use panjereh::client::detail_types::{Asker, DetailType, Field, FieldKind, FieldValue, Presence, TypeName};
use panjereh::client::grant_type::GrantType;
use panjereh::client::metadata::Client;
use panjereh::client::parts::ciba::{CibaRegistration, DeliveryMode};
use panjereh::client::parts::mutual_tls::{CertificateBound, CertificateSubject, MutualTls};
use panjereh::client::parts::pages::ClientPages;
use panjereh::client::parts::protection::{ContentEncryption, Encryption, KeyManagement, Protection};
use panjereh::client::parts::request_rules::RequestRules;
use panjereh::client::parts::self_registered::{LetIn, SelfRegistered};
use panjereh::client::parts::token_policy::TokenPolicy;
use panjereh::client::resource::ResourceUri;
use panjereh::client::scope::Scope;
use panjereh::client::step_up::StepUp;
use panjereh::client::words::{ApplicationType, NonceRule, Pkce, SigningAlg, SubjectType, TokenEndpointAuthMethod};
use panjereh::crypto::keyring::KeyRecord;
use panjereh::identity::assurance::Acr;
use panjereh::secret::TokenHash;
use panjereh::text::LocalName;

pub(super) fn agency(slug: &str) -> Agency {
    Agency { slug: slug.to_owned(), name: LocalName { fa: format!("سازمان {slug}"), en: format!("Agency {slug}") } }
}

fn ciba_registration() -> CibaRegistration {
    CibaRegistration {
        delivery: DeliveryMode::Ping,
        notification_endpoint: Some("https://tax.example/ping".to_owned()),
        request_alg: Some(SigningAlg::PS256),
    }
}

fn pages() -> ClientPages {
    ClientPages {
        initiate_login: Some("https://tax.example/begin".to_owned()),
        logo: Some(LocalName { fa: "https://tax.example/fa.png".to_owned(), en: "https://tax.example/en.png".to_owned() }),
        policy: Some(LocalName { fa: "https://tax.example/policy".to_owned(), en: "https://tax.example/policy".to_owned() }),
        terms: Some(LocalName { fa: "https://tax.example/terms".to_owned(), en: "https://tax.example/terms".to_owned() }),
    }
}

fn token_policy() -> TokenPolicy {
    TokenPolicy {
        id_token_claims: true,
        resource_identifier: ResourceUri::parse("https://api.tax.example"),
        resources: ResourceUri::parse("https://api.health.example").into_iter().collect(),
        introspection_signing_alg: Some(SigningAlg::EdDSA),
        dpop_bound: true,
        dpop_nonce: NonceRule::Required,
        mutual_tls: MutualTls {
            subject: Some(CertificateSubject::SanDns("batch.tax.example".to_owned())),
            tokens: CertificateBound::Yes,
        },
        authorization_details_types: TypeName::parse("health_record").into_iter().collect(),
        details_types: vec![DetailType {
            name: TypeName::parse("tax_payment").unwrap(),
            title: LocalName { fa: "پرداخت".to_owned(), en: "Payment".to_owned() },
            asker: Asker::Client,
            fields: vec![Field {
                name: "actions".to_owned(),
                title: LocalName { fa: "کار".to_owned(), en: "May".to_owned() },
                kind: FieldKind::Texts,
                presence: Presence::Required,
                most: 2,
                values: vec![FieldValue {
                    value: "initiate".to_owned(),
                    title: LocalName { fa: "آغاز".to_owned(), en: "start".to_owned() },
                }],
            }],
        }],
        userinfo: StepUp { acr: Some(Acr::High), max_age: Some(300) },
    }
}

fn requests() -> RequestRules {
    RequestRules {
        must_be_pushed: true,
        object_alg: Some(SigningAlg::EdDSA),
        assertion_alg: Some(SigningAlg::ES256),
        default_max_age: Some(600),
        default_acr_values: vec![Acr::High, Acr::Substantial],
        require_auth_time: true,
        ..RequestRules::default()
    }
}

pub(super) fn client(id: &str, agency: &str) -> Client {
    let name = LocalName { fa: "اظهارنامه".to_owned(), en: "Tax return".to_owned() };
    Client {
        secret_hash: Some(TokenHash::of("secret")),
        auth_method: TokenEndpointAuthMethod::PrivateKeyJwt,
        jwks: Some(serde_json::json!({ "keys": [{ "kty": "OKP" }] })),
        self_registered: Some(SelfRegistered {
            access_token: TokenHash::of("token"),
            at: at(1),
            sector_identifier_uri: Some("https://tax.example/sector".to_owned()),
            let_in: LetIn::ByToken,
        }),
        application_type: ApplicationType::Native,
        redirect_uris: vec!["https://tax.example/callback?a=1&b=2".to_owned()],
        post_logout_redirect_uris: vec!["https://tax.example/bye".to_owned()],
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::ClientCredentials],
        scopes: Scope::ALL.to_vec(),
        subject_type: SubjectType::Public,
        sector: "tax.example".to_owned(),
        signing_alg: SigningAlg::PS256,
        pkce: Pkce::Optional,
        min_acr: Acr::High,
        client_uri: Some("https://tax.example".to_owned()),
        pages: pages(),
        token_policy: token_policy(),
        requests: requests(),
        ciba: ciba_registration(),
        protection: Protection {
            id_token_encryption: Some(Encryption { alg: KeyManagement::EcdhEsA256Kw, enc: ContentEncryption::A256Gcm }),
            userinfo_signing_alg: Some(SigningAlg::RS256),
            userinfo_encryption: None,
        },
        ..Client::new(client_id(id), agency, name)
    }
}

#[tokio::test]
async fn agencies_and_clients_come_back_as_declared_and_each_change_moves_the_revision() {
    for backend in stores().await {
        let store = &backend.store;
        let mut revisions = vec![store.revision().await.unwrap()];
        let mut tx = store.write().await.unwrap();
        tx.put_agency(&agency("tax")).await.unwrap();
        tx.put_agency(&Agency { slug: "health".to_owned(), ..agency("another name") }).await.unwrap();
        tx.put_agency(&agency("health")).await.unwrap();
        tx.put_client(&client("tax-return", "health")).await.unwrap();
        tx.put_client(&client("tax-return", "tax")).await.unwrap();
        tx.put_client(&client("assess", "tax")).await.unwrap();
        tx.save().await.unwrap();
        revisions.push(store.revision().await.unwrap());
        assert_eq!(store.agencies().await.unwrap(), [agency("health"), agency("tax")], "{}", backend.name);
        assert_eq!(store.clients().await.unwrap(), [client("assess", "tax"), client("tax-return", "tax")], "{}", backend.name);

        let mut tx = store.write().await.unwrap();
        assert!(tx.delete_client(&client_id("assess")).await.unwrap());
        assert!(!tx.delete_client(&client_id("assess")).await.unwrap());
        assert!(tx.delete_agency("health").await.unwrap());
        assert!(!tx.delete_agency("health").await.unwrap());
        tx.save().await.unwrap();
        revisions.push(store.revision().await.unwrap());
        assert_eq!(store.agencies().await.unwrap(), [agency("tax")]);
        assert_eq!(store.clients().await.unwrap(), [client("tax-return", "tax")]);
        assert!(revisions.is_sorted_by(|earlier, later| earlier < later), "{}: {revisions:?}", backend.name);
    }
}

#[tokio::test]
async fn a_client_that_is_gone_is_not_brought_back_by_a_change() {
    for backend in stores().await {
        let store = &backend.store;
        let mut tx = store.write().await.unwrap();
        tx.put_agency(&agency("tax")).await.unwrap();
        tx.put_client(&client("tax-return", "tax")).await.unwrap();
        tx.save().await.unwrap();
        let before = store.revision().await.unwrap();
        let changed = Client { scopes: vec![Scope::Openid], ..client("tax-return", "tax") };
        let mut tx = store.write().await.unwrap();
        assert!(tx.change_client(&changed).await.unwrap(), "{}", backend.name);
        tx.save().await.unwrap();
        assert_eq!(store.clients().await.unwrap().as_slice(), std::slice::from_ref(&changed), "{}", backend.name);
        assert!(before < store.revision().await.unwrap());
        let mut tx = store.write().await.unwrap();
        tx.delete_client(&changed.id).await.unwrap();
        assert!(!tx.change_client(&changed).await.unwrap(), "{}", backend.name);
        tx.save().await.unwrap();
        assert_eq!(store.clients().await.unwrap(), [], "{}", backend.name);
    }
}

#[tokio::test]
async fn a_client_needs_its_agency_and_an_agency_with_clients_stays() {
    for backend in stores().await {
        let store = &backend.store;
        let mut tx = store.write().await.unwrap();
        let refused = tx.put_client(&client("tax-return", "tax")).await.unwrap_err();
        assert_eq!(refused.conflict(), Some("foreign_key"), "{}", backend.name);
        drop(tx);

        let mut tx = store.write().await.unwrap();
        tx.put_agency(&agency("tax")).await.unwrap();
        tx.put_client(&client("tax-return", "tax")).await.unwrap();
        tx.save().await.unwrap();
        let mut tx = store.write().await.unwrap();
        assert_eq!(tx.delete_agency("tax").await.unwrap_err().conflict(), Some("foreign_key"), "{}", backend.name);
    }
}

#[tokio::test]
async fn signing_keys_come_back_oldest_first_and_only_their_times_change() {
    for backend in stores().await {
        let store = &backend.store;
        let key = |kid: &str, alg, second| KeyRecord {
            kid: kid.to_owned(),
            alg,
            created_at: at(second),
            signs_from: at(second + 1),
            retired_at: Some(at(second + 2)),
            removed_at: Some(at(second + 3)),
            public_jwk: serde_json::json!({ "kty": "EC", "kid": kid }),
            sealed_private: format!("sealed {kid}"),
        };
        let newer = KeyRecord { retired_at: None, removed_at: None, ..key("a", SigningAlg::EdDSA, 20) };
        let older = key("b", SigningAlg::ES256, 10);
        let before = store.revision().await.unwrap();
        let mut tx = store.write().await.unwrap();
        tx.insert_key(&newer).await.unwrap();
        tx.insert_key(&older).await.unwrap();
        tx.save().await.unwrap();
        assert_eq!(store.keys().await.unwrap(), [older.clone(), newer.clone()], "{}", backend.name);
        let between = store.revision().await.unwrap();

        let changed = KeyRecord { signs_from: at(5), retired_at: Some(at(6)), removed_at: Some(at(7)), ..newer };
        let mut tx = store.write().await.unwrap();
        tx.update_key_times(&KeyRecord { sealed_private: "ignored".to_owned(), ..changed.clone() }).await.unwrap();
        tx.save().await.unwrap();
        assert_eq!(store.keys().await.unwrap(), [older, changed], "{}", backend.name);
        assert!(before < between && between < store.revision().await.unwrap());
    }
}
