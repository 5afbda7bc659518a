//! SIGKILL under load: after each restart every acknowledged redemption is there, none is there twice, and the counters are
//! what the rows say.

use crate::house::House;
use crate::load::{Answered, Load};
use crate::server::Server;
use crate::{ALONE, random, rounds};
use sea_orm::EntityTrait;
use std::collections::BTreeSet;
use std::time::Duration;
use support::app::Database;
use support::make;
use uuid::Uuid;

/// What was acknowledged in the end is what is there, and nothing else.
pub async fn nothing_lost_nothing_doubled(house: &House, answered: &Answered) {
    let acknowledged: BTreeSet<Uuid> = answered.acknowledged.values().copied().collect();
    assert_eq!(acknowledged.len(), answered.acknowledged.len(), "two requests have one redemption");
    house.has_kept(&acknowledged, "in the end").await;
    let there: BTreeSet<Uuid> = house.redemptions().await.into_keys().collect();
    let unasked: Vec<_> = there.difference(&acknowledged).collect();
    assert!(unasked.is_empty(), "{} redemptions are there that no request was answered with", unasked.len());
    house.is_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_process_loses_nothing_that_it_acknowledged() {
    let _alone = ALONE.lock().await;
    let kills = rounds(3, 200);
    for database in [Database::Sqlite, Database::Postgres] {
        let house = House::new(database).await;
        let coupon = house.coupon(make::coupon().percent("100")).await;
        let mut server = Server::start(&house).await;
        let load = Load::start(16, server.address, &house.key, &coupon.code);
        let mut slowest = Duration::ZERO;
        for kill in 0..kills {
            load.goes_on(20).await;
            tokio::time::sleep(Duration::from_millis(random(200))).await;
            server.kill();
            // Answers that were under way are read before anything is compared.
            tokio::time::sleep(Duration::from_millis(20)).await;
            let acknowledged = load.acknowledged();
            house.has_kept(&acknowledged, &format!("{database:?}, after kill {kill}")).await;
            server = Server::start(&house).await;
            slowest = slowest.max(server.ready_after);
            load.moved(server.address);
            house.has_kept(&acknowledged, &format!("{database:?}, restarted after kill {kill}")).await;
            if kill % 10 == 0 {
                house.is_sound().await;
            }
        }
        load.goes_on(20).await;
        let answered = load.finish().await;
        nothing_lost_nothing_doubled(&house, &answered).await;
        println!(
            "{database:?}: {kills} kills under load: {} acknowledged, 0 lost, 0 doubled; ready again within {slowest:?}",
            answered.acknowledged.len()
        );
        drop(server);
        house.leave().await;
    }
}

/// How far a batch is: its state, and how many codes there are.
async fn batch(server: &Server, house: &House, id: &str) -> (String, i64) {
    let url = format!("http://{}/api/v1/batches/{id}", server.address);
    let answer = reqwest::Client::new().get(url).bearer_auth(&house.key).send().await.expect("an answer");
    let said: serde_json::Value = answer.json().await.expect("a batch");
    (said["state"].as_str().unwrap_or_default().to_owned(), said["made"].as_i64().unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_has_exactly_its_codes_however_often_it_is_killed() {
    const COUNT: i64 = 20_000;
    let _alone = ALONE.lock().await;
    let kills = rounds(1, 20);
    for database in [Database::Sqlite, Database::Postgres] {
        let house = House::new(database).await;
        let coupon = house.coupon(make::coupon().percent("10")).await;
        let mut server = Server::start(&house).await;
        let body = serde_json::json!({ "coupon_id": coupon.id, "count": COUNT });
        let url = format!("http://{}/api/v1/batches", server.address);
        let asked =
            reqwest::Client::new().post(url).bearer_auth(&house.key).json(&body).send().await.expect("an answer");
        let asked: serde_json::Value = asked.json().await.expect("a batch");
        let id = asked["id"].as_str().unwrap_or_else(|| panic!("{asked}")).to_owned();
        let (mut killed, mut before) = (0, 0);
        let deadline = std::time::Instant::now() + Duration::from_secs(300);
        loop {
            assert!(std::time::Instant::now() < deadline, "{database:?}: the batch does not end");
            let (state, made) = batch(&server, &house, &id).await;
            if state == "done" {
                break;
            }
            if made > before && killed < kills {
                (killed, before) = (killed + 1, made);
                server.kill();
                server = Server::start(&house).await;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(killed > 0, "it was too fast to be killed");
        assert_eq!(batch(&server, &house, &id).await, ("done".to_owned(), COUNT));
        let db = house.db().await;
        let codes = vouchsafe::db::tables::codes::Entity::find();
        let there = sea_orm::PaginatorTrait::count(codes, db.read()).await.expect("the codes");
        assert_eq!(there, COUNT.unsigned_abs() + 1, "and the coupon's own");
        db.close().await;
        house.is_sound().await;
        drop(server);
        house.leave().await;
    }
}
