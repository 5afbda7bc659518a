//! What it brings that the desk commits in groups: the desk alone, without HTTP, beside one that commits each redemption by
//! itself, on the disk as it is and on one whose flushes take a millisecond longer.

use super::client::Run;
use sea_orm::{ConnectOptions, ConnectionTrait, Database};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::{make, postgres, seed};
use uuid::Uuid;
use vouchsafe::audit::Actor;
use vouchsafe::clock::Clock;
use vouchsafe::config::Config;
use vouchsafe::coupons::basket::{Basket, Item};
use vouchsafe::coupons::coupon::ProductKey;
use vouchsafe::db::Db;
use vouchsafe::redemptions::desk::{Asker, Desk, Enter, Mode, Order, Place, Reply};
use vouchsafe::tenants::{self, Tenant};

/// The word by which the bench runs this part in a process of its own, whose flushes may then be slower.
pub const WORD: &str = "groups";
/// Clients on the slow disk.
const CROWD: usize = 256;

/// Runs both parts, each in a process of its own.
pub fn measure(folder: &Path, time: Duration) {
    let shim = folder.join("slow_flush.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/redeem/slow_flush.c");
    let built = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&shim).arg(source).arg("-ldl").status();
    assert!(built.is_ok_and(|status| status.success()), "cc makes the shim for slow flushes");
    for slow in [false, true] {
        let mut part = Command::new(std::env::current_exe().expect("this program"));
        part.arg(WORD).arg(if slow { "slow" } else { "plain" }).arg(time.as_secs_f64().to_string());
        if slow {
            part.env("LD_PRELOAD", &shim);
        }
        assert!(part.status().is_ok_and(|status| status.success()), "the part about groups ends well");
    }
}

/// What runs in that process.
pub async fn part(slow: bool, time: Duration) {
    let folder = tempfile::tempdir().expect("a folder");
    let words = |word: &str| match word {
        "VOUCHSAFE_DATA" => Some(folder.path().display().to_string()),
        "VOUCHSAFE_SECRET_KEY" => Some(support::app::SECRET.to_owned()),
        _ => None,
    };
    let sqlite = Config::load(None, words).expect("a configuration");
    one("SQLite", &sqlite, slow, time).await;
    let url = postgres::empty().await;
    if slow {
        slow_commits(&url).await;
    }
    one("PostgreSQL", &postgres::config(&url), slow, time).await;
    postgres::drop_database(&url).await;
}

/// PostgreSQL waits this long itself before each flush.
async fn slow_commits(url: &str) {
    let connection = Database::connect(ConnectOptions::new(url.to_owned())).await.expect("the database");
    let name = url.rsplit('/').next().expect("a name");
    for setting in ["commit_delay = 1000", "commit_siblings = 0"] {
        connection.execute_unprepared(&format!("ALTER DATABASE {name} SET {setting}")).await.expect(setting);
    }
    connection.close().await.expect("closed");
}

async fn one(name: &str, config: &Config, slow: bool, time: Duration) {
    let db = Db::open(config).await.expect("the database");
    db.migrate().await.expect("the schema");
    seed::fill(&db).await;
    let tenant = seed::tenant(&db).await;
    make::many_coupons(&db, tenant, || make::coupon().percent("100"), &["HOT".to_owned()], Clock::System.now()).await;
    let tenant = tenants::queries::by_id(db.read(), tenant).await.expect("the tenant").expect("a tenant");
    let (clients, flush) = if slow { (CROWD, "flushes 1 ms slower") } else { (1, "in process") };
    let single = run(Desk::in_groups(db.clone(), 1), &tenant, clients, time).await;
    let grouped = run(Desk::open(db.clone()), &tenant, clients, time).await;
    let beside = if slow { grouped.rate() / single.rate() } else { grouped.percentile(50) / single.percentile(50) };
    let what = if slow { "of its rate" } else { "of its p50" };
    for (groups, got, ratio) in
        [("each by itself", &single, String::new()), ("in groups", &grouped, format!("{beside:.2}"))]
    {
        println!(
            "| {name}: {groups}, {flush} | {clients} | {:.0} | {:.2} | {:.2} | {ratio} | {} |",
            got.rate(),
            got.percentile(50),
            got.percentile(99),
            if ratio.is_empty() { "" } else { what },
        );
    }
    db.close().await;
}

/// So many that redeem one code, each again as soon as it is answered.
async fn run(desk: Desk, tenant: &Tenant, clients: usize, time: Duration) -> Run {
    let begin = Instant::now();
    let (desk, tenant) = (Arc::new(desk), Arc::new(tenant.clone()));
    let client = async |desk: Arc<Desk>, tenant: Arc<Tenant>| {
        let mut micros = Vec::new();
        while begin.elapsed() < time {
            let at = Instant::now();
            let reply = desk.enter(enter(&tenant)).await.expect("the desk answers");
            assert!(matches!(reply, Reply::Done(_)), "{reply:?}");
            micros.push(u32::try_from(at.elapsed().as_micros()).unwrap_or(u32::MAX));
        }
        micros
    };
    let tasks = (0..clients).map(|_| client(desk.clone(), tenant.clone()));
    let mut micros: Vec<u32> = futures_util::future::join_all(tasks).await.into_iter().flatten().collect();
    micros.sort_unstable();
    let run = Run { seconds: begin.elapsed().as_secs_f64(), micros, ..Run::default() };
    desk.close().await;
    run
}

fn enter(tenant: &Tenant) -> Enter {
    let item = Item {
        product: ProductKey::Sku("ticket".to_owned()),
        sku: None,
        name: None,
        product_type: "ticket".to_owned(),
        unit_price: Some(1_000),
        quantity: 1,
        retail_licensed: false,
        private: false,
    };
    let basket = Basket::new(vec![item]).expect("a basket");
    let mode = Mode::Instant;
    Enter {
        tenant: tenant.clone(),
        actor: Actor::system("bench"),
        id: Uuid::now_v7(),
        entered: "HOT".to_owned(),
        place: Place::Order(Order { reference: None, basket, currency: None, organization: None, mode }),
        asker: Asker::default(),
        channel: "key".to_owned(),
        request: None,
        beside: None,
        now: Clock::System.now(),
    }
}
