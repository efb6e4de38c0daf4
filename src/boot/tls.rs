//! The TLS of this server: certificate and private key from files; generated at the first start on a development machine.

use crate::boot::failure::Failure;
use crate::boot::private::refuse_open;
use crate::boot::stores::make_folder_of;
use crate::edge::server::tls::{Acceptor, Clients, TlsError};
use crate::private_file::private;
use crate::settings::{Settings, TlsMode};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

/// The TLS acceptor for a listener of this deployment; `None` if TLS ends at a proxy in front of it.
pub fn acceptor(settings: &Settings, clients: Clients) -> Result<Option<Acceptor>, Failure> {
    let tls = &settings.tls;
    match tls.mode {
        TlsMode::Off => return Ok(None),
        TlsMode::Files => {}
        TlsMode::SelfSigned => make_missing(settings)?,
    }
    refuse_open(&tls.key)?;
    let (certificate, key) = (read(&tls.certificate, "tls.certificate")?, read(&tls.key, "tls.key")?);
    let acceptor = Acceptor::new(&certificate, &key, clients).map_err(|error| {
        let place = match &error {
            TlsError::NoKey => format!("{} (tls.key)", tls.key.display()),
            TlsError::NoCertificate | TlsError::Unusable(_) => format!("{} (tls.certificate)", tls.certificate.display()),
        };
        Failure::new(format!("{place}: {error}"), "put the certificate chain and its private key there, each as PEM")
    })?;
    Ok(Some(acceptor))
}

fn read(path: &Path, setting: &str) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| {
        let remedy = format!("correct {setting}, or set tls.mode to \"off\" where a proxy in front ends TLS");
        Failure::new(format!("{setting} {} cannot be read: {error}", path.display()), remedy)
    })
}

/// Generates a self-signed certificate and its key. An existing pair is kept, so that a person who has trusted it need not do so
/// again.
fn make_missing(settings: &Settings) -> Result<(), Failure> {
    let tls = &settings.tls;
    if !settings.is_local() {
        let what = "tls.mode = \"self-signed\" is for an issuer on localhost: elsewhere browsers could not detect an impostor";
        return Err(Failure::new(what, "set tls.mode to \"files\", with a certificate of an authority that browsers trust"));
    }
    if tls.certificate.exists() && tls.key.exists() {
        return Ok(());
    }
    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let made = rcgen::generate_simple_self_signed(names).map_err(|error| {
        Failure::new(
            format!("no certificate could be generated: {error}"),
            "create one with another tool and set tls.mode to \"files\"",
        )
    })?;
    write_private(&tls.key, &made.signing_key.serialize_pem())?;
    write_private(&tls.certificate, &made.cert.pem())
}

/// Writes a file that only its owner may read.
fn write_private(path: &Path, text: &str) -> Result<(), Failure> {
    make_folder_of(path)?;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    private(&mut options);
    options.open(path).and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| {
        Failure::new(format!("{} cannot be written: {error}", path.display()), "set a path in [tls] that can be written")
    })
}
