//! TLS of our own: 1.2 and 1.3 on `rustls`, with HTTP/2 and HTTP/1.1 by ALPN.

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::io;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

/// A connection with TLS.
pub(super) type TlsStream = tokio_rustls::server::TlsStream<TcpStream>;

/// Which HTTP a connection speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// That shows in its first bytes.
    Either,
    /// HTTP/1.1.
    Http1,
    /// HTTP/2.
    Http2,
}

/// What ALPN chose; HTTP/1.1 for whoever does not speak ALPN.
pub(super) fn protocol_of(stream: &TlsStream) -> Protocol {
    if stream.get_ref().1.alpn_protocol() == Some(b"h2") { Protocol::Http2 } else { Protocol::Http1 }
}

/// The certificate that the other side showed, as DER. Whether it means anything is decided by whoever asks for it.
#[derive(Debug, Clone)]
pub struct PeerCertificate(pub Arc<[u8]>);

impl PeerCertificate {
    pub(super) fn of(stream: &TlsStream) -> Option<Self> {
        let shown = stream.get_ref().1.peer_certificates()?.first()?;
        Some(Self(Arc::from(shown.as_ref())))
    }
}

/// Agrees on a key with whoever connects.
#[derive(Clone)]
pub struct Acceptor(TlsAcceptor);

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// Not PEM, or no certificate in it.
    #[error("holds no certificate in PEM")]
    NoCertificate,
    /// Not PEM, or no private key in it.
    #[error("holds no private key in PEM")]
    NoKey,
    /// They do not belong together, or are of an unknown kind.
    #[error("certificate and key cannot be used: {0}")]
    Unusable(#[from] rustls::Error),
}

impl Acceptor {
    /// With a chain of certificates and the key of its first one, both in PEM.
    pub fn new(certificate: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificate).collect();
        let chain = chain.ok().filter(|chain| !chain.is_empty()).ok_or(TlsError::NoCertificate)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| TlsError::NoKey)?;
        let builder = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
        let mut config = builder.with_no_client_auth().with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream> {
        self.0.accept(stream).await
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(default_provider())
}
