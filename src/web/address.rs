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
    use super::behind;

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
