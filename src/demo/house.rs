//! The tenant of the demo: its users, organizations, limits and products.

use crate::accounts::role::Role;
use crate::accounts::{memberships, users};
use crate::audit::Actor;
use crate::calendar;
use crate::db::tables::{product_types, products, users as users_row};
use crate::db::{self, Db, like};
use crate::money::Currency;
use crate::organizations::bases::{self, Base};
use crate::organizations::definitions::{self, DefinitionData};
use crate::organizations::limits::LimitValue;
use crate::organizations::members::{self, MemberRole};
use crate::organizations::{self, Organization};
use crate::tenants::{self, Tenant};
use anyhow::Context;
use chrono::{DateTime, Duration, Utc};
use sea_orm::{ActiveValue::Set, DatabaseTransaction, EntityTrait};
use uuid::Uuid;

/// Who can sign in, and as what.
pub(super) const SIGN_INS: [(&str, &str); 3] =
    [("admin@demo.test", "admin"), ("support@demo.test", "support"), ("member@demo.test", "member")];

/// The member belongs to so many organizations, the first ones.
const OWN: usize = 2;

/// The organizations.
const ORGANIZATIONS: [&str; 9] = [
    "Northwind Labs",
    "Blue Finch Studio",
    "Quayside Books",
    "Larch & Loom",
    "Ferrous Cycles",
    "Papermoon Press",
    "Tidewater Theatre",
    "Oak Street Kitchens",
    "Second Harbour Foods",
];

/// Key, label, unit, default, minimum, maximum.
const LIMITS: [(&str, &str, &str, i64, i64, i64); 3] = [
    ("instances", "Instances", "instances", 3, 0, 500),
    ("projects", "Projects", "projects", 5, 1, 1_000),
    ("seats", "Seats", "seats", 10, 1, 5_000),
];

/// Key, label, whether it recurs.
const PRODUCT_TYPES: [(&str, &str, bool); 5] = [
    ("issue", "Issues", false),
    ("plan", "Plans", true),
    ("meeting_room", "Meeting rooms", false),
    ("hot_desk", "Hot desks", false),
    ("ticket", "Tickets", false),
];

/// Type, name, sku, price in minor units (a private plan may have none), whether it is retail-licensed.
const PRODUCTS: [(&str, &str, &str, Option<i64>, bool); 12] = [
    ("issue", "Harbour Quarterly 41", "HQ-41", Some(1_490), false),
    ("issue", "Harbour Quarterly 42", "HQ-42", Some(1_490), false),
    ("issue", "Harbour Quarterly 42, newsstand edition", "HQ-42-N", Some(1_690), true),
    ("plan", "Reader, monthly", "PLAN-READER", Some(890), false),
    ("plan", "Archive, yearly", "PLAN-ARCHIVE", Some(9_900), false),
    ("plan", "Press pass", "PLAN-PRESS", None, false),
    ("meeting_room", "Lighthouse room, hour", "ROOM-LIGHT", Some(3_490), false),
    ("meeting_room", "Signal room, day", "ROOM-SIGNAL", Some(18_000), false),
    ("hot_desk", "Desk, day", "DESK-DAY", Some(2_500), false),
    ("hot_desk", "Desk, ten days", "DESK-10", Some(21_000), false),
    ("ticket", "Harbour Nights, Friday", "NIGHT-FRI", Some(3_200), false),
    ("ticket", "Harbour Nights, weekend", "NIGHT-ALL", Some(7_800), false),
];

/// What the rest of the demo builds on.
pub(super) struct House {
    pub tenant: Tenant,
    pub admin: users_row::Model,
    pub organizations: Vec<Organization>,
    /// Who enters codes for each organization, in their order.
    pub users: Vec<users_row::Model>,
}

impl House {
    /// The admin, for the audit log.
    pub fn by_admin(&self) -> Actor {
        by(&self.admin)
    }

    /// A moment of a working day so many days ago: as many minutes after nine, and never in the future.
    pub fn at(&self, now: DateTime<Utc>, days: i64, minutes: i64) -> DateTime<Utc> {
        let day = (now - Duration::days(days)).with_timezone(&self.tenant.zone).date_naive();
        let at = calendar::first_instant(day, self.tenant.zone) + Duration::hours(9) + Duration::minutes(minutes);
        at.min(now - Duration::minutes(11))
    }
}

/// A user, for the audit log.
pub(super) fn by(user: &users_row::Model) -> Actor {
    Actor {
        kind: crate::audit::ActorKind::User,
        id: Some(user.id),
        label: user.email.clone(),
        request_id: String::new(),
    }
}

/// Builds it, as of ten weeks ago.
pub(super) async fn build(db: &Db, password_hash: &str, now: DateTime<Utc>) -> anyhow::Result<House> {
    let then = now - Duration::weeks(10);
    let system = Actor::system("demo");
    let tx = db.begin().await?;
    let new = tenants::New {
        slug: "harbour".to_owned(),
        name: "Harbour Works".to_owned(),
        hostname: None,
        currency: Currency::from_code("CHF").context("no Swiss francs")?,
        zone: chrono_tz::Europe::Zurich,
        support_contact: "help@demo.test".to_owned(),
        coupons_enabled: true,
        sandbox_payments: true,
    };
    let tenant = tenants::create(&tx, &system, new, then).await?;
    let mut made = Vec::new();
    for ((email, word), admin) in SIGN_INS.into_iter().zip([true, false, false]) {
        let role = Role::from_word(word).context("an unknown role")?;
        let new = users::New {
            email: email.to_owned(),
            display_name: format!("Demo {word}"),
            password_hash: password_hash.to_owned(),
            platform_admin: admin,
        };
        let user = users::create(&tx, new, then).await?;
        memberships::add(&tx, &system, tenant.id, (&user, role), then).await?;
        made.push(user);
    }
    let [admin, _, member] = <[_; 3]>::try_from(made).map_err(|_| anyhow::anyhow!("three users were to be made"))?;
    products(&tx, tenant.id, then).await?;
    let organizations = organizations(&tx, &tenant, &admin, &member, then).await?;
    let mut users = vec![member; OWN];
    for organization in organizations.iter().skip(OWN) {
        users.push(office(&tx, &tenant, organization, password_hash, then).await?);
    }
    db::commit(tx).await?;
    Ok(House { tenant, admin, organizations, users })
}

/// The user of an organization that the member does not belong to.
async fn office(
    tx: &DatabaseTransaction,
    tenant: &Tenant,
    organization: &Organization,
    password_hash: &str,
    then: DateTime<Utc>,
) -> anyhow::Result<users_row::Model> {
    let new = users::New {
        email: format!("{}@demo.test", tenants::fields::slug_of(&organization.name)),
        display_name: format!("{} office", organization.name),
        password_hash: password_hash.to_owned(),
        platform_admin: false,
    };
    let user = users::create(tx, new, then).await?;
    let system = Actor::system("demo");
    memberships::add(tx, &system, tenant.id, (&user, Role::Member), then).await?;
    members::set(tx, &system, (tenant.id, organization.id), user.id, MemberRole::Owner, then + Duration::days(1))
        .await?;
    Ok(user)
}

async fn organizations(
    tx: &DatabaseTransaction,
    tenant: &Tenant,
    admin: &users_row::Model,
    member: &users_row::Model,
    then: DateTime<Utc>,
) -> anyhow::Result<Vec<Organization>> {
    let actor = by(admin);
    for (key, label, unit, default, minimum, maximum) in LIMITS {
        let data = DefinitionData {
            label: label.to_owned(),
            unit: unit.to_owned(),
            default: LimitValue::Finite(default),
            minimum: Some(minimum),
            maximum: Some(maximum),
        };
        definitions::create(tx, &actor, tenant.id, key, &data, then).await?;
    }
    let mut made = Vec::new();
    for (name, hours) in ORGANIZATIONS.into_iter().zip(1..) {
        let at = then + Duration::hours(hours);
        made.push(organizations::create(tx, &actor, tenant.id, name, at).await?);
    }
    let roles = [MemberRole::Owner, MemberRole::Member];
    for ((organization, role), in_use) in made.iter().zip(roles).zip([3, 2]) {
        let here = (tenant.id, organization.id);
        members::set(tx, &actor, here, member.id, role, then + Duration::days(1)).await?;
        let base = Base { value: None, locked: false, in_use: Some(in_use) };
        bases::set(tx, &actor, here, "instances", base, then + Duration::days(1)).await?;
    }
    if let Some(second) = made.get(1) {
        let base = Base { value: Some(LimitValue::Finite(25)), locked: true, in_use: Some(22) };
        bases::set(tx, &actor, (tenant.id, second.id), "seats", base, then + Duration::days(2)).await?;
    }
    Ok(made)
}

async fn products(tx: &DatabaseTransaction, tenant: Uuid, then: DateTime<Utc>) -> anyhow::Result<()> {
    let types = PRODUCT_TYPES.map(|(key, label, recurring)| product_types::ActiveModel {
        tenant_id: Set(tenant),
        key: Set(key.to_owned()),
        label: Set(label.to_owned()),
        recurring: Set(recurring),
        created_at: Set(then),
    });
    product_types::Entity::insert_many(types).exec_without_returning(tx).await?;
    let rows = PRODUCTS.map(|(kind, name, sku, price, retail)| products::ActiveModel {
        tenant_id: Set(tenant),
        id: Set(crate::clock::id_at(then)),
        product_type: Set(kind.to_owned()),
        name: Set(name.to_owned()),
        name_folded: Set(like::folded(name)),
        sku: Set(sku.to_owned()),
        price: Set(price),
        private: Set(price.is_none()),
        retail_licensed: Set(retail),
        created_at: Set(then),
        updated_at: Set(then),
        archived_at: Set(None),
    });
    products::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}
