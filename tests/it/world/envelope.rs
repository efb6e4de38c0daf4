//! Decrypting what was encrypted for a client, by a library from another ecosystem (`tests/other_clients/open_jwe.py`).

use crate::python;
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// A client's keys for encryption, one of each type.
pub struct Envelopes(Value);

impl Envelopes {
    /// New keys; `None`, with a message, where the library is missing.
    pub fn new() -> Option<Self> {
        python::interpreter().map(|_| Self(run("keys", &Value::Null)))
    }

    /// The public key of a type (`EC` on P-256, `RSA`) or curve (`P-384`, `P-521`, `X25519`).
    pub fn public(&self, kty: &str) -> Value {
        self.0[kty]["public"].clone()
    }

    /// Header and content of a JWE that is for the key of this type.
    pub fn open(&self, kty: &str, jwe: &str) -> (Value, String) {
        let opened = run("open", &json!({ "jwe": jwe, "key": self.0[kty]["private"] }));
        (opened["header"].clone(), opened["payload"].as_str().unwrap().to_owned())
    }
}

fn run(what: &str, given: &Value) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/other_clients/open_jwe.py");
    let mut python = Command::new(python::interpreter().unwrap());
    python.arg(script).arg(what).env("PYTHONDONTWRITEBYTECODE", "1").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut python = python.spawn().unwrap();
    python.stdin.take().unwrap().write_all(given.to_string().as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "{what} {given}");
    serde_json::from_slice(&output.stdout).unwrap()
}
