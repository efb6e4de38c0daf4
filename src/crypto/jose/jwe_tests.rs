use super::*;
use crate::crypto::jose::agreement::Curve;
use aws_lc_rs::aead::AES_128_GCM;
use aws_lc_rs::agreement::{ECDH_P256, ECDH_P384, X25519};
use aws_lc_rs::cipher::{DecryptionContext, PaddedBlockDecryptingKey};
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::{KeySize, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use aws_lc_rs::signature::{KeyPair as _, RsaKeyPair};

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    digits.chunks(2).map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap()).collect()
}

fn decoded(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

#[test]
fn rfc7518_c_the_example_of_the_key_derivation() {
    let bob = json!({ "kty": "EC", "crv": "P-256", "x": "weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ",
                      "y": "e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck" });
    let alice = decoded("0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo");
    let alice = PrivateKey::from_private_key(&ECDH_P256, &alice).unwrap();
    let derived = agree(&alice, AgreementKey::from_jwk(&bob).unwrap().unparsed(), JweError, |shared| {
        Ok(concat_kdf(shared, "A128GCM", [b"Alice", b"Bob"], 16))
    });
    assert_eq!(URL_SAFE_NO_PAD.encode(derived.unwrap().expose()), "VqqN6vgjbSBcIijNcacQGg");
}

#[test]
fn rfc3394_4_1_and_4_6_the_examples_of_the_key_wrap() {
    let kek: Vec<u8> = (0..32).collect();
    let key = hex("00112233445566778899AABBCCDDEEFF");
    let wrapped = hex("1FA68B0A8112B447 AEF34BD8FB5A7B82 9D3E862371D2CFE5");
    assert_eq!(wrap(&key_wrap::AES_128, &kek[..16], &key), Ok(wrapped));
    let key = hex("00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F");
    let wrapped = hex("28C9F404C4B810F4 CBCCB35CFB87F826 3F5786E2D80ED326 CBC7F0E71A99F43B FB988B9B7A02DD21");
    assert_eq!(wrap(&key_wrap::AES_256, &kek, &key), Ok(wrapped));
}

#[test]
fn rfc7518_b_the_examples_of_cbc_with_hmac() {
    let key: Vec<u8> = (0..64).collect();
    let vector = hex("1af38c2dc2b96ffdd86694092341bc04");
    let aad = b"The second principle of Auguste Kerckhoffs";
    let plaintext =
        b"A cipher system must not be required to be secret, and it must be able to fall into the hands of the enemy \
                      without inconvenience";
    let sealed = seal(ContentEncryption::A128CbcHs256, &key[..32], &vector, aad, plaintext).unwrap();
    let ciphertext = hex(
        "c80edfa32ddf39d5ef00c0b468834279a2e46a1b8049f792f76bfe54b903a9c9a94ac9b47ad2655c5f10f9aef71427e2fc6f9b3f399a221489f16362c7032336
         09d45ac69864e3321cf82935ac4096c86e133314c54019e8ca7980dfa4b9cf1b384c486f3a54c51078158ee5d79de59fbd34d848b3d69550a67646344427ade5
         4b8851ffb598f7f80074b9473c82e2db",
    );
    assert_eq!((sealed.ciphertext, sealed.tag), (ciphertext, hex("652c3fa36b0a7c5b3219fab3a30bc1c4")));
    let sealed = seal(ContentEncryption::A256CbcHs512, &key, &vector, aad, plaintext).unwrap();
    assert_eq!(sealed.tag, hex("4dd3b4c088a7f45c216839645b2012bf2e6269a8c56a816dbc1b267761955bc5"));
}

#[test]
fn rfc7520_5_5_the_example_of_key_agreement_without_a_wrapped_key() {
    let reader = json!({ "kty": "EC", "crv": "P-256", "x": "Ze2loSV3wrroKUN_4zhwGhCqo3Xhu1td4QjeQ5wIVR0",
                         "y": "HlLtdXARY_f55A3fnzQbPcm6hgr34Mp8p-nuzQCE0Zw" });
    let ephemeral = decoded("AtH35vJsQ9SGjYfOsjUxYXQKrPH3FjZHmEtSKoSN8cM");
    let ephemeral = PrivateKey::from_private_key(&ECDH_P256, &ephemeral).unwrap();
    let encryption = Encryption { alg: KeyManagement::EcdhEs, enc: ContentEncryption::A128CbcHs256 };
    let (key, sent) = agreed(encryption, &ephemeral, &AgreementKey::from_jwk(&reader).unwrap(), &Random::seeded(1)).unwrap();
    assert_eq!((URL_SAFE_NO_PAD.encode(key.expose()).as_str(), sent), ("hzHdlfQIAEehb8Hrd_mFRhKsKLEzPfshfXs9l6areCc", vec![]));
    let plaintext = "You can trust us to stick with you through thick and thin\u{2013}to the bitter end. And you can trust us to keep any \
                     secret of yours\u{2013}closer than you keep it yourself. But you cannot trust us to let you face trouble alone, and go \
                     off without a word. We are your friends, Frodo.";
    let aad = b"eyJhbGciOiJFQ0RILUVTIiwia2lkIjoibWVyaWFkb2MuYnJhbmR5YnVja0BidWNrbGFuZC5leGFtcGxlIiwiZXBrIjp7Imt0eSI6IkVDIiwiY3J2IjoiUC0yNTYi\
                LCJ4IjoibVBVS1RfYkFXR0hJaGcwVHBqanFWc1AxclhXUXVfdndWT0hIdE5rZFlvQSIsInkiOiI4QlFBc0ltR2VBUzQ2ZnlXdzVNaFlmR1RUMElqQnBGdzJTUzM0\
                RHY0SXJzIn0sImVuYyI6IkExMjhDQkMtSFMyNTYifQ";
    let sealed = seal(encryption.enc, key.expose(), &decoded("yc9N8v5sYyv3iGQT926IUg"), aad, plaintext.as_bytes()).unwrap();
    assert_eq!(URL_SAFE_NO_PAD.encode(sealed.tag), "WCCkNa-x4BeB9hIDIfFuhg", "the tag is over the ciphertext, too");
}

#[test]
fn rfc7520_5_4_the_example_of_key_agreement_on_p_384_with_key_wrapping() {
    let reader = json!({ "kty": "EC", "crv": "P-384", "x": "YU4rRUzdmVqmRtWOs2OpDE_T5fsNIodcG8G5FWPrTPMyxpzsSOGaQLpe2FpxBmu2",
                         "y": "A8-yxCHxkfBz3hKZfI1jUYMjUhsEveZ9THuwFjH2sCNdtksRJU7D5-SkgaFL1ETP" });
    let ephemeral = decoded("D5H4Y_5PSKZvhfVFbcCYJOtcGZygRgfZkpsBr59Icmmhe9sW6nkZ8WfwhinUfWJg");
    let ephemeral = PrivateKey::from_private_key(&ECDH_P384, &ephemeral).unwrap();
    let public = Curve::P384.jwk(ephemeral.compute_public_key().unwrap().as_ref()).unwrap();
    assert_eq!(public["x"], "uBo4kHPw6kbjx5l0xowrd_oYzBmaz-GKFZu4xAFFkbYiWgutEK6iuEDsQ6wNdNg3");
    assert_eq!(public["y"], "sp3p5SGhZVC2faXumI-e9JU2Mo8KpoYrFDr5yPNVtW4PgEwZOyQTA-JdaY8tb7E0");
    let wrapping = agree(&ephemeral, AgreementKey::from_jwk(&reader).unwrap().unparsed(), JweError, |shared| {
        Ok(concat_kdf(shared, "ECDH-ES+A128KW", [b"", b""], 16))
    });
    let wrapped = wrap(&key_wrap::AES_128, wrapping.unwrap().expose(), &decoded("Nou2ueKlP70ZXDbq9UrRwg")).unwrap();
    assert_eq!(URL_SAFE_NO_PAD.encode(wrapped), "0DJjBXri_kBcC46IkU5_Jk9BqaQeHdv2");
}

#[test]
fn rfc8037_a_6_the_example_of_key_agreement_on_x25519() {
    let bob = json!({ "kty": "OKP", "crv": "X25519", "kid": "Bob", "x": "3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08" });
    let ephemeral = hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
    let ephemeral = PrivateKey::from_private_key(&X25519, &ephemeral).unwrap();
    let public = Curve::X25519.jwk(ephemeral.compute_public_key().unwrap().as_ref()).unwrap();
    assert_eq!(public["x"], "hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo");
    let shared = agree(&ephemeral, AgreementKey::from_jwk(&bob).unwrap().unparsed(), JweError, |shared| Ok(shared.to_vec()));
    assert_eq!(shared.unwrap(), hex("4a5d9d5ba4ce2de1728e3bf480350f25 e07e21c947d19e3376f09b3c1e161742"));
}

#[test]
fn rfc7516_a_1_the_example_of_gcm() {
    let key = [
        177, 161, 244, 128, 84, 143, 225, 115, 63, 180, 3, 255, 107, 154, 212, 246, 138, 7, 110, 91, 112, 46, 34, 105, 47, 130,
        203, 46, 122, 234, 64, 252,
    ];
    let plaintext = b"The true sign of intelligence is not knowledge but imagination.";
    let aad = b"eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ";
    let sealed = seal(ContentEncryption::A256Gcm, &key, &decoded("48V1_ALb6US04U3b"), aad, plaintext).unwrap();
    let ciphertext = decoded("5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6jiSdiwkIr3ajwQzaBtQD_A");
    assert_eq!((sealed.ciphertext, sealed.tag), (ciphertext, decoded("XFBoMYUZodetZdvTiFvSkQ")));
}

#[test]
fn rfc7516_a_3_the_example_of_cbc_with_hmac() {
    let key = decoded("GawgguFyGrWKav7AX4VKUg");
    let content_key = [
        4, 211, 31, 197, 84, 157, 252, 254, 11, 100, 157, 250, 63, 170, 106, 206, 107, 124, 212, 45, 111, 107, 9, 219, 200, 177,
        0, 240, 143, 156, 44, 207,
    ];
    // RFC 7516 A.3.3: the key wrap.
    assert_eq!(
        wrap(&key_wrap::AES_128, &key, &content_key).map(|wrapped| URL_SAFE_NO_PAD.encode(wrapped)).as_deref(),
        Ok("6KB707dM9YTIgHtLvtgWQ8mKwboJW3of9locizkDTHzBC2IlrT1oOQ")
    );
    let aad = b"eyJhbGciOiJBMTI4S1ciLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0";
    let sealed =
        seal(ContentEncryption::A128CbcHs256, &content_key, &decoded("AxY8DCtDaGlsbGljb3RoZQ"), aad, b"Live long and prosper.")
            .unwrap();
    assert_eq!(URL_SAFE_NO_PAD.encode(&sealed.ciphertext), "KDlTtXchhZTGufMYmOYGS4HffxPSUrfmqCHXaI9wOGY");
    assert_eq!(URL_SAFE_NO_PAD.encode(&sealed.tag), "U0m_YmjN04DJvceFICbCVQ");
}

/// A client's private key, and the public key as it is registered.
enum Owner {
    Rsa(OaepPrivateDecryptingKey, Value),
    Agreeing(PrivateKey, Value),
}

impl Owner {
    fn rsa() -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let private = PrivateDecryptingKey::from_pkcs8(pair.as_der().unwrap().as_ref()).unwrap();
        let public = pair.public_key();
        let (n, e) = (public.modulus(), public.exponent());
        let (n, e) = (n.big_endian_without_leading_zero(), e.big_endian_without_leading_zero());
        let jwk = json!({ "kty": "RSA", "n": URL_SAFE_NO_PAD.encode(n), "e": URL_SAFE_NO_PAD.encode(e) });
        Self::Rsa(OaepPrivateDecryptingKey::new(private).unwrap(), jwk)
    }

    fn on(curve: Curve) -> Self {
        let private = PrivateKey::generate(curve.algorithm()).unwrap();
        let jwk = curve.jwk(private.compute_public_key().unwrap().as_ref()).unwrap();
        Self::Agreeing(private, jwk)
    }

    fn jwk(&self) -> &Value {
        let (Self::Rsa(_, jwk) | Self::Agreeing(_, jwk)) = self;
        jwk
    }

    /// Decrypts a JWE that is for this key: its header and its content.
    fn open(&self, jwe: &str) -> (Value, Vec<u8>) {
        let [protected, encrypted_key, vector, ciphertext, tag] = jwe.split('.').collect::<Vec<_>>()[..] else { panic!("{jwe}") };
        let header: Value = serde_json::from_slice(&decoded(protected)).unwrap();
        let encrypted_key = decoded(encrypted_key);
        let enc = *ContentEncryption::ALL.iter().find(|enc| header["enc"] == enc.name()).unwrap();
        let key = match self {
            Self::Rsa(private, _) => {
                let mut key = vec![0; private.min_output_size()];
                private.decrypt(&OAEP_SHA256_MGF1SHA256, &encrypted_key, &mut key, None).unwrap().to_vec()
            }
            Self::Agreeing(private, _) => {
                let derive = |algorithm, len| {
                    let epk = AgreementKey::from_jwk(&header["epk"]).unwrap();
                    agree(private, epk.unparsed(), (), |shared| Ok(concat_kdf(shared, algorithm, [b"", b""], len)))
                        .unwrap()
                        .expose()
                        .clone()
                };
                let unwrap = |cipher, kek: Vec<u8>| {
                    let mut key = vec![0; encrypted_key.len()];
                    AesKek::new(cipher, &kek).unwrap().unwrap(&encrypted_key, &mut key).unwrap().to_vec()
                };
                match header["alg"].as_str().unwrap() {
                    "ECDH-ES" => derive(enc.name(), enc.key_len()),
                    "ECDH-ES+A128KW" => unwrap(&key_wrap::AES_128, derive("ECDH-ES+A128KW", 16)),
                    other => unwrap(&key_wrap::AES_256, derive(other, 32)),
                }
            }
        };
        assert_eq!(key.len(), enc.key_len());
        let content = opened(
            enc,
            &key,
            &Around { vector: decoded(vector), aad: protected.as_bytes(), tag: decoded(tag) },
            decoded(ciphertext),
        );
        (header, content)
    }
}

/// What stands around the ciphertext of a JWE.
struct Around<'a> {
    vector: Vec<u8>,
    aad: &'a [u8],
    tag: Vec<u8>,
}

fn opened(enc: ContentEncryption, key: &[u8], around: &Around<'_>, mut text: Vec<u8>) -> Vec<u8> {
    let Around { vector, aad, tag } = around;
    let (mac, cipher) = match enc {
        ContentEncryption::A128Gcm | ContentEncryption::A256Gcm => {
            let algorithm = if key.len() == 16 { &AES_128_GCM } else { &aead::AES_256_GCM };
            let key = LessSafeKey::new(UnboundKey::new(algorithm, key).unwrap());
            text.extend_from_slice(tag);
            let nonce = Nonce::try_assume_unique_for_key(vector).unwrap();
            return key.open_in_place(nonce, Aad::from(aad), &mut text).unwrap().to_vec();
        }
        ContentEncryption::A128CbcHs256 => (hmac::HMAC_SHA256, &cipher::AES_128),
        ContentEncryption::A256CbcHs512 => (hmac::HMAC_SHA512, &cipher::AES_256),
    };
    let (mac_key, enc_key) = key.split_at(key.len() / 2);
    let bits = (aad.len() as u64 * 8).to_be_bytes();
    let made = hmac::sign(&hmac::Key::new(mac, mac_key), &[*aad, vector.as_slice(), &text, &bits].concat());
    assert_eq!(&made.as_ref()[..mac_key.len()], tag.as_slice());
    let key = PaddedBlockDecryptingKey::cbc_pkcs7(UnboundCipherKey::new(cipher, enc_key).unwrap()).unwrap();
    key.decrypt(&mut text, DecryptionContext::Iv128(FixedLength::try_from(vector.as_slice()).unwrap())).unwrap().to_vec()
}

#[test]
fn every_pair_of_algorithms_is_opened_by_the_private_key_and_no_jwe_is_like_another() {
    let random = Random::seeded(1);
    let (rsa, on_curves) = (Owner::rsa(), Curve::ALL.map(Owner::on));
    for (alg, other) in KeyManagement::ALL.into_iter().flat_map(|alg| on_curves.each_ref().map(|other| (alg, other))) {
        let owner = if alg == KeyManagement::RsaOaep256 { &rsa } else { other };
        for enc in ContentEncryption::ALL {
            let recipient = Recipient::of(&json!({ "keys": [rsa.jwk(), other.jwk()] }), Encryption { alg, enc }).unwrap();
            let mut parts = std::collections::HashSet::new();
            for content in [Content::Jwt("a.b.c"), Content::Jwt("a.b.c"), Content::Claims(b"{}")] {
                let jwe = recipient.encrypt(content, &random).unwrap();
                let (header, opened) = owner.open(&jwe);
                let (expected, cty) = match content {
                    Content::Jwt(jwt) => (jwt.as_bytes(), json!("JWT")),
                    Content::Claims(claims) => (claims, Value::Null),
                };
                assert_eq!((opened.as_slice(), &header["cty"]), (expected, &cty), "{header}");
                assert_eq!((&header["alg"], &header["enc"]), (&json!(alg.name()), &json!(enc.name())));
                assert_eq!(jwe.split('.').nth(1) == Some(""), alg == KeyManagement::EcdhEs, "RFC 7516 §5.1 step 5");
                // Initialization vector and ciphertext.
                assert!(jwe.split('.').skip(2).take(2).all(|part| parts.insert(part.to_owned())));
            }
        }
    }
}

#[test]
fn the_key_is_one_for_encryption_rather_than_one_for_everything_and_never_one_for_signatures() {
    let encryption = Encryption { alg: KeyManagement::EcdhEs, enc: ContentEncryption::A128Gcm };
    let key = |kid: &str, used_for: Value| {
        let mut jwk = Owner::on(Curve::P256).jwk().clone();
        (jwk["kid"], jwk["use"]) = (json!(kid), used_for);
        jwk.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        jwk
    };
    let (signs, all, encrypts) = (key("signs", json!("sig")), key("all", Value::Null), key("encrypts", json!("enc")));
    let named = |keys: &[&Value]| Recipient::of(&json!({ "keys": keys }), encryption).map(|recipient| recipient.kid);
    assert_eq!(named(&[&signs, &all, &encrypts]), Ok(Some(json!("encrypts"))));
    assert_eq!(named(&[&signs, &all]), Ok(Some(json!("all"))));
    assert_eq!(named(&[&signs]), Err(RecipientError::NoneFits));
    let mut off_curve = all;
    off_curve["y"] = off_curve["x"].clone();
    assert_eq!(named(&[&off_curve]), Err(RecipientError::Key(JwkError::Invalid("x"))));
    for broken in [json!({}), json!({ "keys": 1 }), json!([])] {
        assert_eq!(Recipient::of(&broken, encryption).unwrap_err(), RecipientError::NoneFits);
    }
}
