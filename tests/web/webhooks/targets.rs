//! Where nothing is ever sent.

use super::{PATH, come, deliveries, endpoint, open, press, until};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use support::hooks::Receiver;
use support::prelude::*;
use vouchsafe::config::Config;
use vouchsafe::webhooks::targets::Targets;
use vouchsafe::webhooks::wire::{Lookup, Outcome, Wire};

/// A directory in which every name has these addresses the first time, and is inside from then on.
fn directory(first: &[&str]) -> (Lookup, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let (first, count): (Vec<IpAddr>, _) = (first.iter().map(|ip| ip.parse().unwrap()).collect(), Arc::clone(&asked));
    let lookup: Lookup = Arc::new(move |_| {
        let again = count.fetch_add(1, Ordering::SeqCst) > 0;
        let found = if again { vec!["169.254.169.254".parse().unwrap()] } else { first.clone() };
        Box::pin(async move { Ok(found) })
    });
    (lookup, asked)
}

fn targets(app: &App, open: &[&str]) -> Targets {
    let hosts = open.iter().map(|host| (*host).to_owned()).collect();
    Targets::of(&Config { webhook_hosts: hosts, ..app.config.clone() })
}

async fn send(wire: &Wire, url: &str) -> Outcome {
    wire.send(url, [("a", String::new()), ("b", String::new()), ("c", String::new())], "{}".to_owned()).await
}

on_both_databases! {
    async fn an_endpoint_inside_the_network_is_refused_by_the_form(app: App) {
        let receiver = Receiver::start().await;
        let admin = app.admin().await;
        for url in [
            receiver.url.as_str(), "https://127.0.0.1/", "http://[::1]/", "https://10.1.2.3/", "https://172.16.0.1/", "https://192.168.1.1/",
            "https://169.254.169.254/latest", "https://100.64.0.1/", "https://[fc00::1]/", "https://[fe80::1]/", "https://0.0.0.0/",
            "https://[::ffff:10.0.0.1]/", "https://224.0.0.1/", "https://localhost/", "https://2130706433/", "http://example.com/",
            "file:///etc/passwd", "gopher://example.com/", "https://user:secret@example.com/", "",
        ] {
            let fields = [("url", url), ("events", "coupon.paused"), ("request_key", "a-key")];
            let page = admin.post_form(PATH, &fields).await.expect(422).page();
            assert!(!page.field_errors().is_empty(), "{url}");
        }
        assert!(receiver.calls().is_empty());
    }
}

#[tokio::test]
async fn a_name_that_turns_inside_is_not_followed() {
    support::app::tell(Database::Sqlite, |app| async move {
        let receiver = Receiver::start().await;
        let url = format!("https://hooks.example.com:{}/", receiver.port());
        for found in [vec!["127.0.0.1"], vec!["::ffff:127.0.0.1"], vec!["93.184.216.34", "10.0.0.1"], vec!["fd00::1"]] {
            let wire = Wire::with_lookup(targets(&app, &[]), directory(&found).0).unwrap();
            let said = send(&wire, &url).await.failure.unwrap_or_default();
            assert!(said.contains("inside the network"), "{found:?}: {said}");
        }
        // An address that came into the database by another way is held to the same.
        let wire = Wire::new(targets(&app, &[])).unwrap();
        for url in [receiver.url.as_str(), "https://127.0.0.1/", "file:///etc/passwd", "https://[::1]/"] {
            assert!(send(&wire, url).await.failure.is_some(), "{url}");
        }
        assert!(receiver.calls().is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_is_connected_to_is_the_very_address_that_was_checked() {
    support::app::tell(Database::Sqlite, |app| async move {
        let receiver = Receiver::start().await;
        let (lookup, asked) = directory(&["127.0.0.1"]);
        let wire = Wire::with_lookup(targets(&app, &["hooks.example.com"]), lookup).unwrap();
        let outcome = send(&wire, &format!("http://hooks.example.com:{}/", receiver.port())).await;
        assert_eq!((outcome.status, outcome.failure), (Some(204), None));
        assert_eq!((asked.load(Ordering::SeqCst), receiver.calls().len()), (1, 1), "a name is asked for once");
        assert_eq!(receiver.calls()[0].headers["host"], format!("hooks.example.com:{}", receiver.port()));
    })
    .await;
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_a_proxy_of_the_environment_not_asked() {
    open(|app, receiver| async move {
        let elsewhere = Receiver::start().await;
        receiver.answers("302 Found", &format!("Location: {}\r\n", elsewhere.url), "");
        let (id, _) = endpoint(&app, &receiver.url, &["coupon.paused"]).await;
        press(&app, make::coupon().create(&app).await.id, "pause").await;
        come(&app, &receiver, 1).await;
        until(&app, || async { deliveries(&app).await[0].tries > 0 }).await;
        let page = app.admin().await.get(&format!("{PATH}/{id}")).await.page();
        assert!(page.words().contains("It answered 302, a redirect; none is followed."), "{}", page.words());
        assert!(elsewhere.calls().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_server_without_a_certificate_gets_nothing() {
    open(|app, receiver| async move {
        // Plain HTTP where encryption is expected.
        endpoint(&app, &receiver.url.replace("http://", "https://"), &["coupon.paused"]).await;
        press(&app, make::coupon().create(&app).await.id, "pause").await;
        until(&app, || async { deliveries(&app).await.first().is_some_and(|row| row.tries > 0) }).await;
        let failure = deliveries(&app).await.remove(0).failure.unwrap_or_default();
        assert!(failure.starts_with("No secure connection"), "{failure}");
        assert!(receiver.calls().is_empty());
    })
    .await;
}
