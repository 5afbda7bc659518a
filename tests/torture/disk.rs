//! A disk that fails, is full, or loses power, made of a shim between the program and the system (`shims/disk.c`).

use crate::house::House;
use crate::kills::nothing_lost_nothing_doubled;
use crate::load::Load;
use crate::server::Server;
use crate::{ALONE, random, rounds};
use sea_orm::EntityTrait;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use support::app::Database;
use support::make;
use uuid::Uuid;
use vouchsafe::config::Config;
use vouchsafe::db::Db;
use vouchsafe::db::tables::redemptions;

/// The shim, built once by the compiler that also links the program.
struct Disk {
    folder: tempfile::TempDir,
    shim: PathBuf,
}

impl Disk {
    fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("vouchsafe-disk-").tempdir().expect("a folder");
        let shim = folder.path().join("disk.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/torture/shims/disk.c");
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-O2", "-o"]).arg(&shim).arg(source).args(["-ldl", "-lpthread"]);
        let built = cc.output().expect("a C compiler");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        std::fs::create_dir(folder.path().join("durable")).expect("a folder");
        Self { folder, shim }
    }

    /// What a power cut leaves.
    fn durable(&self) -> PathBuf {
        self.folder.path().join("durable")
    }

    async fn server(&self, house: &House) -> Server {
        let data = house.config.data.clone();
        let change = |command: &mut Command| {
            command.env("LD_PRELOAD", &self.shim).env("DISK_FOLDER", data).env("DISK_DURABLE", self.durable());
            command.env("DISK_FAULT", self.folder.path().join("fault"));
        };
        Server::start_with(house, change).await
    }

    /// Whatever was acknowledged would be there after a power cut.
    async fn has_kept(&self, house: &House, acknowledged: &BTreeSet<Uuid>, when: &str) {
        let cut = tempfile::tempdir_in(self.folder.path()).expect("a folder");
        copy(&self.durable(), cut.path());
        let config = Config { data: cut.path().to_owned(), ..house.config.clone() };
        let db = Db::open(&config).await.expect("what is left opens");
        let there = redemptions::Entity::find().all(db.read()).await.expect("the redemptions");
        db.close().await;
        let there: BTreeSet<Uuid> = there.into_iter().map(|row| row.id).collect();
        let lost: Vec<_> = acknowledged.difference(&there).collect();
        assert!(lost.is_empty(), "{when}: {} of {} acknowledged are not on disk", lost.len(), acknowledged.len());
    }

    /// From now on this fails: `fsync`, or writing, as on a disk that is `full`.
    fn fails(&self, what: &str) {
        std::fs::write(self.folder.path().join("fault"), what).expect("a fault");
    }

    fn is_whole(&self) {
        std::fs::remove_file(self.folder.path().join("fault")).expect("the fault");
    }
}

/// Makes the files of one folder those of another.
fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(to).expect("a folder") {
        let path = entry.expect("a file").path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("vouchsafe.db")) {
            std::fs::remove_file(path).expect("it goes");
        }
    }
    for entry in std::fs::read_dir(from).expect("a folder") {
        let path = entry.expect("a file").path();
        let name = path.file_name().expect("a name").to_owned();
        if name.to_string_lossy().starts_with("vouchsafe.db") {
            std::fs::copy(&path, to.join(name)).expect("it comes");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_loses_nothing_that_was_acknowledged() {
    let _alone = ALONE.lock().await;
    let (house, disk) = (House::new(Database::Sqlite).await, Disk::new());
    let coupon = house.coupon(make::coupon().percent("100")).await;
    copy(&house.config.data, &disk.durable());
    let mut server = disk.server(&house).await;
    let load = Load::start(16, server.address, &house.key, &coupon.code);
    let cuts = rounds(3, 100);
    for cut in 0..cuts {
        load.goes_on(20).await;
        tokio::time::sleep(Duration::from_millis(random(200))).await;
        server.kill();
        tokio::time::sleep(Duration::from_millis(20)).await;
        let acknowledged = load.acknowledged();
        // Whatever was written and not synced is gone.
        copy(&disk.durable(), &house.config.data);
        server = disk.server(&house).await;
        load.moved(server.address);
        house.has_kept(&acknowledged, &format!("after power cut {cut}")).await;
    }
    load.goes_on(20).await;
    let answered = load.finish().await;
    nothing_lost_nothing_doubled(&house, &answered).await;
    println!("Sqlite: {cuts} power cuts under load: {} acknowledged, 0 lost, 0 doubled", answered.acknowledged.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fails_or_is_full_is_said_and_survived() {
    let _alone = ALONE.lock().await;
    let (house, disk) = (House::new(Database::Sqlite).await, Disk::new());
    let coupon = house.coupon(make::coupon().percent("100")).await;
    copy(&house.config.data, &disk.durable());
    let mut server = disk.server(&house).await;
    let load = Load::start(16, server.address, &house.key, &coupon.code);
    let (many, mut slowest) = (rounds(1, 50), Duration::ZERO);
    for round in 0..many {
        for what in ["fsync", "full"] {
            load.goes_on(10).await;
            disk.fails(what);
            tokio::time::sleep(Duration::from_millis(500 + random(400))).await;
            let before = load.acknowledged();
            disk.has_kept(&house, &before, &format!("{what}, round {round}")).await;
            let answer = reqwest::get(format!("http://{}/readyz", server.address)).await.expect("an answer");
            assert_eq!(answer.status(), 200, "{what}, round {round}: reading goes on");
            disk.is_whole();
            let back = load.goes_on(5).await;
            slowest = slowest.max(back);
            assert!(back < Duration::from_secs(5), "{what}, round {round}: it took {back:?} to go on");
            assert!(server.is_running(), "{what}: the server ended: {}", house.said());
            house.has_kept(&before, &format!("{what}, round {round}")).await;
        }
    }
    let summary = load.summary();
    let answered = load.finish().await;
    nothing_lost_nothing_doubled(&house, &answered).await;
    assert!(answered.slowest < Duration::from_secs(10), "an answer took {:?}", answered.slowest);
    let refused = answered.statuses.get(&503).copied().unwrap_or_default();
    assert!(refused > 0, "nobody was told: {summary}");
    println!(
        "Sqlite: {many} failing and {many} full disks under load: {} acknowledged, 0 lost, told 503 {refused} times, on again within {slowest:?}",
        answered.acknowledged.len()
    );
}
