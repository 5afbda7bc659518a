//! Where webhooks may go: public addresses, and what the operator opens by configuration.

mod public;

pub use public::is_public;

use crate::config::Config;
use std::net::IpAddr;
use url::{Host, Url};

/// The longest address.
const LONGEST: usize = 2_000;

/// What may be connected to.
#[derive(Clone, Debug, Default)]
pub struct Targets {
    /// Hosts and addresses that are open although they lie inside.
    open: Vec<String>,
}

impl Targets {
    /// As the configuration says (`VOUCHSAFE_WEBHOOK_HOSTS`).
    #[must_use]
    pub fn of(config: &Config) -> Self {
        Self { open: config.webhook_hosts.clone() }
    }

    /// The address of an endpoint as it is kept, or the sentence that says what is wrong with it.
    ///
    /// # Errors
    /// The sentence for the form.
    pub fn read(&self, typed: &str) -> Result<Url, String> {
        let typed = typed.trim();
        if typed.len() > LONGEST {
            return Err(format!("Use at most {LONGEST} characters."));
        }
        let url =
            Url::parse(typed).map_err(|_| "Enter a whole address, as https://example.com/webhooks.".to_owned())?;
        let is_open = self.opens(url.host_str().unwrap_or_default());
        if url.scheme() != "https" && !(url.scheme() == "http" && is_open) {
            return Err("Use an address that begins with https://.".to_owned());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("Leave names and passwords out of the address; the signature says who we are.".to_owned());
        }
        if url.fragment().is_some() {
            return Err("Leave out what follows the #; it would never be sent.".to_owned());
        }
        let inside = match url.host() {
            Some(Host::Ipv4(ip)) => !is_public(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => !is_public(IpAddr::V6(ip)),
            Some(Host::Domain(name)) => is_local(name),
            None => return Err("Enter an address with a host.".to_owned()),
        };
        if inside && !is_open {
            return Err("This address lies inside the network. The operator can open it with VOUCHSAFE_WEBHOOK_HOSTS."
                .to_owned());
        }
        Ok(url)
    }

    /// Whether this address, to which the host resolved, may be connected to.
    #[must_use]
    pub fn admits(&self, host: &str, address: IpAddr) -> bool {
        is_public(address) || self.opens(host) || self.opens(&address.to_string())
    }

    fn opens(&self, host: &str) -> bool {
        let plain = |host: &str| host.trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase();
        self.open.iter().any(|open| plain(open) == plain(host))
    }
}

/// Names that only ever mean something inside.
fn is_local(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    let last = name.rsplit('.').next().unwrap_or_default();
    name == "localhost" || ["localhost", "internal", "local"].contains(&last)
}

#[cfg(test)]
mod tests {
    use super::Targets;

    #[test]
    fn an_endpoint_is_a_public_https_address() {
        let targets = Targets::default();
        assert!(targets.read("https://example.com/hooks?a=b").is_ok());
        let bad = [
            "",
            "example.com",
            "http://example.com/",
            "file:///etc/passwd",
            "gopher://example.com/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://localhost/",
            "https://LOCALHOST./",
            "https://a.localhost/",
            "https://metadata.google.internal/",
            "https://169.254.169.254/latest",
            "https://user:secret@example.com/",
            "https://user@example.com/",
            "ftp://example.com/",
            "https://10.1.2.3:8443/",
            "https://[::ffff:10.0.0.1]/",
            "https://example.com/#part",
            "data:text/plain,x",
            "javascript:alert(1)",
        ];
        for url in bad {
            assert!(targets.read(url).is_err(), "{url}");
        }
        assert!(targets.read(&format!("https://example.com/{}", "x".repeat(2_000))).is_err());
    }

    #[test]
    fn the_operator_opens_hosts_by_name() {
        let open = Targets { open: vec!["127.0.0.1".to_owned(), "Hooks.internal".to_owned(), "::1".to_owned()] };
        assert!(open.read("http://127.0.0.1:9000/x").is_ok() && open.read("http://hooks.internal./").is_ok());
        assert!(open.read("http://[::1]/").is_ok());
        assert!(open.read("http://127.0.0.2/").is_err() && open.read("file://127.0.0.1/etc/passwd").is_err());
        assert!(open.admits("hooks.internal", "10.0.0.9".parse().unwrap()));
        assert!(!open.admits("example.com", "10.0.0.9".parse().unwrap()), "a name that turns inside is not followed");
    }
}
