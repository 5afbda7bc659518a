//! The same request from many clients at once: one effect, one answer.

use crate::attack::{Request, at_once};
use crate::house::{House, instant, ticket};
use crate::server::Server;
use crate::{ALONE, rounds};
use serde_json::json;
use std::collections::BTreeSet;
use support::app::Database;
use support::make;

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_from_50_clients_at_once_has_one_effect_and_one_answer() {
    let _alone = ALONE.lock().await;
    let many = rounds(3, 200);
    for database in [Database::Sqlite, Database::Postgres] {
        let house = House::new(database).await;
        let servers = [Server::start(&house).await, Server::start(&house).await];
        // On SQLite two processes are not how it is run, but exact all the same.
        let coupon = house.coupon(make::coupon().percent("100")).await;
        for round in 0..many {
            let hold = json!({ "code": coupon.code, "mode": "hold", "items": [ticket(1_000)] });
            let body = if round % 2 == 0 { instant(&coupon.code) } else { hold };
            let twin = |number: usize| Request {
                once: Some(format!("order-{round}")),
                ..Request::redeem(servers[number % 2].address, &house.key, body.clone())
            };
            let answers = at_once((0..50).map(twin).collect()).await;
            let bodies: BTreeSet<_> = answers.iter().map(|answer| (answer.status, answer.body.clone())).collect();
            assert_eq!(bodies.len(), 1, "{database:?}, round {round}: {bodies:?}");
            assert_eq!(answers[0].status, 201, "{database:?}, round {round}: {:?}", answers[0]);
        }
        assert_eq!(house.redemptions().await.len(), many, "{database:?}");
        println!("{database:?}: {many} rounds of 50 twins: one effect and one answer in each");
        house.is_sound().await;
        drop(servers);
        house.leave().await;
    }
}
