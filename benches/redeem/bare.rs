//! What is measured beside: the least that a redemption can be, one durable transaction each.

use sea_orm::{ConnectOptions, ConnectionTrait, Database, TransactionTrait};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// A guarded UPDATE and two INSERTs, in one statement and one round trip.
const SCRIPT: &str = "\\set code random(1, :codes)
WITH taken AS (UPDATE bare_codes SET uses = uses + 1 WHERE id = :code AND uses < max RETURNING id),
     made AS (INSERT INTO bare_redemptions (code, at) SELECT id, now() FROM taken RETURNING id)
INSERT INTO bare_audit (redemption, at) SELECT id, now() FROM made;
";
const TABLES: &str = "
CREATE TABLE bare_codes (id int PRIMARY KEY, uses int NOT NULL, max int NOT NULL);
CREATE TABLE bare_redemptions (id bigserial PRIMARY KEY, code int NOT NULL, at timestamptz NOT NULL);
CREATE TABLE bare_audit (id bigserial PRIMARY KEY, redemption bigint NOT NULL, at timestamptz NOT NULL);
INSERT INTO bare_codes SELECT i, 0, 1000000000 FROM generate_series(1, 100000) AS i;
";

/// The tables that `pgbench` works on.
pub async fn prepare(url: &str) {
    let connection = Database::connect(ConnectOptions::new(url.to_owned())).await.expect("the database");
    connection.execute_unprepared(TABLES).await.expect("the bare tables");
    connection.close().await.expect("closed");
}

/// The rate of `pgbench` with so many clients, each use of one of so many codes.
pub fn pgbench(url: &str, folder: &Path, clients: usize, codes: usize, time: Duration) -> f64 {
    let script = folder.join("bare.sql");
    std::fs::write(&script, SCRIPT).expect("the script");
    let bin = std::env::var("VOUCHSAFE_POSTGRES_BIN").expect("run this by `make bench`");
    let said = Command::new(Path::new(&bin).join("pgbench"))
        .args(["-n", "-M", "prepared", "-j", "2", "-c", &clients.to_string(), "-T", &time.as_secs().max(1).to_string()])
        .args(["-D", &format!("codes={codes}"), "-f"])
        .arg(&script)
        .arg(url)
        .output()
        .expect("pgbench runs");
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    let rate = text.lines().find_map(|line| line.strip_prefix("tps = ")?.split_whitespace().next()?.parse().ok());
    rate.unwrap_or_else(|| panic!("pgbench said {text}{}", String::from_utf8_lossy(&said.stderr)))
}

/// The rate of one connection to SQLite that commits each redemption by itself, durably.
#[expect(clippy::disallowed_methods, reason = "this is no database of ours, but what ours is measured beside")]
pub async fn sqlite(folder: &Path, time: Duration) -> f64 {
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rwc", folder.join("bare.db").display()));
    options.max_connections(1).sqlx_logging(false);
    let connection = Database::connect(options).await.expect("SQLite");
    let tables = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
        CREATE TABLE codes (id INTEGER PRIMARY KEY, uses INT NOT NULL, max INT NOT NULL) STRICT;
        CREATE TABLE redemptions (id INTEGER PRIMARY KEY, code INT NOT NULL, at TEXT NOT NULL) STRICT;
        CREATE TABLE audit (id INTEGER PRIMARY KEY, redemption INT NOT NULL, at TEXT NOT NULL) STRICT;
        INSERT INTO codes VALUES (1, 0, 1000000000)";
    connection.execute_unprepared(tables).await.expect("tables");
    let (begin, mut made) = (Instant::now(), 0);
    while begin.elapsed() < time {
        let tx = connection.begin().await.expect("a transaction");
        for sql in [
            "UPDATE codes SET uses = uses + 1 WHERE id = 1 AND uses < max",
            "INSERT INTO redemptions (code, at) VALUES (1, '2026-01-01T00:00:00Z')",
            "INSERT INTO audit (redemption, at) VALUES (last_insert_rowid(), '2026-01-01T00:00:00Z')",
        ] {
            tx.execute_unprepared(sql).await.expect(sql);
        }
        tx.commit().await.expect("a commit");
        made += 1;
    }
    f64::from(made) / begin.elapsed().as_secs_f64()
}
