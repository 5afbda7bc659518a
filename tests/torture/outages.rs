//! PostgreSQL goes away under load, in every way it can: the server is never restarted, says 503 meanwhile, loses nothing
//! that it acknowledged, and goes on by itself.

use crate::cluster::Cluster;
use crate::house::House;
use crate::kills::nothing_lost_nothing_doubled;
use crate::load::Load;
use crate::proxy::{Network, Proxy};
use crate::server::Server;
use crate::{ALONE, random, rounds};
use std::time::Duration;
use support::make;

/// Nobody waits longer for an answer, whatever happens to the database.
const LONGEST_ANSWER: Duration = Duration::from_secs(10);
/// Work goes on so soon after the database is back.
const LONGEST_RETURN: Duration = Duration::from_secs(10);

struct Outage {
    cluster: Cluster,
    house: House,
    server: Server,
    load: Load,
    proxy: Proxy,
}

impl Outage {
    async fn begin() -> Self {
        let cluster = Cluster::start().await;
        let proxy = Proxy::before(cluster.port).await;
        let house = House::at(&cluster.url()).await;
        let coupon = house.coupon(make::coupon().percent("100")).await;
        let through = cluster.url_at(proxy.port);
        let server = Server::start_with(&house, |command| _ = command.env("DATABASE_URL", through)).await;
        let load = Load::start(16, server.address, &house.key, &coupon.code);
        load.goes_on(20).await;
        Self { cluster, house, server, load, proxy }
    }

    /// Work goes on, and everything acknowledged is there.
    async fn is_over(&mut self, what: &str, slowest: &mut Duration) {
        let acknowledged = self.load.acknowledged();
        let back = self.load.goes_on(5).await;
        assert!(back <= LONGEST_RETURN, "{what}: it took {back:?} to go on");
        *slowest = back.max(*slowest);
        assert!(self.server.is_running(), "{what}: the server ended: {}", self.house.said());
        self.house.has_kept(&acknowledged, what).await;
    }

    async fn end(self, what: &str, many: usize, slowest: Duration) {
        let summary = self.load.summary();
        let answered = self.load.finish().await;
        nothing_lost_nothing_doubled(&self.house, &answered).await;
        assert!(answered.slowest <= LONGEST_ANSWER, "{what}: an answer took {:?}", answered.slowest);
        let count = answered.acknowledged.len();
        println!(
            "Postgres: {what} {many} times under load: {count} acknowledged, 0 lost, 0 doubled; it went on within {slowest:?}; {summary}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_that_crashes_costs_nothing_that_was_acknowledged() {
    let _alone = ALONE.lock().await;
    let mut outage = Outage::begin().await;
    let (many, mut slowest) = (rounds(1, 50), Duration::ZERO);
    for crash in 0..many {
        tokio::time::sleep(Duration::from_millis(random(300))).await;
        outage.cluster.crash().await;
        outage.is_over(&format!("crash {crash}"), &mut slowest).await;
    }
    outage.end("crashed", many, slowest).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_that_ends_every_connection_or_writes_nothing_any_more() {
    let _alone = ALONE.lock().await;
    let mut outage = Outage::begin().await;
    let (many, mut slowest) = (rounds(1, 50), Duration::ZERO);
    for round in 0..many {
        tokio::time::sleep(Duration::from_millis(random(200))).await;
        let everybody = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() \
             AND backend_type = 'client backend'";
        outage.house.run(everybody).await;
        outage.is_over(&format!("termination {round}"), &mut slowest).await;
        // As after a fail-over to a standby.
        outage.house.run("ALTER DATABASE postgres SET default_transaction_read_only = on").await;
        outage.house.run(everybody).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        let writable = "SET TRANSACTION READ WRITE; ALTER DATABASE postgres RESET default_transaction_read_only";
        outage.house.run(writable).await;
        outage.house.run(everybody).await;
        outage.is_over(&format!("fail-over {round}"), &mut slowest).await;
    }
    outage.end("cut off and read-only", many, slowest).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_cuts_swallows_or_delays() {
    let _alone = ALONE.lock().await;
    let mut outage = Outage::begin().await;
    let (many, mut slowest) = (rounds(1, 20), Duration::ZERO);
    for round in 0..many {
        let slow = Network::Slow(Duration::from_millis(100));
        for (network, lasts) in [(Network::Cut, 400), (slow, 1_500), (Network::Silent, 11_000)] {
            tokio::time::sleep(Duration::from_millis(random(200))).await;
            outage.proxy.becomes(network);
            tokio::time::sleep(Duration::from_millis(lasts)).await;
            outage.proxy.becomes(Network::Whole);
            outage.is_over(&format!("{network:?}, round {round}"), &mut slowest).await;
        }
    }
    outage.end("behind a bad network", many, slowest).await;
}
