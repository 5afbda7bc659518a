//! Where a request comes from: the peer, or what a trusted proxy says of it.

use crate::config::Config;
use actix_web::http::header::HOST;
use actix_web::{HttpRequest, web};
use std::net::{IpAddr, Ipv4Addr};

/// The address of the client. `X-Forwarded-For` is read from its right end, and only as far as proxies are trusted. Some add
/// a line of their own to what the client wrote.
#[must_use]
pub fn client(request: &HttpRequest) -> IpAddr {
    let lines = request.headers().get_all("x-forwarded-for").filter_map(|value| value.to_str().ok());
    behind(peer(request), &lines.collect::<Vec<_>>().join(","), trusted(request))
}

/// The name that the request was sent to, without port; an IPv6 address without its brackets. Only a trusted proxy may say
/// that it was another one than the request itself names.
#[must_use]
pub fn hostname(request: &HttpRequest) -> String {
    name_of(&host(request)).to_owned()
}

/// The scheme and host under which this browser sees us: good for a link that is shown to it, never for one that is mailed.
/// Only a trusted proxy may say that they are others than those of the request itself, which comes without TLS.
#[must_use]
pub fn origin(request: &HttpRequest) -> String {
    let behind_proxy = is_among(peer(request), trusted(request));
    let scheme = if behind_proxy { request.connection_info().scheme().to_owned() } else { "http".to_owned() };
    format!("{scheme}://{}", host(request))
}

/// Where somebody sits, for counting: an address of version 4, or the whole network of one of version 6, of which anybody
/// has one.
#[must_use]
pub fn place(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// The host that the request was sent to, with its port where it has one.
fn host(request: &HttpRequest) -> String {
    if is_among(peer(request), trusted(request)) {
        return request.connection_info().host().to_owned();
    }
    let named = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    named.or_else(|| request.uri().authority().map(|authority| authority.as_str())).unwrap_or_default().to_owned()
}

fn peer(request: &HttpRequest) -> IpAddr {
    request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip())
}

fn trusted(request: &HttpRequest) -> &[IpAddr] {
    request.app_data::<web::Data<Config>>().map_or(&[], |config| config.trusted_proxies.as_slice())
}

/// An address of version 4 may come as one of version 6.
fn is_among(address: IpAddr, trusted: &[IpAddr]) -> bool {
    trusted.iter().any(|proxy| proxy.to_canonical() == address.to_canonical())
}

fn name_of(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or(rest, |(name, _)| name),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    }
}

fn behind(peer: IpAddr, forwarded: &str, trusted: &[IpAddr]) -> IpAddr {
    let mut address = peer.to_canonical();
    for hop in forwarded.rsplit(',') {
        if !is_among(address, trusted) {
            break;
        }
        match hop.trim().parse::<IpAddr>() {
            Ok(next) => address = next.to_canonical(),
            Err(_) => break,
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::{behind, name_of, place};

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
        let mapped = "::ffff:10.0.0.1".parse().unwrap();
        assert_eq!(behind(mapped, "203.0.113.9", &[peer]), client, "the same proxy by version 6");
    }

    #[test]
    fn a_network_of_version_6_is_one_place() {
        let places =
            ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "::ffff:192.0.2.7"].map(|text| place(text.parse().unwrap()));
        assert_eq!(places, ["2001:db8:1:2::/64", "2001:db8:1:2::/64", "192.0.2.7"]);
    }
}
