//! SIGKILL while other systems are told: what was acknowledged is told in the end, each thing under one name.

use crate::house::House;
use crate::load::Load;
use crate::server::Server;
use crate::{ALONE, rounds};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::time::{Duration, Instant};
use support::app::Database;
use support::hooks::Receiver;
use support::make;
use uuid::Uuid;
use vouchsafe::audit::Actor;
use vouchsafe::clock::Clock;
use vouchsafe::web::seal::Seal;
use vouchsafe::webhooks::endpoints::{self, Said};

async fn endpoint(house: &House, url: &str) {
    let said = Said { url: url.to_owned(), events: vec!["redemption.confirmed".to_owned()] };
    let (db, seal) = (house.db().await, Seal::of(&house.config).expect("a seal"));
    let tx = db.begin().await.expect("a transaction");
    let made = endpoints::create(&tx, &seal, &Actor::system("torture"), house.tenant, said, Clock::System.now()).await;
    made.expect("an endpoint");
    tx.commit().await.expect("it is kept");
    db.close().await;
}

/// Each redemption that was told of, with the names of its messages.
fn told(receiver: &Receiver) -> BTreeMap<Uuid, BTreeSet<String>> {
    let mut told: BTreeMap<Uuid, BTreeSet<String>> = BTreeMap::new();
    for call in receiver.calls() {
        let said = call.json();
        let id = said["data"]["redemption"]["id"].as_str().and_then(|id| id.parse().ok()).expect("a redemption");
        told.entry(id).or_default().insert(call.id().to_owned());
    }
    told
}

async fn until(what: &str, so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(120);
    while !so() {
        assert!(Instant::now() < deadline, "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_told_however_often_the_sender_is_killed() {
    let _alone = ALONE.lock().await;
    let kills = rounds(1, 20);
    for database in [Database::Sqlite, Database::Postgres] {
        let (house, receiver) = (House::new(database).await, Receiver::start().await);
        endpoint(&house, &receiver.url).await;
        let coupon = house.coupon(make::coupon().percent("100")).await;
        let open = |command: &mut Command| _ = command.env("VOUCHSAFE_WEBHOOK_HOSTS", "127.0.0.1");
        let mut server = Server::start_with(&house, open).await;
        let load = Load::start(2, server.address, &house.key, &coupon.code);
        for kill in 0..kills {
            let before = receiver.calls().len();
            load.goes_on(20).await;
            until("nothing is told", || receiver.calls().len() > before + 5).await;
            server.kill();
            server = Server::start_with(&house, open).await;
            load.moved(server.address);
            println!("{database:?}: kill {kill}, {} calls so far", receiver.calls().len());
        }
        load.goes_on(5).await;
        let acknowledged: BTreeSet<Uuid> = load.finish().await.acknowledged.values().copied().collect();
        until("not everything is told", || {
            let told: BTreeSet<Uuid> = told(&receiver).into_keys().collect();
            acknowledged.is_subset(&told)
        })
        .await;
        let told = told(&receiver);
        let twice: Vec<_> = told.iter().filter(|(_, names)| names.len() != 1).collect();
        assert!(twice.is_empty(), "told under two names: {twice:?}");
        let there: BTreeSet<Uuid> = house.redemptions().await.into_keys().collect();
        assert!(told.keys().all(|id| there.contains(id)), "told of what is not there");
        println!(
            "{database:?}: {kills} kills: {} redemptions told by {} calls, each under one name",
            told.len(),
            receiver.calls().len()
        );
        drop(server);
        house.leave().await;
    }
}
