//! Whom we trust: the system's authorities, or those of `SSL_CERT_FILE` and `SSL_CERT_DIR`.

use crate::host::env::Env;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use std::path::Path;
use std::sync::Arc;

/// The settings of a client.
///
/// # Errors
/// When there is nobody to trust.
pub fn config(env: &Env) -> Result<ClientConfig, String> {
    let provider = Arc::new(ring::default_provider());
    let trusted = trusted(env);
    let mut roots = RootCertStore::empty();
    let _ = roots.add_parsable_certificates(trusted.iter().cloned());
    let inner = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .build()
        .map_err(
        |_| "no certificates of authorities were found on this machine; name a file of them in SSL_CERT_FILE",
    )?;
    let verifier = Arc::new(Verifier { inner, trusted });
    configured(provider, verifier).map_err(|error| error.to_string())
}

/// What this environment says, which need not be that of the process.
fn trusted(env: &Env) -> Vec<CertificateDer<'static>> {
    let named = |name: &str| env.get_filled(name).map(Path::new);
    let found = match (named("SSL_CERT_FILE"), named("SSL_CERT_DIR")) {
        (None, None) => rustls_native_certs::load_native_certs(),
        (file, dir) => rustls_native_certs::load_certs_from_paths(file, dir),
    };
    found.certs
}

fn configured(provider: Arc<CryptoProvider>, verifier: Arc<Verifier>) -> Result<ClientConfig, Error> {
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

/// The usual checks. A certificate that is itself among the trusted ones also serves for the server that shows it,
/// as in every other tool: people make one with a single command and trust it by name.
#[derive(Debug)]
struct Verifier {
    inner: Arc<WebPkiServerVerifier>,
    trusted: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let usual = self.inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        if usual.is_ok() || !self.trusted.iter().any(|trusted| trusted == end_entity) {
            return usual;
        }
        verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
