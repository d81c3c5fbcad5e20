//! TLS to PostgreSQL: what a connection URL asks for with `sslmode` and `sslrootcert`, in the words of PostgreSQL's own
//! clients, and what checks the server's certificate. Where TLS was asked for, it never makes do with less.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::{Result, StoreError};

/// Stands in `sslrootcert` for the authorities that the system trusts.
const SYSTEM: &str = "system";

/// How far a connection is to be trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    /// No TLS.
    Disable,
    /// TLS where the server offers it, unchecked.
    #[default]
    Prefer,
    /// TLS; the certificate is checked where it is said against what.
    Require,
    /// TLS with a certificate that a trusted authority signed, whatever name is on it.
    VerifyCa,
    /// TLS with a certificate that a trusted authority signed for this host.
    VerifyFull,
}

/// What a URL asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    mode: Mode,
    root: Option<String>,
}

impl Asked {
    /// Takes a parameter of the URL in, if it is about this; tells whether it was.
    pub(super) fn take(&mut self, key: &str, value: &str) -> Result<bool> {
        match key {
            "sslmode" => {
                self.mode = match value {
                    "disable" => Mode::Disable,
                    "prefer" => Mode::Prefer,
                    "require" => Mode::Require,
                    "verify-ca" => Mode::VerifyCa,
                    "verify-full" => Mode::VerifyFull,
                    _ => return Err(wrong("sslmode must be disable, prefer, require, verify-ca or verify-full")),
                };
            }
            "sslrootcert" => self.root = Some(value.to_owned()),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The driver's part of it: whether there is to be TLS.
    pub(super) fn driver_mode(&self) -> SslMode {
        match self.mode {
            Mode::Disable => SslMode::Disable,
            Mode::Prefer => SslMode::Prefer,
            Mode::Require | Mode::VerifyCa | Mode::VerifyFull => SslMode::Require,
        }
    }

    /// What makes the connections. Reads the authorities' certificates now.
    pub(super) fn connector(&self) -> Result<MakeRustlsConnect> {
        let roots = match (self.mode, self.root.as_deref()) {
            (Mode::Disable | Mode::Prefer | Mode::Require, None) => None,
            (Mode::Disable | Mode::Prefer, Some(_)) => {
                return Err(wrong(
                    "sslrootcert is looked at with sslmode=verify-full, verify-ca or require only: name one of them",
                ));
            }
            (_, None | Some(SYSTEM)) => Some(system_roots()?),
            (_, Some(file)) => Some(roots_in(file)?),
        };
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| StoreError::Internal(error.to_string()))?;
        let config = match roots {
            Some(roots) if self.mode == Mode::VerifyFull => builder.with_root_certificates(roots),
            roots => builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyName { roots, provider })),
        };
        Ok(MakeRustlsConnect::new(config.with_no_client_auth()))
    }
}

fn wrong(what: impl std::fmt::Display) -> StoreError {
    StoreError::Unavailable(format!("the database URL can't be used: {what}"))
}

fn roots_in(file: &str) -> Result<RootCertStore> {
    let failed = |problem: &dyn std::fmt::Display| wrong(format_args!("sslrootcert {file}: {problem}"));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| failed(&error))? {
        let certificate = certificate.map_err(|error| failed(&error))?;
        roots.add(certificate).map_err(|error| failed(&error))?;
    }
    if roots.is_empty() { Err(failed(&"it holds no certificate")) } else { Ok(roots) }
}

fn system_roots() -> Result<RootCertStore> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    // Of a system's many certificates one that can't be read is no reason to trust none of the others.
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        return Err(wrong("the system has no certificate authorities; name a file with sslrootcert"));
    }
    Ok(roots)
}

/// Takes a certificate with any name on it: one that `roots` vouch for, or any at all where there are none.
#[derive(Debug)]
struct AnyName {
    roots: Option<RootCertStore>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        if let Some(roots) = &self.roots {
            let algorithms = self.provider.signature_verification_algorithms.all;
            let certificate = ParsedCertificate::try_from(end_entity)?;
            verify_server_cert_signed_by_trust_anchor(&certificate, roots, intermediates, now, algorithms)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    // That the server holds the key of its certificate is checked in any case: where the password is sent by SCRAM, the
    // certificate is bound to it, and somebody in between could else show the real one.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
