//! From what was typed to a coupon, with every message on its field.

use super::{CouponForm, Draft, Known, Shown, scope, texts};
use crate::calendar::{self, DateFault};
use crate::coupons::benefit::Benefit;
use crate::coupons::code::CodeText;
use crate::coupons::coupon::{BenefitEnds, Conflict, Coupon, LeakThreshold, RestoreUses, UsesPer};
use crate::money::{self, BasisPoints};
use crate::organizations::limits::{Grant, LimitChange, LimitMode, LimitValue};
use crate::web::form::Errors;
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;

/// Reads the form over `base`: the coupon that is edited, or a fresh one; `is_new` says which.
///
/// # Errors
/// All that is wrong with it, in the order of the form.
pub fn read(form: &CouponForm, known: &Known<'_>, base: &Coupon, is_new: bool) -> Result<Draft, Errors> {
    let mut errors = Errors::default();
    let code = if is_new {
        errors.keep("code", CodeText::create(&form.code).map_err(|fault| fault.to_string()))
    } else {
        None
    };
    let benefit = benefit(form, known, base, &mut errors);
    let mut coupon = Coupon { benefit: benefit.unwrap_or_else(|| stand_in(form.kind())), ..base.clone() };
    coupon.scope = scope::read(form, known, &mut errors);
    let people = texts::people(&mut errors, &form.people);
    coupon.assigned_people_only = !people.is_empty();
    limits_of_use(form, known, &mut coupon, &mut errors);
    let shown = Shown::of(base, known.tenant);
    validity(form, known.tenant.zone, base, &shown, &mut coupon, &mut errors);
    words(form, &mut coupon, &mut errors);
    let fallback = code.as_ref().map_or(base.name.as_str(), CodeText::as_str);
    coupon.name = texts::text(&mut errors, "name", if form.name.trim().is_empty() { fallback } else { &form.name });
    for conflict in coupon.conflicts() {
        let sentence = match &conflict {
            Conflict::BudgetBelowSpent { spent } => {
                let spent = known.tenant.currency.money(*spent);
                format!("{spent} is spent or held already. Close it at {spent} instead.")
            }
            other => other.to_string(),
        };
        errors.add(form.field_of_conflict(conflict.field()), sentence);
    }
    if errors.is_empty() { Ok(Draft { coupon, code, people }) } else { Err(in_order(&errors)) }
}

/// The messages in the order in which the fields stand in the form.
fn in_order(errors: &Errors) -> Errors {
    const FORM: [&str; 26] = [
        "code",
        "percent",
        "maximum_discount",
        "amount",
        "credit",
        "limits",
        "product_types",
        "products",
        "people",
        "max_uses",
        "max_uses_per_person",
        "max_uses_per_organization",
        "organization_uses",
        "valid_from",
        "valid_until",
        "name",
        "description",
        "note",
        "tags",
        "budget",
        "minimum_amount",
        "max_uses_per_product",
        "discounted_periods",
        "excluded_products",
        "leak_uses",
        "leak_minutes",
    ];
    let mut all: Vec<(&'static str, &str)> = errors.iter().collect();
    all.sort_by_key(|(field, _)| FORM.iter().position(|name| name == field));
    let mut ordered = Errors::default();
    for (field, sentence) in all {
        ordered.add(field, sentence);
    }
    ordered
}

fn benefit(form: &CouponForm, known: &Known<'_>, base: &Coupon, errors: &mut Errors) -> Option<Benefit> {
    match form.kind() {
        "fixed_amount" => Some(Benefit::FixedAmount { amount: amount(known, "amount", &form.amount, errors)? }),
        "credit" => Some(Benefit::Credit { amount: amount(known, "credit", &form.credit, errors)? }),
        "limits" => Some(Benefit::Limits { changes: limit_changes(form, known, base, errors)? }),
        _ => {
            let percent = BasisPoints::parse(&form.percent).map_err(|fault| fault.to_string());
            let basis_points = errors.keep("percent", percent);
            let max_discount = optional_money(known, "maximum_discount", &form.maximum_discount, errors);
            Some(Benefit::Percentage { basis_points: basis_points?, max_discount })
        }
    }
}

/// Stands in for a benefit that could not be read, so that the rest of the form can be.
fn stand_in(kind: &str) -> Benefit {
    match kind {
        "credit" => Benefit::Credit { amount: 1 },
        "limits" => Benefit::Limits { changes: Vec::new() },
        _ => Benefit::FixedAmount { amount: 1 },
    }
}

fn amount(known: &Known<'_>, field: &'static str, typed: &str, errors: &mut Errors) -> Option<i64> {
    errors.keep(field, money::parse(typed, known.tenant.currency).map_err(|fault| fault.to_string()))
}

fn optional_money(known: &Known<'_>, field: &'static str, typed: &str, errors: &mut Errors) -> Option<i64> {
    if typed.trim().is_empty() {
        return None;
    }
    errors.keep(field, money::parse(typed, known.tenant.currency).map_err(|fault| fault.to_string()))
}

/// A maximum: empty is unlimited, 0 is closed.
pub fn optional_count(field: &'static str, typed: &str, errors: &mut Errors) -> Option<i64> {
    if typed.trim().is_empty() {
        return None;
    }
    errors.keep(field, money::parse_count(typed).map_err(|fault| fault.to_string()))
}

fn limit_changes(form: &CouponForm, known: &Known<'_>, base: &Coupon, errors: &mut Errors) -> Option<Vec<LimitChange>> {
    let mut changes = Vec::new();
    let lines = form.limit_key.iter().zip(&form.limit_mode).zip(&form.limit_value);
    for ((key, mode), value) in lines.filter(|((_, mode), _)| !mode.is_empty()) {
        let Some(limit) = known.choices.limits.iter().find(|row| row.key == *key) else {
            errors.add("limits", "One of the limits does not exist.");
            return None;
        };
        let value = if mode == "unlimited" {
            LimitValue::Unlimited
        } else {
            let count = money::parse_count(value).map_err(|fault| format!("{}: {fault}", limit.label));
            LimitValue::Finite(errors.keep("limits", count)?)
        };
        let too_low = limit.minimum.is_some_and(|minimum| value < LimitValue::Finite(minimum));
        let too_high = limit.maximum.is_some_and(|maximum| value > LimitValue::Finite(maximum));
        if too_low || too_high {
            let bound = |bound: Option<i64>, word: &str| bound.map(|bound| format!("{word} {bound}"));
            let bounds: Vec<String> =
                [bound(limit.minimum, "at least"), bound(limit.maximum, "at most")].into_iter().flatten().collect();
            errors.add("limits", format!("{} is {}.", limit.label, bounds.join(" and ")));
            return None;
        }
        let mode = LimitMode::from_word(mode).unwrap_or_else(|| unlimited_mode(form, base, key));
        changes.push(LimitChange { key: key.clone(), grant: Grant { mode, value } });
    }
    changes.sort_by(|a, b| a.key.cmp(&b.key));
    Some(changes)
}

/// "Make unlimited" raises, unless it is said exactly; a coupon that was set to unlimited stays as it is.
fn unlimited_mode(form: &CouponForm, base: &Coupon, key: &str) -> LimitMode {
    if let Some(mode) = form.exact.as_ref().and_then(|exact| exact.unlimited.get(key)) {
        return *mode;
    }
    let before = match &base.benefit {
        Benefit::Limits { changes } => changes.iter().find(|change| change.key == key),
        _ => None,
    };
    before.filter(|change| change.grant.value == LimitValue::Unlimited).map_or(LimitMode::RaiseTo, |c| c.grant.mode)
}

fn limits_of_use(form: &CouponForm, known: &Known<'_>, coupon: &mut Coupon, errors: &mut Errors) {
    let orders = coupon.benefit.for_orders();
    coupon.minimum_amount =
        if orders { optional_money(known, "minimum_amount", &form.minimum_amount, errors).unwrap_or(0) } else { 0 };
    coupon.uses_per =
        UsesPer::from_word(&form.uses_per).filter(|_| orders).unwrap_or_else(|| UsesPer::default_for(&coupon.benefit));
    coupon.max_uses = optional_count("max_uses", &form.max_uses, errors);
    coupon.max_uses_per_person = optional_count("max_uses_per_person", &form.max_uses_per_person, errors);
    coupon.max_uses_per_organization = if orders {
        optional_count("max_uses_per_organization", &form.max_uses_per_organization, errors)
    } else {
        let typed = form.organization_uses.as_deref().unwrap_or("1");
        optional_count("organization_uses", typed, errors)
    };
    let per_product = Some(&form.max_uses_per_product).filter(|_| orders);
    coupon.max_uses_per_product = per_product.and_then(|typed| optional_count("max_uses_per_product", typed, errors));
    coupon.budget = optional_money(known, "budget", &form.budget, errors);
    let periods = Some(&form.discounted_periods).filter(|_| orders);
    coupon.discounted_periods = periods.and_then(|typed| optional_count("discounted_periods", typed, errors));
}

fn validity(form: &CouponForm, zone: Tz, base: &Coupon, shown: &Shown, coupon: &mut Coupon, errors: &mut Errors) {
    if let Some(exact) = &form.exact {
        coupon.valid_from = exact.valid_from.and_then(|from| errors.keep("valid_from", in_range(from)));
        coupon.valid_until = exact.valid_until.and_then(|until| errors.keep("valid_until", in_range(until)));
        return;
    }
    let typed = (form.valid_from.trim(), form.valid_from_time.trim());
    // What was not touched keeps its instant, also where the fields cannot say all of it.
    coupon.valid_from = if typed == (&*shown.valid_from, &*shown.valid_from_time) {
        base.valid_from
    } else {
        moment(errors, "valid_from", typed, zone, calendar::start)
    };
    let typed = (form.valid_until.trim(), form.valid_until_time.trim());
    coupon.valid_until = if typed == (&*shown.valid_until, &*shown.valid_until_time) {
        base.valid_until
    } else {
        moment(errors, "valid_until", typed, zone, calendar::end)
    };
}

/// An instant as it is kept, in the years that a date can have.
fn in_range(instant: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    let kept = DateTime::from_timestamp_micros(instant.timestamp_micros());
    let kept = kept.filter(|kept| (1970..=9998).contains(&kept.year()));
    kept.ok_or_else(|| DateFault::YearOutOfRange.to_string())
}

type ReadMoment = fn(NaiveDate, Option<NaiveTime>, Tz) -> Result<DateTime<Utc>, DateFault>;

fn moment(
    errors: &mut Errors,
    field: &'static str,
    (date, time): (&str, &str),
    zone: Tz,
    read: ReadMoment,
) -> Option<DateTime<Utc>> {
    match (date.is_empty(), time.is_empty()) {
        (true, true) => return None,
        (true, false) => return errors.keep(field, Err("Please say the day of this time.".to_owned())),
        _ => {}
    }
    let time = Some(time).filter(|time| !time.is_empty()).map(calendar::parse_time).transpose();
    let instant = calendar::parse_date(date).and_then(|date| read(date, time?, zone));
    errors.keep(field, instant.map_err(|fault| fault.to_string()))
}

fn words(form: &CouponForm, coupon: &mut Coupon, errors: &mut Errors) {
    coupon.benefit_ends = BenefitEnds::from_word(&form.benefit_ends).unwrap_or_default();
    coupon.restore_uses = RestoreUses::from_word(&form.restore_uses).unwrap_or_default();
    coupon.gift = !form.gift.is_empty();
    let uses = optional_count("leak_uses", &form.leak_uses, errors);
    let minutes = optional_count("leak_minutes", &form.leak_minutes, errors);
    coupon.leak_threshold = match (uses, minutes) {
        (Some(uses @ 1..), Some(within_minutes @ 1..=LeakThreshold::LONGEST)) => {
            Some(LeakThreshold { uses, within_minutes })
        }
        (None, None) => None,
        (Some(1..), Some(1..)) => {
            errors.add("leak_minutes", "An alarm looks back a year at most: 525,600 minutes.");
            None
        }
        _ => {
            errors.add("leak_uses", "An alarm needs a number of uses and a number of minutes, both above 0.");
            None
        }
    };
    coupon.description = texts::text(errors, "description", &form.description);
    coupon.note = texts::text(errors, "note", &form.note);
    coupon.tags = texts::tags(errors, &form.tags);
    coupon.tags.sort();
}
