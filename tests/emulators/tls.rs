//! The authority of the tests and the certificate of everything on loopback that must speak TLS.

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The account that lives in the emulator; its host is in the certificate.
pub const ACCOUNT: &str = "tfacct";

/// Files in PEM.
pub struct Papers {
    pub authority: PathBuf,
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// Made once for a checkout, so that no test run leaves files behind.
pub static PAPERS: LazyLock<Papers> = LazyLock::new(|| {
    let _only_one = super::tools::lock();
    let folder = super::tools::folder().join("tls-1");
    let papers = Papers {
        authority: folder.join("authority.pem"),
        certificate: folder.join("certificate.pem"),
        key: folder.join("key.pem"),
    };
    if !papers.certificate.exists() {
        std::fs::create_dir_all(&folder).expect("a folder");
        make(&papers);
    }
    papers
});

fn make(papers: &Papers) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, "authority of the tests");
    let authority =
        CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority");
    let names = ["localhost".to_owned(), format!("{ACCOUNT}.blob.localhost"), "127.0.0.1".to_owned()];
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(names).expect("names");
    let certificate = params.signed_by(&key, &authority).expect("a certificate");
    std::fs::write(&papers.authority, authority.pem()).expect("the authority is written");
    std::fs::write(&papers.key, key.serialize_pem()).expect("the key is written");
    // Last: it is the one that says that all are there.
    std::fs::write(&papers.certificate, certificate.pem()).expect("the certificate is written");
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// What a server on loopback shows.
pub static SERVER: LazyLock<Arc<rustls::ServerConfig>> = LazyLock::new(|| {
    let chain = CertificateDer::from_pem_file(&PAPERS.certificate).expect("the certificate");
    let key = PrivateKeyDer::from_pem_file(&PAPERS.key).expect("the key");
    let config = rustls::ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![chain], key)
        .expect("a server's configuration");
    Arc::new(config)
});

/// What a client on loopback trusts.
pub static CLIENT: LazyLock<Arc<rustls::ClientConfig>> = LazyLock::new(|| {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&PAPERS.authority).expect("the authority")).expect("a root");
    let config = rustls::ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
});
