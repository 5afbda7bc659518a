//! The coupons of the demo, in every status and of every kind.

use super::house::House;
use crate::coupons::actions::Action;
use crate::coupons::benefit::Benefit;
use crate::coupons::code::{CodeKey, CodeText};
use crate::coupons::coupon::{BenefitEnds, Counters, Coupon, ProductScope, RestoreUses, UsesPer};
use crate::coupons::{self, New};
use crate::db::{self, Db};
use crate::money::BasisPoints;
use crate::organizations::limits::{Grant, LimitChange, LimitMode, LimitValue};
use anyhow::{Context, anyhow};
use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

/// What a coupon of the demo gives.
#[derive(Clone, Copy)]
enum Gives {
    /// Basis points off, of these product types.
    Off(i64, &'static [&'static str]),
    /// Minor units off.
    Less(i64),
    /// Minor units of credit.
    Credit(i64),
    /// Raises limits; none is unlimited.
    Raise(&'static [(&'static str, Option<i64>)]),
}

/// When it can be used, in days from now.
#[derive(Clone, Copy)]
enum Open {
    Always,
    Until(i64),
    From(i64),
    Between(i64, i64),
}

use Gives::{Credit, Less, Off, Raise};
use Open::{Always, Between, From, Until};

/// Code, name, benefit, most uses, when, tag. Made in this order, the last one last.
const COUPONS: [(&str, &str, Gives, Option<i64>, Open, &str); 41] = [
    ("EARLY-BIRD", "Early readers", Off(1_000, &["issue"]), Some(500), Between(-70, -40), "launch"),
    ("TRY-INSTANCES", "Try more instances", Raise(&[("instances", Some(5))]), None, Always, "trial"),
    ("PARTNER-A", "Partners of the first year", Credit(10_000), Some(20), Until(120), "partners"),
    ("PARTNER-B", "Partners of the second year", Credit(25_000), Some(3), Always, "partners"),
    ("ROOMS-15", "Meeting rooms, corporate rate", Off(1_500, &["meeting_room"]), None, Until(90), "corporate"),
    ("DESK-5-OFF", "Five francs off a desk", Less(500), Some(1_000), Always, "newsletter"),
    ("NIGHTS-FREE", "Free Friday night", Off(10_000, &["ticket"]), Some(25), Until(14), "press"),
    ("NIGHTS-10", "Harbour Nights, members", Off(1_000, &["ticket"]), None, Until(14), "members"),
    ("SPRING-26", "Spring offer", Off(2_000, &[]), None, Between(-60, -20), "seasonal"),
    ("SUMMER-26", "Summer offer", Off(1_250, &[]), Some(2_000), Between(-50, -5), "seasonal"),
    ("AUTUMN-26", "Autumn offer", Off(1_250, &[]), Some(2_000), Until(30), "seasonal"),
    ("WINTER-26", "Winter offer", Off(1_500, &[]), Some(2_000), From(12), "seasonal"),
    ("SEATS-50", "Room for a team", Raise(&[("seats", Some(50)), ("projects", None)]), Some(40), Always, "teams"),
    ("SEATS-100", "Room for a company", Raise(&[("seats", Some(100))]), Some(10), Until(200), "teams"),
    ("LAB-ACCESS", "Laboratory access", Raise(&[("instances", Some(50))]), Some(2), Always, "trial"),
    ("PILOT-ONE", "Pilot customers", Raise(&[("instances", Some(20)), ("seats", Some(40))]), Some(1), Always, "pilot"),
    ("PILOT-TWO", "Pilot customers, second round", Raise(&[("instances", Some(20))]), Some(5), From(21), "pilot"),
    ("HELLO-CREDIT", "A first credit", Credit(2_500), None, Always, "trial"),
    ("SORRY-20", "For trouble caused", Credit(2_000), Some(50), Until(60), "support"),
    ("SORRY-50", "For much trouble caused", Credit(5_000), Some(10), Always, "support"),
    ("READER-3M", "Three months of reading", Off(5_000, &["plan"]), Some(300), Until(45), "plans"),
    ("ARCHIVE-25", "A quarter off the archive", Off(2_500, &["plan"]), None, Always, "plans"),
    ("PRESS-100", "Press pass", Off(10_000, &["plan"]), Some(15), Always, "press"),
    ("STUDENT", "Students", Off(3_333, &["plan", "issue"]), None, Always, "members"),
    ("LIBRARY", "Libraries", Off(4_000, &["issue"]), None, Until(365), "corporate"),
    ("BACK-ISSUE", "Back issues", Off(3_000, &["issue"]), Some(800), Always, "newsletter"),
    ("WEEKEND-8", "Weekend tickets", Less(800), Some(200), Until(10), "newsletter"),
    ("ROOM-DAY", "A day in the Signal room", Less(3_000), Some(60), Until(75), "corporate"),
    ("LAST-ROOM", "The last Signal room", Less(2_000), Some(1), Always, "corporate"),
    ("FRIENDS", "Friends of the harbour", Off(1_000, &[]), None, Always, "members"),
    ("LAUNCH-WEEK", "Launch week", Off(2_000, &[]), Some(100), Between(-68, -61), "launch"),
    ("BETA-SEATS", "Beta testers", Raise(&[("seats", Some(25))]), Some(30), Between(-65, -30), "pilot"),
    ("OLD-CREDIT", "Credit of the old programme", Credit(1_000), None, Until(300), "partners"),
    ("DOUBLE-PROJECTS", "Ten projects", Raise(&[("projects", Some(10))]), None, Until(180), "trial"),
    ("AGENCY", "Agencies", Raise(&[("projects", Some(40)), ("seats", Some(60))]), Some(12), Always, "partners"),
    ("CLOSED-NOW", "Closed offer", Off(500, &[]), Some(0), Always, "newsletter"),
    ("FEBRUARY", "Next February", Credit(1_500), Some(100), Between(70, 98), "seasonal"),
    ("MISTYPED", "Made by mistake", Off(9_900, &[]), Some(10), Always, "newsletter"),
    ("PAUSED-10", "Paused for the audit", Off(1_000, &["issue"]), Some(400), Until(60), "newsletter"),
    ("GIFT-CARD-50", "Gift card", Credit(5_000), Some(100), Until(365), "gifts"),
    ("GIFT-CARD-100", "Large gift card", Credit(10_000), Some(100), Until(365), "gifts"),
];

/// Codes that are paused and deleted once the redemptions have happened.
const PAUSED: [&str; 2] = ["PAUSED-10", "OLD-CREDIT"];
const DELETED: [&str; 2] = ["MISTYPED", "BETA-SEATS"];

/// Makes them over the past ten weeks.
pub(super) async fn make(db: &Db, house: &House, now: DateTime<Utc>) -> anyhow::Result<()> {
    let actor = house.by_admin();
    for ((code, name, gives, max_uses, open, tag), step) in COUPONS.into_iter().zip(0..) {
        // Eight a working day.
        let at = house.at(now, 67 - step / 8, step % 8 * 55);
        let mut coupon = coupon(house, name, gives, at)?;
        coupon.max_uses = max_uses;
        coupon.tags = vec![tag.to_owned()];
        coupon.gift = tag == "gifts";
        let day = |days| crate::calendar::first_instant((now + Duration::days(days)).date_naive(), house.tenant.zone);
        (coupon.valid_from, coupon.valid_until) = match open {
            Always => (None, None),
            Until(until) => (None, Some(day(until))),
            From(from) => (Some(day(from)), None),
            Between(from, until) => (Some(day(from)), Some(day(until))),
        };
        let text = CodeText::create(code).map_err(|fault| anyhow!("{code}: {fault:?}"))?;
        let tx = db.begin().await?;
        coupons::create(&tx, &actor, &house.tenant, New { coupon, codes: vec![text], people: vec![] }, at).await?;
        db::commit(tx).await?;
    }
    Ok(())
}

fn coupon(house: &House, name: &str, gives: Gives, at: DateTime<Utc>) -> anyhow::Result<Coupon> {
    let mut scope = ProductScope::default();
    let benefit = match gives {
        Off(basis_points, types) => {
            scope.product_types = types.iter().map(|key| (*key).to_owned()).collect();
            let basis_points = BasisPoints::new(basis_points).context("a percentage out of bounds")?;
            Benefit::Percentage { basis_points, max_discount: None }
        }
        Less(amount) => Benefit::FixedAmount { amount },
        Credit(amount) => Benefit::Credit { amount },
        Raise(limits) => Benefit::Limits {
            changes: limits
                .iter()
                .map(|(key, value)| LimitChange {
                    key: (*key).to_owned(),
                    grant: Grant {
                        mode: LimitMode::RaiseTo,
                        value: value.map_or(LimitValue::Unlimited, LimitValue::Finite),
                    },
                })
                .collect(),
        },
    };
    Ok(Coupon {
        id: crate::clock::id_at(at),
        tenant_id: house.tenant.id,
        name: name.to_owned(),
        description: name.to_owned(),
        note: String::new(),
        tags: Vec::new(),
        uses_per: UsesPer::default_for(&benefit),
        max_uses_per_organization: benefit.for_organizations().then_some(1),
        benefit,
        scope,
        assigned_people_only: false,
        minimum_amount: 0,
        valid_from: None,
        valid_until: None,
        max_uses: None,
        max_uses_per_person: None,
        max_uses_per_product: None,
        budget: None,
        discounted_periods: None,
        benefit_ends: BenefitEnds::Never,
        restore_uses: RestoreUses::Always,
        gift: false,
        leak_threshold: None,
        created_by: Some(house.admin.id),
        created_at: at,
        resumed_at: None,
        paused_at: None,
        deleted_at: None,
        counters: Counters::default(),
        version: 1,
    })
}

/// Pauses and deletes some, as an admin would.
pub(super) async fn end_some(db: &Db, house: &House, now: DateTime<Utc>) -> anyhow::Result<()> {
    let known = |code: &&str| CodeKey::fold(code).ok();
    let keys: Vec<CodeKey> = PAUSED.iter().chain(&DELETED).filter_map(&known).collect();
    let found = coupons::rows::codes_by_key(db.read(), house.tenant.id, &keys).await?;
    let ids = |codes: &[&str]| -> Vec<Uuid> {
        codes.iter().filter_map(|code| found.get(&known(code)?)).map(|code| code.coupon_id).collect()
    };
    let tx = db.begin().await?;
    for (action, codes, days) in [(Action::Pause, PAUSED, 2), (Action::Delete, DELETED, 1)] {
        let at = house.at(now, days, 310);
        coupons::actions::act(&tx, &house.by_admin(), house.tenant.id, action, &ids(&codes), at).await?;
    }
    db::commit(tx).await?;
    Ok(())
}
