//! The civil registry, opened as the settings say; and the files of the reference service.

use crate::boot::failure::Failure;
use crate::boot::private::refuse_open;
use crate::boot::stores::make_folder_of;
use crate::client::words::SigningAlg;
use crate::crypto::jose::jwks::check_client_jwks;
use crate::crypto::jose::key_pair::KeyPair;
use crate::outbound::{ClientIdentity, ConfiguredDoor, Destination, Limits};
use crate::private_file::private;
use crate::registry::Registry;
use crate::registry::local::LocalRegistry;
use crate::registry::remote::{LONGEST_ANSWER, LONGEST_PAGE, Remote, RemoteRegistry};
use crate::secret::Secret;
use crate::settings::{Registry as RegistrySettings, RegistrySource, Settings};
use crate::store::Store;
use serde_json::Value;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

/// The registry of `[registry]`.
pub fn open_registry(settings: &Settings, store: &Store) -> Result<Registry, Failure> {
    let registry = &settings.registry;
    match registry.source {
        RegistrySource::Local => Ok(Registry::Local(LocalRegistry::new(store.clone()).named(&registry.name))),
        RegistrySource::Remote => remote(settings, registry).map(RemoteRegistry::new).map(Registry::Remote),
    }
}

fn remote(settings: &Settings, registry: &RegistrySettings) -> Result<Remote, Failure> {
    if registry.url.is_empty() {
        return Err(Failure::new(
            "registry.source is \"remote\", and registry.url is empty",
            "set registry.url to the base URL of the registry",
        ));
    }
    let given = |path: &Option<std::path::PathBuf>, setting: &str| {
        let path = path.as_deref().ok_or_else(|| {
            let cause = format!("registry.source is \"remote\", and {setting} is empty");
            Failure::new(cause, format!("set {setting} to the path of the file; docs/registry.md says what is in it"))
        })?;
        read(path, setting)
    };
    let keys = public_keys(&given(&registry.keys, "registry.keys")?)?;
    let ca = registry.ca.as_deref().map(|path| read(path, "registry.ca")).transpose()?;
    if let Some(key) = &registry.key {
        refuse_open(key)?;
    }
    let certificate = given(&registry.certificate, "registry.certificate")?;
    let key = Secret::new(given(&registry.key, "registry.key")?);
    let identity = ClientIdentity { certificate_pem: &certificate, key_pem: &key };
    let destination = Destination { url: &registry.url, ca_pem: ca.as_deref(), identity: Some(identity) };
    // The time of one try is bounded by that of the whole question.
    let door = |response_limit| {
        ConfiguredDoor::new(&destination, Limits { timeout: registry.timeout, response_limit }).map_err(|error| {
            Failure::new(format!("the registry of registry.url cannot be called: {error}"), "correct the settings of [registry]")
        })
    };
    Ok(Remote {
        url: registry.url.clone(),
        name: registry.name.clone(),
        asker: settings.issuer().to_owned(),
        keys,
        door: door(LONGEST_ANSWER)?,
        feed: door(LONGEST_PAGE)?,
        timeout: registry.timeout,
        tries: registry.tries,
        concurrency: registry.concurrency,
        country: *settings.country_profile(),
    })
}

fn public_keys(json: &[u8]) -> Result<Value, Failure> {
    let remedy = "write a JWK Set with the registry's public keys there, such as its endpoint /v1/keys returns";
    let keys: Value = serde_json::from_slice(json).map_err(|_| Failure::new("registry.keys holds no JSON".to_owned(), remedy))?;
    check_client_jwks(&keys).map_err(|error| Failure::new(format!("registry.keys cannot be used: {error}"), remedy))?;
    Ok(keys)
}

fn read(path: &Path, setting: &str) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| {
        Failure::new(format!("{setting} {} cannot be read: {error}", path.display()), format!("correct {setting}"))
    })
}

/// The key with which the reference service signs; generated at the first start.
pub fn service_key(path: &Path) -> Result<KeyPair, Failure> {
    if !path.exists() {
        let pair = KeyPair::generate(SigningAlg::ES256).map_err(|_| Failure::new("no key could be generated", "try again"))?;
        let pem = pair.to_pem().map_err(|_| Failure::new("the key could not be written as PEM", "try again"))?;
        write_private(path, pem.expose())?;
    }
    refuse_open(path)?;
    let pem = Secret::new(read(path, "--signing-key")?);
    KeyPair::from_pem(SigningAlg::ES256, pem.expose()).ok_or_else(|| {
        let cause = format!("--signing-key {} holds no private key in PEM for ES256 (PKCS #8, P-256)", path.display());
        Failure::new(cause, "name such a file, or one that does not exist: then a key is generated there")
    })
}

fn write_private(path: &Path, text: &str) -> Result<(), Failure> {
    make_folder_of(path)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    private(&mut options);
    options.open(path).and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| {
        Failure::new(format!("{} cannot be written: {error}", path.display()), "set --signing-key to a path that can be written")
    })
}
