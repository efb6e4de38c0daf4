//! TLS from this program to a server of our own: which authorities it trusts, and its own certificate. PostgreSQL's driver does the same
//! by itself; this is for Redis.

use crate::settings::ServerTls;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::io::{Error, ErrorKind};
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Makes TLS connections to one server.
#[derive(Clone)]
pub(crate) struct ServerConnector(TlsConnector);

impl ServerConnector {
    /// With the files that the settings name: they are read now. Without an authority of its own, the public ones are trusted.
    pub(crate) fn new(tls: &ServerTls) -> Result<Self, Error> {
        let roots = match &tls.ca {
            None => RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() },
            Some(path) => {
                let mut roots = RootCertStore::empty();
                for certificate in certificates(path)? {
                    roots.add(certificate).map_err(|error| unusable(path, &error))?;
                }
                roots
            }
        };
        let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()));
        let builder = builder.with_safe_default_protocol_versions().map_err(Error::other)?.with_root_certificates(roots);
        let config = match (&tls.certificate, &tls.key) {
            (Some(certificate), Some(key)) => {
                let private = PrivateKeyDer::from_pem_slice(&read(key)?).map_err(|error| unusable(key, &error))?;
                let chain = certificates(certificate)?;
                builder.with_client_auth_cert(chain, private).map_err(|error| unusable(certificate, &error))?
            }
            _ => builder.with_no_client_auth(),
        };
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }

    /// Shakes hands with the server of this name or address, whose certificate must be valid for it.
    pub(crate) async fn connect<S>(&self, host: &str, stream: S) -> Result<TlsStream<S>, Error>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
        let name = ServerName::try_from(bare.to_owned()).map_err(|error| Error::new(ErrorKind::InvalidInput, error))?;
        self.0.connect(name, stream).await
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|error| Error::new(error.kind(), format!("{} cannot be read: {error}", path.display())))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&read(path)?).collect();
    found.ok().filter(|found| !found.is_empty()).ok_or_else(|| unusable(path, &"no certificate in PEM"))
}

fn unusable(path: &Path, problem: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("{} cannot be used: {problem}", path.display()))
}
