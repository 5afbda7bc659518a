//! `GET /dashboard/coupons/{id}`: one coupon with its codes, its uses and holds, and what happened to it.

use super::audit::Shown;
use crate::accounts::guards::CouponReader;
use crate::accounts::role::Role;
use crate::accounts::shell::{Section, Shell};
use crate::audit;
use crate::calendar;
use crate::config::Config;
use crate::coupons::code::{Code, CodeText};
use crate::coupons::coupon::{Coupon, Status};
use crate::coupons::queries::{Choices, FirstCode, MOST_CODES};
use crate::coupons::summary;
use crate::coupons::{names, rows, save, warnings};
use crate::db::Db;
use crate::db::tables::redemptions::is_held;
use crate::db::tables::{audit_entries, codes, import_rows, imports, redemptions, users};
use crate::error::Error;
use crate::redemptions::attempts;
use crate::redemptions::log::words::Part;
use crate::redemptions::pages::redemptions::Names;
use crate::redemptions::queries::{Listed, of_coupon};
use crate::redemptions::redemption::State;
use crate::tenants::Tenant;
use crate::web::notice::Notice;
use crate::web::paging::query;
use crate::web::{address, html};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

/// Codes, redemptions and entries that the page shows of each.
const SHOWN: u64 = 20;
/// Refused attempts that are counted.
const MOST: u64 = 1_000;

/// A redemption as a row.
#[derive(Clone, Debug)]
struct Use {
    id: Uuid,
    instant: String,
    when: String,
    state: State,
    until: String,
    who: String,
    /// Another name of the same, or who did it for them.
    also: String,
    order: String,
    code: String,
    uses: i64,
    discount: String,
}

/// A coupon with all that is shown of it.
#[derive(Clone, Debug)]
struct Sheet {
    id: Uuid,
    code: String,
    name: String,
    status: Status,
    summary: String,
    counters: (i64, i64, i64, i64),
    /// Whether it is for orders, which get a discount.
    for_orders: bool,
    max_uses: Option<i64>,
    left: Option<i64>,
    held_until: String,
    refused: u64,
    bar: Option<(i64, i64)>,
    codes: Vec<Code>,
    /// The words of the link to the codes that are not shown.
    all_codes: String,
    uses: Vec<Use>,
    entries: Vec<Shown>,
    facts: Vec<(&'static str, String)>,
    tags: Vec<(String, String)>,
    /// The last import that made it or some of its codes, and its file.
    import: Option<(Uuid, String)>,
    warnings: Vec<String>,
    share: Option<String>,
    audit: String,
    may_change: bool,
}

#[derive(Template)]
#[template(path = "redemptions/coupon.html")]
struct Page {
    shell: Shell,
    sheet: Sheet,
}

#[derive(Template)]
#[template(path = "redemptions/_coupon_fragment.html")]
struct Fragment {
    notice: Option<Notice>,
    sheet: Sheet,
}

/// `GET /dashboard/coupons/{id}`.
///
/// # Errors
/// [`Error::NotFound`] for a coupon the tenant does not have.
pub async fn show(
    who: CouponReader,
    db: web::Data<Db>,
    config: web::Data<Config>,
    request: HttpRequest,
    path: web::Path<Uuid>,
) -> Result<HttpResponse, Error> {
    let coupon =
        rows::read(db.read(), who.tenant.id, &[*path], who.now).await?.remove(&*path).ok_or(Error::NotFound)?;
    let mut sheet = Sheet::of(db.read(), &who.tenant, &coupon, who.now).await?;
    sheet.may_change = who.reaches(Role::Admin);
    if sheet.may_change {
        sheet.import = import_of(db.read(), who.tenant.id, coupon.id).await?;
    }
    // Shown to who asks from there, and sent nowhere: where no address is configured, the request's own will do.
    let own = address::origin(&request);
    let base = who.tenant.base_url(config.base_url.as_deref()).unwrap_or(&own).trim_end_matches('/');
    sheet.share = sheet.share.map(|path| format!("{base}{path}"));
    let notice = who.notice.clone();
    let page = Page { shell: who.shell(Section::Coupons), sheet: sheet.clone() };
    html::page_or_fragment(who.fragment, StatusCode::OK, &page, &Fragment { notice, sheet })
}

impl Sheet {
    async fn of(
        connection: &impl ConnectionTrait,
        tenant: &Tenant,
        coupon: &Coupon,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let choices = Choices::load(connection, tenant.id).await?;
        let codes = first_codes(connection, tenant.id, coupon.id, now).await?;
        let count = count_codes(connection, tenant.id, coupon.id, codes.len()).await?;
        let first = codes.first().map(|code| FirstCode { text: code.text.as_str().to_owned(), codes: count });
        let shown = summary::Row::of(coupon, first.as_ref(), &choices, tenant, now);
        let listed = of_coupon(connection, (tenant.id, tenant.currency), coupon.id, SHOWN, now).await?;
        let text = CodeText::parse(&shown.code).ok();
        let link = query(&[("code", &shown.code)]);
        let living = codes.iter().find(|code| code.deleted_at.is_none());
        let share = living.map(|code| format!("/redeem{}", query(&[("code", code.text.as_str())])));
        let week = now - chrono::TimeDelta::days(7);
        Ok(Self {
            id: coupon.id,
            name: shown.name.clone(),
            status: shown.status,
            summary: format!("{}. {}.", shown.benefit, shown.applies_to),
            counters: (coupon.counters.uses, coupon.counters.held, coupon.counters.spent, coupon.counters.spent_held),
            max_uses: coupon.max_uses,
            left: coupon.remaining(),
            held_until: first_hold_over(connection, tenant, coupon.id, now).await?,
            refused: attempts::count_of_coupon(connection, (tenant.id, coupon.id), week, MOST + 1).await?,
            bar: shown.bar(),
            for_orders: coupon.benefit.for_orders(),
            all_codes: match count {
                count if count > MOST_CODES => format!("All codes, more than {MOST_CODES}"),
                count if count > i64::try_from(codes.len()).unwrap_or(i64::MAX) => format!("All {count} codes"),
                _ => String::new(),
            },
            codes,
            uses: uses(connection, tenant, listed, now).await?,
            entries: activity(connection, tenant, coupon.id).await?,
            facts: facts(connection, tenant, coupon, &choices, now).await?,
            tags: coupon.tags.iter().map(|tag| (tag.clone(), query(&[("tag", tag)]))).collect(),
            warnings: if coupon.deleted_at.is_none() { warnings::of(coupon, text.as_ref()) } else { Vec::new() },
            share,
            audit: format!("/audit{link}"),
            code: shown.code,
            may_change: false,
            import: None,
        })
    }

    fn is_gone(&self) -> bool {
        self.status == Status::Deleted
    }

    fn may_change_codes(&self) -> bool {
        self.may_change && !self.is_gone()
    }

    fn refused_words(&self) -> String {
        if self.refused > MOST { format!("more than {MOST}") } else { self.refused.to_string() }
    }

    fn is_paused(&self) -> bool {
        self.status == Status::Paused
    }
}

async fn import_of(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    coupon: Uuid,
) -> Result<Option<(Uuid, String)>, Error> {
    let last: Option<Uuid> = import_rows::Entity::find()
        .select_only()
        .column(import_rows::Column::ImportId)
        .filter(import_rows::Column::TenantId.eq(tenant))
        .filter(import_rows::Column::CouponId.eq(coupon))
        .filter(import_rows::Column::CodeId.is_not_null())
        .order_by_desc(import_rows::Column::ImportId)
        .limit(1)
        .into_tuple()
        .one(connection)
        .await?;
    let Some(id) = last else { return Ok(None) };
    let import = imports::Entity::find_by_id((tenant, id)).one(connection).await?;
    Ok(import.map(|import| (id, import.file_name)))
}

async fn first_codes(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    coupon: Uuid,
    now: DateTime<Utc>,
) -> Result<Vec<Code>, Error> {
    let ids: Vec<Uuid> = codes::Entity::find()
        .select_only()
        .column(codes::Column::Id)
        .filter(codes::Column::TenantId.eq(tenant))
        .filter(codes::Column::CouponId.eq(coupon))
        .order_by_asc(codes::Column::Id)
        .limit(SHOWN)
        .into_tuple()
        .all(connection)
        .await?;
    Ok(rows::read_codes(connection, tenant, &ids, now).await?.into_values().collect())
}

/// How many codes there are, where `shown` of them are shown; not counted further than lists do.
async fn count_codes(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    coupon: Uuid,
    shown: usize,
) -> Result<i64, Error> {
    if (shown as u64) < SHOWN {
        return Ok(i64::try_from(shown).unwrap_or(i64::MAX));
    }
    let some = codes::Entity::find()
        .select_only()
        .column(codes::Column::Id)
        .filter(codes::Column::TenantId.eq(tenant))
        .filter(codes::Column::CouponId.eq(coupon))
        .limit(MOST_CODES.unsigned_abs() + 1);
    Ok(i64::try_from(some.count(connection).await?).unwrap_or(i64::MAX))
}

async fn first_hold_over(
    connection: &impl ConnectionTrait,
    tenant: &Tenant,
    coupon: Uuid,
    now: DateTime<Utc>,
) -> Result<String, Error> {
    let first = redemptions::Entity::find()
        .filter(redemptions::Column::TenantId.eq(tenant.id))
        .filter(redemptions::Column::CouponId.eq(coupon))
        .filter(is_held())
        .filter(redemptions::Column::HeldUntil.gt(now))
        .order_by_asc(redemptions::Column::HeldUntil)
        .one(connection)
        .await?;
    let until = first.and_then(|row| row.held_until);
    Ok(until.map(|until| calendar::soon(until, now, tenant.zone)).unwrap_or_default())
}

async fn uses(
    connection: &impl ConnectionTrait,
    tenant: &Tenant,
    listed: Vec<Listed>,
    now: DateTime<Utc>,
) -> Result<Vec<Use>, Error> {
    let names = Names::of(connection, tenant.id, &listed, None).await?;
    let shown = |one: Listed| {
        let (who, also) = names.called(&one);
        Use {
            id: one.id,
            instant: one.created_at.to_rfc3339(),
            when: calendar::moment(one.created_at, tenant.zone),
            state: one.state,
            until: one.held_until.map(|until| calendar::from_now(until, now)).unwrap_or_default(),
            who,
            also,
            order: one.order_ref.unwrap_or_default(),
            code: one.code,
            uses: one.uses,
            discount: tenant.currency.money(one.discount).to_string(),
        }
    };
    Ok(listed.into_iter().map(shown).collect())
}

async fn activity(connection: &impl ConnectionTrait, tenant: &Tenant, coupon: Uuid) -> Result<Vec<Shown>, Error> {
    let entries = audit_entries::Entity::find()
        .filter(audit_entries::Column::TenantId.eq(tenant.id))
        .filter(audit_entries::Column::CouponId.eq(coupon))
        .order_by_desc(audit_entries::Column::Id)
        .limit(SHOWN)
        .all(connection)
        .await?;
    let actors = audit::queries::names(connection, entries.iter().filter_map(|row| row.actor_id)).await?;
    let shown = |row: &audit_entries::Model| {
        let when = calendar::moment(row.created_at, tenant.zone);
        Shown { when, links: Vec::new(), ..Shown::of(row, &actors, tenant.zone) }
    };
    Ok(entries.iter().map(shown).collect())
}

async fn facts(
    connection: &impl ConnectionTrait,
    tenant: &Tenant,
    coupon: &Coupon,
    choices: &Choices,
    now: DateTime<Utc>,
) -> Result<Vec<(&'static str, String)>, Error> {
    let people = save::people_of(connection, tenant.id, coupon.id).await?;
    let names = names::of(connection, tenant.id, &[coupon], &people).await?;
    let maker = match coupon.created_by {
        Some(id) => users::Entity::find_by_id(id).one(connection).await?.map(|user| user.display_name),
        None => None,
    };
    let money = |amount: i64| tenant.currency.money(amount).to_string();
    let count = |count: Option<i64>| count.map_or_else(|| "unlimited".to_owned(), |count| count.to_string());
    let made = calendar::day(coupon.created_at, tenant.zone);
    let mut facts = vec![
        ("Benefit", summary::benefit(coupon, choices, tenant)),
        ("Applies to", summary::applies_to(coupon, choices)),
        ("Valid", valid(tenant, coupon, now)),
        ("Uses per person", count(coupon.max_uses_per_person)),
        ("Uses per organization", count(coupon.max_uses_per_organization)),
    ];
    let listed = |names: &mut dyn Iterator<Item = &String>| names.cloned().collect::<Vec<_>>().join(", ");
    let more = [
        ("Products named", Some(listed(&mut names.products.values())).filter(|text| !text.is_empty())),
        ("Only these people", Some(names.addresses(&people).join(", ")).filter(|text| !text.is_empty())),
        ("Order from", Some(coupon.minimum_amount).filter(|amount| *amount > 0).map(money)),
        ("Uses per product", coupon.max_uses_per_product.map(|max| max.to_string())),
        (
            if coupon.benefit.for_orders() { "Discount given" } else { "Credit given" },
            (coupon.benefit.for_orders() || coupon.budget.is_some()).then(|| given(coupon, tenant)),
        ),
        ("Discounted periods", coupon.discounted_periods.map(|periods| periods.to_string())),
        ("Description", Some(coupon.description.clone()).filter(|text| !text.is_empty())),
        ("Note", Some(coupon.note.clone()).filter(|text| !text.is_empty())),
    ];
    facts.extend(more.into_iter().filter_map(|(name, value)| Some((name, value?))));
    facts.push(("Created", maker.map_or_else(|| made.clone(), |name| format!("{made} by {name}"))));
    Ok(facts)
}

/// What orders were given so far, and how much of the budget that is.
fn given(coupon: &Coupon, tenant: &Tenant) -> String {
    let (spent, money) = (coupon.counters.spent, |amount: i64| tenant.currency.money(amount).to_string());
    let share = |budget: i64| spent.saturating_mul(100).checked_div(budget).unwrap_or(100);
    match coupon.budget {
        Some(budget) => format!("{}, {} % of the budget of {}", money(spent), share(budget), money(budget)),
        None => money(spent),
    }
}

fn valid(tenant: &Tenant, coupon: &Coupon, now: DateTime<Utc>) -> String {
    let from = coupon.valid_from.map(|from| format!("from {}", calendar::moment(from, tenant.zone)));
    let until = coupon.valid_until.map(|until| {
        format!("until {} ({})", calendar::end_moment(until, tenant.zone), calendar::from_now(until, now))
    });
    let words: Vec<String> = from.into_iter().chain(until).collect();
    if words.is_empty() { "Always".to_owned() } else { format!("{}, {}", words.join(" "), tenant.zone.name()) }
}
