//! The tenant that every test finds: Harbour Works, its staff, its limits and what it sells.

pub mod large;

use argon2::password_hash::PasswordHasher;
use argon2::{Algorithm, Argon2, Params, Version};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use std::sync::OnceLock;
use uuid::Uuid;
use vouchsafe::clock::Clock;
use vouchsafe::db::tables::{limits, memberships, product_types, sessions, tenants, users};
use vouchsafe::db::{Db, like};

/// The password of every user of the tests.
pub const PASSWORD: &str = "correct horse battery";
/// The e-mail addresses of the staff.
pub const ADMIN: &str = "admin@harbour.test";
/// As [`ADMIN`].
pub const SUPPORT: &str = "support@harbour.test";
/// As [`ADMIN`]; belongs to no organization.
pub const MEMBER: &str = "member@harbour.test";
/// As [`ADMIN`]; administers the installation and has no role in the tenant.
pub const PLATFORM: &str = "platform@vouchsafe.test";

/// Fills an empty database.
pub async fn fill(db: &Db) {
    let now = Clock::System.now();
    let tx = patiently(async || db.begin().await).await;
    let tenant = Uuid::now_v7();
    tenants::Entity::insert(harbour_works(tenant, now)).exec_without_returning(&tx).await.expect("a tenant");
    let people = [
        (ADMIN, "Mira Lang", Some("admin")),
        (SUPPORT, "Sol Amari", Some("support")),
        (MEMBER, "Jonas Wirth", Some("member")),
        (PLATFORM, "Ines Root", None),
    ];
    for (email, name, role) in people {
        let id = Uuid::now_v7();
        let row = user_row(id, email, name, role.is_none(), now);
        users::Entity::insert(row).exec_without_returning(&tx).await.expect("a user");
        if let Some(role) = role {
            let row = memberships::ActiveModel {
                tenant_id: Set(tenant),
                user_id: Set(id),
                role: Set(role.to_owned()),
                created_at: Set(now),
            };
            memberships::Entity::insert(row).exec_without_returning(&tx).await.expect("a membership");
        }
    }
    let kinds = [
        ("instances", "Instances", "instance", 3),
        ("projects", "Projects", "project", 5),
        ("seats", "Seats", "seat", 10),
    ];
    let rows = kinds.map(|(key, label, unit, default)| limits::ActiveModel {
        tenant_id: Set(tenant),
        key: Set(key.to_owned()),
        label: Set(label.to_owned()),
        unit: Set(unit.to_owned()),
        default_value: Set(Some(default)),
        minimum: Set(None),
        maximum: Set(Some(1_000)),
        created_at: Set(now),
        updated_at: Set(now),
    });
    limits::Entity::insert_many(rows).exec_without_returning(&tx).await.expect("limits");
    let kinds = [
        ("issue", "Issues", false),
        ("plan", "Plans", true),
        ("meeting_room", "Meeting rooms", false),
        ("ticket", "Tickets", false),
    ];
    let rows = kinds.map(|(key, label, recurring)| product_types::ActiveModel {
        tenant_id: Set(tenant),
        key: Set(key.to_owned()),
        label: Set(label.to_owned()),
        recurring: Set(recurring),
        created_at: Set(now),
    });
    product_types::Entity::insert_many(rows).exec_without_returning(&tx).await.expect("product types");
    tx.commit().await.expect("the seed is kept");
}

/// Takes the seed away again: an installation that nobody has set up.
pub async fn clear(db: &Db) {
    let tx = db.begin().await.expect("a transaction");
    sessions::Entity::delete_many().exec(&tx).await.expect("no sessions");
    memberships::Entity::delete_many().exec(&tx).await.expect("no memberships");
    limits::Entity::delete_many().exec(&tx).await.expect("no limits");
    product_types::Entity::delete_many().exec(&tx).await.expect("no product types");
    users::Entity::delete_many().exec(&tx).await.expect("no users");
    tenants::Entity::delete_many().exec(&tx).await.expect("no tenants");
    tx.commit().await.expect("the seed is gone");
}

/// A tenant like Harbour Works.
pub fn harbour_works(id: Uuid, now: DateTime<Utc>) -> tenants::ActiveModel {
    tenants::ActiveModel {
        id: Set(id),
        slug: Set("harbour-works".to_owned()),
        name: Set("Harbour Works".to_owned()),
        hostname: Set(None),
        base_url: Set(None),
        currency: Set("EUR".to_owned()),
        time_zone: Set("Europe/Zurich".to_owned()),
        minimum_charge: Set(0),
        support_contact: Set("help@harbour.test".to_owned()),
        hold_minutes: Set(45),
        coupons_enabled: Set(true),
        full_discount_single_item: Set(true),
        free_claims_per_person: Set(None),
        sandbox_payments: Set(false),
        created_at: Set(now),
        updated_at: Set(now),
        version: Set(1),
        message_no_discount: Set(None),
        message_requirements: Set(None),
        message_full_discount: Set(None),
    }
}

/// A user whose password is [`PASSWORD`].
pub fn user_row(id: Uuid, email: &str, name: &str, platform_admin: bool, now: DateTime<Utc>) -> users::ActiveModel {
    users::ActiveModel {
        id: Set(id),
        email: Set(email.to_owned()),
        display_name: Set(name.to_owned()),
        name_folded: Set(like::folded(name)),
        password_hash: Set(cheap_hash().to_owned()),
        platform_admin: Set(platform_admin),
        disabled_at: Set(None),
        email_proven_at: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
    }
}

/// Argon2id with the smallest parameters: a test signs in, it does not guard.
fn cheap_hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| {
        let params = Params::new(Params::MIN_M_COST, 1, 1, None).expect("small parameters");
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon.hash_password(PASSWORD.as_bytes()).expect("a hash").to_string()
    })
}

/// The seeded tenant.
pub async fn tenant(db: &Db) -> Uuid {
    let find = || tenants::Entity::find().filter(tenants::Column::Slug.eq("harbour-works"));
    patiently(async || find().one(db.read()).await).await.expect("Harbour Works").id
}

/// Asks again where a database that was only just made is too busy to answer in time: on a slow machine that says nothing
/// of what is tested.
async fn patiently<T, E: std::fmt::Debug>(mut ask: impl AsyncFnMut() -> Result<T, E>) -> T {
    for _ in 0..5 {
        if let Ok(answer) = ask().await {
            return answer;
        }
    }
    ask().await.expect("the database answers")
}

/// The user with this e-mail address.
pub async fn user(db: &Db, email: &str) -> users::Model {
    let found = users::Entity::find().filter(users::Column::Email.eq(email)).one(db.read()).await;
    found.expect("the users").expect("a user of the seed")
}
