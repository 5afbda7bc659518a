//! A crowd at the door: many connections in one instant, while the server is too busy to take any.

use crate::ALONE;
use crate::attack::{Request, at_once};
use crate::house::{House, instant};
use crate::server::Server;
use std::time::Duration;
use support::app::Database;
use support::make;

/// More than the 128 that a listener keeps waiting when nobody says how many.
const CROWD: usize = 600;

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_that_comes_while_the_server_is_busy_waits_and_is_served() {
    let _alone = ALONE.lock().await;
    let house = House::new(Database::Sqlite).await;
    let server = Server::start(&house).await;
    let coupon = house.coupon(make::coupon().percent("100")).await;
    server.pause();
    let crowd = (0..CROWD).map(|_| Request::redeem(server.address, &house.key, instant(&coupon.code))).collect();
    let answers = tokio::spawn(at_once(crowd));
    // A connection that finds no place is tried again after a second; this one would still be outside then.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let waiting = connections_to(&server);
    server.resume();
    assert_eq!(waiting, CROWD, "of {CROWD} connections so many found a place");
    let answers = answers.await.expect("all are answered");
    let served = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(served, CROWD, "{:?}", answers.iter().find(|answer| answer.status != 201));
    assert_eq!(house.redemptions().await.len(), CROWD);
    house.is_sound().await;
    drop(server);
    house.leave().await;
}

/// How many connections the kernel has set up for this server, taken by it or not.
fn connections_to(server: &Server) -> usize {
    const ESTABLISHED: &str = "01";
    let local = format!("0100007F:{:04X}", server.address.port());
    let table = std::fs::read_to_string("/proc/net/tcp").expect("the table of connections");
    let columns = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    columns.filter(|it| it.get(1) == Some(&local.as_str()) && it.get(3) == Some(&ESTABLISHED)).count()
}
