//! A tenant in a database of its own, made ready before any server runs, and what is asked of it afterwards.

use crate::server::program;
use sea_orm::{ConnectionTrait, EntityTrait};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use support::app::{Database, SECRET};
use support::make::{self, Coupon, NewCoupon};
use support::{postgres, seed};
use tempfile::TempDir;
use uuid::Uuid;
use vouchsafe::accounts::keys;
use vouchsafe::audit::Actor;
use vouchsafe::clock::Clock;
use vouchsafe::config::Config;
use vouchsafe::db::Db;
use vouchsafe::db::tables::redemptions;

/// The tenant, its database, and a key to it.
pub struct House {
    pub config: Config,
    pub database: Database,
    pub tenant: Uuid,
    /// A key that may redeem and edit coupons.
    pub key: String,
    folder: TempDir,
    /// The copy on the tests' cluster that is dropped in the end.
    copy: Option<String>,
}

impl House {
    /// In a file, or in a database on the tests' cluster.
    pub async fn new(database: Database) -> Self {
        match database {
            Database::Sqlite => Self::furnish(database, None, None).await,
            Database::Postgres => {
                let url = postgres::copy_of_template().await;
                Self::furnish(database, Some(url.clone()), Some(url)).await
            }
        }
    }

    /// In an empty PostgreSQL database.
    pub async fn at(url: &str) -> Self {
        Self::furnish(Database::Postgres, Some(url.to_owned()), None).await
    }

    async fn furnish(database: Database, database_url: Option<String>, copy: Option<String>) -> Self {
        let folder = tempfile::Builder::new().prefix("vouchsafe-torture-").tempdir().expect("a folder");
        let config = Config {
            listen: "127.0.0.1:0".parse().expect("an address"),
            data: folder.path().join("data"),
            database_url,
            base_url: None,
            secret_key: Some(SECRET.to_owned()),
            trusted_proxies: Vec::new(),
            smtp_url: None,
            mail_from: None,
            webhook_hosts: Vec::new(),
            largest_upload: 64 * 1_024 * 1_024,
            demo: false,
            demo_password: None,
        };
        std::fs::create_dir_all(&config.data).expect("a folder");
        let db = Db::open(&config).await.expect("the database opens");
        db.migrate().await.expect("the schema");
        if copy.is_none() {
            seed::fill(&db).await;
        }
        let tenant = seed::tenant(&db).await;
        let new = keys::New {
            name: "racers".to_owned(),
            scopes: ["redemptions:write", "coupons:write", "coupons:read"].map(str::to_owned).to_vec(),
            expires_at: None,
            created_by: None,
        };
        let tx = db.begin().await.expect("a transaction");
        let made = keys::create(&tx, &Actor::system("torture"), tenant, new, Clock::System.now()).await;
        tx.commit().await.expect("the key is kept");
        db.close().await;
        Self { config, database, tenant, key: made.expect("a key").1, folder, copy }
    }

    pub fn log(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }

    /// What the servers said on their way.
    pub fn said(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap_or_default()
    }

    /// A connection of the test's own: another process on the same database.
    pub async fn db(&self) -> Db {
        Db::open(&self.config).await.expect("the database opens")
    }

    pub async fn coupon(&self, new: NewCoupon) -> Coupon {
        let db = self.db().await;
        let coupon = new.create_at(&db, self.tenant, Clock::System.now()).await;
        db.close().await;
        coupon
    }

    pub async fn organization(&self, name: &str) -> Uuid {
        let db = self.db().await;
        let organization = make::organization_at(&db, self.tenant, name, Clock::System.now()).await;
        db.close().await;
        organization.id
    }

    pub async fn run(&self, sql: &str) {
        let db = self.db().await;
        let tx = db.begin().await.expect("a transaction");
        tx.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        tx.commit().await.expect("a commit");
        db.close().await;
    }

    /// All redemptions with their states.
    pub async fn redemptions(&self) -> BTreeMap<Uuid, redemptions::Model> {
        let db = self.db().await;
        let rows = redemptions::Entity::find().all(db.read()).await.expect("the redemptions");
        db.close().await;
        rows.into_iter().map(|row| (row.id, row)).collect()
    }

    /// A coupon as it is in the database.
    pub async fn coupon_row(&self, id: Uuid) -> vouchsafe::db::tables::coupons::Model {
        let db = self.db().await;
        let row = vouchsafe::db::tables::coupons::Entity::find_by_id((self.tenant, id)).one(db.read()).await;
        db.close().await;
        row.expect("the coupons").expect("the coupon")
    }

    /// `vouchsafe doctor` finds nothing, and SQLite's own check neither.
    pub async fn is_sound(&self) {
        let mut command = program(self);
        command.arg("doctor");
        let output =
            tokio::task::spawn_blocking(move || command.output().expect("the doctor runs")).await.expect("it ends");
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "the doctor says {}: {said}\n{}", output.status, self.said());
        if self.database == Database::Sqlite {
            let db = self.db().await;
            let checked = db.read().query_one_raw(statement("PRAGMA integrity_check")).await.expect("a check");
            let word: String = checked.expect("an answer").try_get_by_index(0).expect("a word");
            assert_eq!(word, "ok", "the file is damaged");
            db.close().await;
        }
    }

    /// Whatever was acknowledged is there and confirmed.
    pub async fn has_kept(&self, acknowledged: &BTreeSet<Uuid>, when: &str) {
        let there = self.redemptions().await;
        let lost: Vec<_> =
            acknowledged.iter().filter(|id| there.get(id).is_none_or(|row| row.state != "confirmed")).collect();
        assert!(lost.is_empty(), "{when}: {} of {} acknowledged are lost: {lost:?}", lost.len(), acknowledged.len());
    }

    /// Gives the database back.
    pub async fn leave(self) {
        if let Some(url) = &self.copy {
            postgres::drop_database(url).await;
        }
    }
}

fn statement(sql: &str) -> sea_orm::Statement {
    sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, sql.to_owned())
}

/// A ticket at this price.
pub fn ticket(unit_price: i64) -> Value {
    json!({ "sku": "concert", "product_type": "ticket", "unit_price": unit_price, "quantity": 1 })
}

/// An order of one ticket that the code makes free, redeemed at once.
pub fn instant(code: &str) -> Value {
    json!({ "code": code, "mode": "instant", "items": [ticket(1_000)] })
}
