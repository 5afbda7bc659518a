//! `/dashboard`: figures that help an administrator to see what to look at.

mod chart;

use crate::accounts::guards::Admin;
use crate::accounts::shell::{Section, Shell};
use crate::calendar;
use crate::coupons::coupon::Coupon;
use crate::coupons::queries::{FirstCode, Total, active, ending, first_codes, nearly_used_up};
use crate::coupons::rule::trace::Check;
use crate::db::Db;
use crate::error::Error;
use crate::redemptions::figures::{self, Redeemed};
use crate::redemptions::pages::attention::{self, Attention};
use crate::web::html;
use actix_web::{HttpResponse, web};
use askama::Template;
use chart::Bar;
use chrono::{DateTime, Duration, Utc};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Coupons a list of the page shows.
const LISTED: u64 = 5;

#[derive(Template)]
#[template(path = "dashboard/overview.html")]
struct Page {
    shell: Shell,
    coupons_enabled: bool,
    active: Total,
    today: Redeemed,
    week: Redeemed,
    discount: String,
    held: u64,
    next_end: Option<String>,
    refusals: Vec<Refused>,
    bars: Vec<Bar>,
    sentence: String,
    looks: Vec<Look>,
    attention: Attention,
}

/// A reason of the last day, with the attempts it refused.
struct Refused {
    word: String,
    label: String,
    count: i64,
}

/// A coupon that wants a look, and why.
struct Look {
    id: Uuid,
    code: String,
    why: String,
}

/// `GET /dashboard`.
///
/// # Errors
/// As the guard.
pub async fn index(who: Admin, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let (tenant, zone, now) = (who.tenant.id, who.tenant.zone, who.now);
    let days = chart::bounds(now, zone);
    let today = days.iter().rev().nth(1).copied().unwrap_or(now);
    let week = days.iter().rev().nth(7).copied().unwrap_or(now);
    let search = db.search();
    let counts = figures::per_span(search, tenant, &days).await?;
    let bars = chart::bars(&days, &counts, zone);
    let week = figures::since(search, tenant, week).await?;
    let (held, next_end) = figures::held(search, tenant, now).await?;
    let refusals = figures::refusals_since(search, tenant, now - Duration::hours(24)).await?;
    html::page(&Page {
        shell: who.shell(Section::Overview),
        coupons_enabled: who.tenant.row.coupons_enabled,
        active: active(search, tenant, now).await?,
        today: figures::since(search, tenant, today).await?,
        discount: who.tenant.currency.money(week.discount).to_string(),
        week,
        held,
        next_end: next_end.map(|end| calendar::wait(now, end)),
        refusals: refusals.into_iter().map(Refused::of).collect(),
        sentence: chart::sentence(&bars),
        bars,
        looks: looks(&who, &db).await?,
        attention: attention::of(search, &who.tenant, now).await?,
    })
}

impl Page {
    /// Nothing narrows an export of everything.
    const NO_FIELDS: [(&'static str, &'static str); 0] = [];

    fn counted(redeemed: &Redeemed) -> String {
        match redeemed.redemptions {
            1 => "1 redemption".to_owned(),
            count => format!("{count} redemptions"),
        }
    }

    /// All refusals of the last day.
    fn refused(&self) -> i64 {
        self.refusals.iter().map(|refused| refused.count).sum()
    }
}

impl Refused {
    fn of((word, count): (String, i64)) -> Self {
        let label = Check::from_word(&word).map_or_else(|| word.clone(), |check| check.refused().to_owned());
        Self { word, label, count }
    }
}

/// The coupons that end within a week, and those that are nearly used up.
async fn looks(who: &Admin, db: &Db) -> Result<Vec<Look>, Error> {
    let (search, tenant, now) = (db.search(), who.tenant.id, who.now);
    let ending = ending(search, tenant, now + Duration::days(7), LISTED, now).await?;
    let used = nearly_used_up(search, tenant, LISTED, now).await?;
    let ids: Vec<Uuid> = ending.iter().chain(&used).map(|coupon| coupon.id).collect();
    let codes = first_codes(search, tenant, &ids).await?;
    let ends = |coupon: &Coupon| coupon.valid_until.map(|until| ends(until, who)).unwrap_or_default();
    let mut looks: Vec<Look> = ending.iter().map(|coupon| Look::of(coupon, &codes, ends(coupon))).collect();
    looks.extend(used.iter().map(|coupon| Look::of(coupon, &codes, left(coupon))));
    Ok(looks)
}

impl Look {
    fn of(coupon: &Coupon, codes: &BTreeMap<Uuid, FirstCode>, why: String) -> Self {
        let code = codes.get(&coupon.id).map_or_else(|| coupon.name.clone(), |code| code.text.clone());
        Self { id: coupon.id, code, why }
    }
}

/// `ends in 3 days, 23 Nov 2026, 23:59`.
fn ends(until: DateTime<Utc>, who: &Admin) -> String {
    format!("ends {}, {}", calendar::from_now(until, who.now), calendar::end_moment(until, who.tenant.zone))
}

/// `1 of 40 uses left`.
fn left(coupon: &Coupon) -> String {
    let held = coupon.counters.held;
    let held = if held > 0 { format!(", {held} held") } else { String::new() };
    match (coupon.remaining(), coupon.max_uses) {
        (Some(left), Some(max)) => format!("{left} of {max} uses left{held}"),
        _ => String::new(),
    }
}
