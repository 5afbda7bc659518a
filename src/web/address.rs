//! Where a request comes from: the peer, or what a trusted proxy says of it.

use crate::config::Config;
use actix_web::{HttpRequest, web};
use std::net::{IpAddr, Ipv4Addr};

/// The address of the client. `X-Forwarded-For` is read from its right end, and only as far as proxies are trusted.
#[must_use]
pub fn client(request: &HttpRequest) -> IpAddr {
    let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
    let trusted = request.app_data::<web::Data<Config>>().map(|config| config.trusted_proxies.as_slice());
    let forwarded = request.headers().get("x-forwarded-for").and_then(|value| value.to_str().ok());
    behind(peer, forwarded.unwrap_or_default(), trusted.unwrap_or_default())
}

/// The name that the request was sent to, without port; an IPv6 address without its brackets.
#[must_use]
pub fn hostname(request: &HttpRequest) -> String {
    name_of(request.connection_info().host()).to_owned()
}

fn name_of(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or(rest, |(name, _)| name),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    }
}

fn behind(peer: IpAddr, forwarded: &str, trusted: &[IpAddr]) -> IpAddr {
    let mut address = peer;
    for hop in forwarded.rsplit(',') {
        if !trusted.contains(&address) {
            break;
        }
        match hop.trim().parse() {
            Ok(next) => address = next,
            Err(_) => break,
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::{behind, name_of};

    #[test]
    fn a_hostname_has_no_port_and_no_brackets() {
        for (host, name) in [("a.test", "a.test"), ("a.test:80", "a.test"), ("[::1]:80", "::1"), ("[::1]", "::1")] {
            assert_eq!(name_of(host), name);
        }
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let peer = "10.0.0.1".parse().unwrap();
        let client: std::net::IpAddr = "203.0.113.9".parse().unwrap();
        assert_eq!(behind(peer, "203.0.113.9", &[]), peer);
        assert_eq!(behind(peer, "203.0.113.9", &[peer]), client);
        assert_eq!(behind(peer, "198.51.100.7, 203.0.113.9", &[peer]), client, "what the client wrote is not believed");
        assert_eq!(behind(peer, "", &[peer]), peer);
    }
}
