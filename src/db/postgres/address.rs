//! The address of PostgreSQL, as options of the driver: TLS as the settings say, and what a pooler understands.

use crate::db::error::StoreError;
use crate::settings::server_tls::Wire;
use crate::settings::{Pooler, ServerTls};
use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// Limits of every connection. An instance that loses its power or its network within a transaction leaves locked rows behind: the
/// server ends that transaction, and a statement of another instance does not wait for it without bound.
const LIMITS: [(&str, &str); 2] = [("lock_timeout", "1s"), ("idle_in_transaction_session_timeout", "15s")];

/// Begins a transaction behind a pooler, with the same limits for this transaction: a pooler knows no startup parameter for them, and
/// what is set for a session would stay behind for other programs.
pub(crate) const BEGIN_POOLED: &str =
    "BEGIN; SET LOCAL lock_timeout = '1s'; SET LOCAL idle_in_transaction_session_timeout = '15s'";

/// The options for an address that begins with `postgres:` or `postgresql:`.
pub(crate) fn options(url: &str, tls: &ServerTls, pooler: Pooler) -> Result<PgConnectOptions, StoreError> {
    let unreadable = || StoreError::BadAddress("the postgres address cannot be read".to_owned());
    // The parser of the driver knows sslmode; which one was written, and whether one was, is looked up here.
    let parsed = url::Url::parse(url).map_err(|_| unreadable())?;
    let mode = parsed.query_pairs().filter(|(key, _)| key == "sslmode" || key == "ssl-mode").last();
    let mode = mode.map(|(_, value)| value.to_ascii_lowercase());
    let options: PgConnectOptions = url.parse().map_err(|_| unreadable())?;
    // The host that is connected to, which `?host=` or the environment may have set.
    let host = options.get_socket().map_or_else(|| options.get_host().to_owned(), |path| path.to_string_lossy().into_owned());
    let wire = tls.wire_with(&host, mode.as_deref()).map_err(|problem| StoreError::Unprotected(problem.to_string()))?;
    let mut options = options.ssl_mode(match wire {
        Wire::Plain => PgSslMode::Disable,
        Wire::VerifyCa => PgSslMode::VerifyCa,
        Wire::VerifyFull => PgSslMode::VerifyFull,
    });
    if let Some(ca) = &tls.ca {
        options = options.ssl_root_cert(ca);
    }
    if let (Some(certificate), Some(key)) = (&tls.certificate, &tls.key) {
        options = options.ssl_client_cert(certificate).ssl_client_key(key);
    }
    Ok(match pooler {
        Pooler::None => options.statement_cache_capacity(256).options(LIMITS),
        // PgBouncer refuses startup parameters that it does not know.
        Pooler::Transaction => options.statement_cache_capacity(0).extra_float_digits(None),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::TlsPolicy;

    fn mode(url: &str, policy: TlsPolicy) -> Result<PgSslMode, StoreError> {
        let tls = ServerTls { policy, ..ServerTls::default() };
        options(url, &tls, Pooler::None).map(|options| options.get_ssl_mode())
    }

    #[test]
    fn every_way_to_write_another_machine_is_verified_or_refused() {
        for url in [
            "postgres://u:p@db.example/d",
            "postgres://db.example:6432/d?application_name=x",
            "postgres://localhost/d?host=db.example",
            "postgres://127.0.0.1/d?hostaddr=10.1.2.3",
            "postgresql://10.1.2.3/d",
            "postgres://[2001:db8::1]/d",
        ] {
            assert!(matches!(mode(url, TlsPolicy::Auto), Ok(PgSslMode::VerifyFull)), "{url}");
            assert!(matches!(mode(url, TlsPolicy::PlainText), Ok(PgSslMode::Disable)), "{url}");
            let with = |mode: &str| format!("{url}{}sslmode={mode}", if url.contains('?') { '&' } else { '?' });
            for weak in ["disable", "allow", "prefer", "require", "PREFER", "disable&ssl-mode=prefer"] {
                assert!(matches!(mode(&with(weak), TlsPolicy::Auto), Err(StoreError::Unprotected(_))), "{url} {weak}");
            }
        }
        for here in ["postgres://127.0.0.1/d", "postgres://[::1]/d", "postgres://%2Frun%2Fpostgresql/d", "postgres://localhost/d"]
        {
            assert!(matches!(mode(here, TlsPolicy::Auto), Ok(PgSslMode::Disable)), "{here}");
            assert!(matches!(mode(here, TlsPolicy::VerifyFull), Ok(PgSslMode::VerifyFull)), "{here}");
        }
    }
}
