//! TLS of our own: 1.2 and 1.3 on `rustls`, with HTTP/2 and HTTP/1.1 by ALPN.

use crate::crypto::certificate::{Authorities, ClientCertificate};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::WantsServerCert;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CipherSuite, ConfigBuilder, DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme, WantsVerifier,
};
use std::io;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

/// A connection with TLS.
pub type TlsStream = tokio_rustls::server::TlsStream<TcpStream>;

/// The HTTP version of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// Its first bytes tell.
    Either,
    /// HTTP/1.1.
    Http1,
    /// HTTP/2.
    Http2,
}

/// What ALPN chose; HTTP/1.1 for a client without ALPN.
pub(crate) fn protocol_of(stream: &TlsStream) -> Protocol {
    if stream.get_ref().1.alpn_protocol() == Some(b"h2") { Protocol::Http2 } else { Protocol::Http1 }
}

/// The certificate of the client. TLS has verified only that the client holds its private key.
pub(crate) fn certificate_of(stream: &TlsStream) -> Option<ClientCertificate> {
    ClientCertificate::from_der(stream.get_ref().1.peer_certificates()?.first()?)
}

/// Whether clients are asked for a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clients {
    /// They are not asked: a browser would make the person choose a certificate.
    Anonymous,
    /// They are asked and may send none. Any certificate is accepted whose private key the client holds; client authentication
    /// decides what it is worth.
    Asked,
}

/// Accepts any certificate.
#[derive(Debug)]
struct AnyCertificate(WebPkiSupportedAlgorithms);

impl ClientCertVerifier for AnyCertificate {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}

/// Accepts TLS connections.
#[derive(Clone)]
pub struct Acceptor(TlsAcceptor);

/// Why TLS cannot be set up.
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

/// With TLS 1.2 the four cipher suites that RFC 9325 §4.2 recommends and FAPI 1.0 Part 2 §8.5 permits, and no other. Clients that
/// support TLS 1.2 with ChaCha20 support AES-GCM as well; TLS 1.3 has both.
fn provider() -> CryptoProvider {
    let mut provider = default_provider();
    let chacha20 =
        [CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256];
    provider.cipher_suites.retain(|suite| !chacha20.contains(&suite.suite()));
    provider
}

impl Acceptor {
    /// With a chain of certificates and the key of its first one, both in PEM.
    pub(crate) fn new(certificate: &[u8], key: &[u8], clients: Clients) -> Result<Self, TlsError> {
        Self::with(certificate, key, |builder, algorithms| match clients {
            Clients::Anonymous => builder.with_no_client_auth(),
            Clients::Asked => builder.with_client_cert_verifier(Arc::new(AnyCertificate(algorithms))),
        })
    }

    fn with(
        certificate: &[u8],
        key: &[u8],
        verify_clients: impl FnOnce(
            ConfigBuilder<ServerConfig, WantsVerifier>,
            WebPkiSupportedAlgorithms,
        ) -> ConfigBuilder<ServerConfig, WantsServerCert>,
    ) -> Result<Self, TlsError> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificate).collect();
        let chain = chain.ok().filter(|chain| !chain.is_empty()).ok_or(TlsError::NoCertificate)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| TlsError::NoKey)?;
        let provider = Arc::new(provider());
        let algorithms = provider.signature_verification_algorithms;
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let mut config = verify_clients(builder, algorithms).with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    /// The same, for clients that show a certificate which these authorities issued. Others fail the handshake.
    pub fn for_clients_of(certificate: &[u8], key: &[u8], authorities: &Authorities) -> Result<Self, TlsError> {
        Self::with(certificate, key, |builder, _| builder.with_client_cert_verifier(authorities.verifier()))
    }

    pub(crate) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream> {
        self.0.accept(stream).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::SupportedCipherSuite;

    #[test]
    fn rfc9325_4_2_tls_1_2_has_the_recommended_cipher_suites_alone_and_tls_1_3_its_own() {
        let suites: Vec<_> = provider().cipher_suites.iter().map(SupportedCipherSuite::suite).collect();
        let tls12 = [
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        ];
        let of_12 = |suite: &&CipherSuite| !format!("{suite:?}").starts_with("TLS13");
        assert_eq!(suites.iter().filter(of_12).copied().collect::<Vec<_>>(), tls12);
        assert_eq!(suites.iter().filter(|suite| !of_12(suite)).count(), 3);
    }
}
