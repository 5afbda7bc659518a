//! From a form to a coupon in the database: made, or edited over the version that was opened.

use crate::accounts::persons::{self, Alias};
use crate::audit::{self, Actor, ActorKind, Entry};
use crate::coupons::code::CodeText;
use crate::coupons::coupon::Coupon;
use crate::coupons::create::{CodeTaken, New, NotCreated, create, subject};
use crate::coupons::form::{self, CouponForm, Known};
use crate::coupons::queries::{self, Choices};
use crate::coupons::{changes, names, rows, warnings};
use crate::db::tables::{audit_entries, coupon_people, coupons, memberships, products, users};
use crate::error::Error;
use crate::tenants::{self, Tenant};
use crate::web::form::Errors;
use crate::web::replay::{self, Claim};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What came of a form. Anything but [`Outcome::Saved`] is not to be committed.
#[derive(Debug)]
pub enum Outcome {
    /// It is saved.
    Saved(Saved),
    /// It cannot be saved as it is.
    Invalid(Errors),
    /// Its code is taken.
    Taken(CodeTaken),
    /// Somebody else saved meanwhile.
    Outdated(Box<Theirs>),
    /// The coupon is deleted.
    Gone,
}

/// A coupon that was saved, and what to say of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    /// Its id.
    pub id: Uuid,
    /// What the status line says.
    pub sentence: String,
}

/// The coupon as somebody else saved it.
#[derive(Clone, Debug)]
pub struct Theirs {
    /// As it stands.
    pub coupon: Coupon,
    /// Who saved it.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Makes a coupon of a form. The same form sent again gets the first answer.
///
/// # Errors
/// When the database does not answer, or the request's key came with another form before.
pub async fn make(
    tx: &DatabaseTransaction,
    actor: &Actor,
    tenant: &Tenant,
    form: &CouponForm,
    now: DateTime<Utc>,
) -> Result<Outcome, Error> {
    let key = request_key(actor, tenant, form)?;
    if let Some(key) = &key
        && let Claim::Again(answer) = replay::claim(tx, key, now).await?
    {
        let saved = serde_json::from_value(answer).map_err(|error| Error::Internal(error.into()))?;
        return Ok(Outcome::Saved(saved));
    }
    tenants::queries::keep_currency(tx, tenant).await?;
    let choices = Choices::load(tx, tenant.id).await?;
    let known = known(tx, tenant, &choices, form).await?;
    let id = Uuid::now_v7();
    let fresh = crate::coupons::benefit::Benefit::Limits { changes: Vec::new() };
    let created_by = actor.id.filter(|_| actor.kind == ActorKind::User);
    let base = Coupon { created_by, ..Coupon::new(id, tenant.id, "New coupon", fresh, now) };
    let draft = match form::read(form, &known, &base, true) {
        Ok(draft) => draft,
        Err(errors) => return Ok(Outcome::Invalid(errors)),
    };
    let people = people(tx, tenant.id, &draft.people, now).await?;
    let said = warnings::of_new(&draft.coupon, draft.code.as_ref(), now);
    let label = draft.code.as_ref().map(ToString::to_string).unwrap_or_default();
    let new = New { coupon: draft.coupon, codes: draft.code.into_iter().collect(), people };
    match create(tx, actor, tenant, new, now).await {
        Ok(id) => {
            let saved = Saved { id, sentence: sentence(&label, "was created.", &said) };
            if let Some(key) = &key {
                replay::settle(tx, key, serde_json::to_value(&saved).unwrap_or_default(), now).await?;
            }
            Ok(Outcome::Saved(saved))
        }
        Err(NotCreated::Taken(taken)) => Ok(Outcome::Taken(taken)),
        Err(NotCreated::Failed(error)) => Err(error),
    }
}

/// Writes a form over the coupon, if it still is at the version that was opened. `None` when the tenant has no such
/// coupon.
///
/// # Errors
/// When the database does not answer.
pub async fn edit(
    tx: &DatabaseTransaction,
    actor: &Actor,
    tenant: &Tenant,
    id: Uuid,
    form: &CouponForm,
    now: DateTime<Utc>,
) -> Result<Option<Outcome>, Error> {
    let Some(before) = lock(tx, tenant.id, id).await? else { return Ok(None) };
    if before.deleted_at.is_some() {
        return Ok(Some(Outcome::Gone));
    }
    let version: i64 =
        form.version.parse().map_err(|_| Error::BadRequest("The version of the coupon is missing.".to_owned()))?;
    if version != before.version {
        return Ok(Some(Outcome::Outdated(Box::new(theirs(tx, tenant.id, before).await?))));
    }
    over(tx, actor, tenant, (before, form), now).await.map(Some)
}

/// The coupon as it stands, which nobody may use or edit before the end of the transaction. `None` when the tenant has
/// no such coupon.
///
/// # Errors
/// When the database does not answer.
pub async fn lock(tx: &DatabaseTransaction, tenant: Uuid, id: Uuid) -> Result<Option<Coupon>, Error> {
    let row = coupons::Entity::find_by_id((tenant, id)).lock_exclusive().one(tx).await?;
    Ok(rows::load(tx, tenant, &[id]).await?.remove(&id).filter(|_| row.is_some()))
}

/// Writes a form over a coupon that was [`lock`]ed.
///
/// # Errors
/// When the database does not answer.
pub async fn over(
    tx: &DatabaseTransaction,
    actor: &Actor,
    tenant: &Tenant,
    (before, form): (Coupon, &CouponForm),
    now: DateTime<Utc>,
) -> Result<Outcome, Error> {
    let id = before.id;
    tenants::queries::keep_currency(tx, tenant).await?;
    let choices = Choices::load(tx, tenant.id).await?;
    let known = known(tx, tenant, &choices, form).await?;
    let code = first_code(tx, tenant.id, id).await?;
    let draft = match (form::read(form, &known, &before, false), other_code(form, code.as_ref())) {
        (Ok(draft), None) => draft,
        (read, refused) => return Ok(Outcome::Invalid(with_code(read.err(), refused))),
    };
    let was_for = people_of(tx, tenant.id, id).await?;
    let people = people(tx, tenant.id, &draft.people, now).await?;
    let names = names::of(tx, tenant.id, &[&before, &draft.coupon], &[was_for.as_slice(), &people].concat()).await?;
    let changed = changes::between(
        changes::fields(tenant, &before, &was_for, &names),
        changes::fields(tenant, &draft.coupon, &people, &names),
    );
    let label = code.as_ref().map_or_else(|| before.name.clone(), ToString::to_string);
    if changed.is_empty() {
        return Ok(Outcome::Saved(Saved { id, sentence: format!("{label} was as it is already.") }));
    }
    if !rows::update(tx, &draft.coupon, &people, now).await? {
        return Ok(Outcome::Outdated(Box::new(theirs(tx, tenant.id, before).await?)));
    }
    let entry = Entry { action: "coupon.edited", changes: changed, ..subject(&draft.coupon, code.as_ref()) };
    audit::record(tx, actor, tenant.id, entry, now).await?;
    let said = warnings::of(&draft.coupon, code.as_ref());
    Ok(Outcome::Saved(Saved { id, sentence: sentence(&label, "was saved.", &said) }))
}

fn sentence(label: &str, verb: &str, warnings: &[String]) -> String {
    let mut sentence = format!("{label} {verb}");
    for warning in warnings {
        sentence.push(' ');
        sentence.push_str(warning);
    }
    sentence
}

fn request_key(actor: &Actor, tenant: &Tenant, form: &CouponForm) -> Result<Option<replay::Key>, Error> {
    if form.request_key.is_empty() {
        return Ok(None);
    }
    let user = actor.id.unwrap_or_default();
    let body = serde_json::to_string(form).map_err(|error| Error::Internal(error.into()))?;
    replay::Key::of_form(tenant.id, user, "POST /dashboard/coupons", &form.request_key, &body).map(Some)
}

/// A form names a code that is not the coupon's: it was changed by hand, and is refused.
fn other_code(form: &CouponForm, code: Option<&CodeText>) -> Option<String> {
    let typed = CodeText::parse(&form.code);
    let same = form.code.trim().is_empty() || typed.is_ok_and(|typed| code == Some(&typed));
    (!same).then(|| "A code never changes. Duplicate the coupon to use another one.".to_owned())
}

fn with_code(read: Option<Errors>, refused: Option<String>) -> Errors {
    let mut all = Errors::default();
    if let Some(sentence) = refused {
        all.add("code", sentence);
    }
    for (field, sentence) in read.iter().flat_map(Errors::iter) {
        all.add(field, sentence);
    }
    all
}

/// What the form names and the tenant has.
pub(super) async fn known<'a>(
    connection: &impl ConnectionTrait,
    tenant: &'a Tenant,
    choices: &'a Choices,
    form: &CouponForm,
) -> Result<Known<'a>, Error> {
    let products = queries::product_kinds(connection, tenant.id, &form.named_products()).await?;
    let skus = form.excluded_skus();
    let rows: Vec<(String, Uuid)> = if skus.is_empty() {
        Vec::new()
    } else {
        let found = products::Entity::find()
            .select_only()
            .column(products::Column::Sku)
            .column(products::Column::Id)
            .filter(products::Column::TenantId.eq(tenant.id))
            .filter(products::Column::Sku.is_in(skus.into_iter().filter(|sku| !sku.contains('\0'))));
        found.into_tuple().all(connection).await?
    };
    Ok(Known { tenant, choices, products, skus: rows.into_iter().collect() })
}

/// The first code of a coupon.
///
/// # Errors
/// When the database does not answer.
pub async fn first_code(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    coupon: Uuid,
) -> Result<Option<CodeText>, Error> {
    let first = queries::first_codes(connection, tenant, &[coupon]).await?.remove(&coupon);
    Ok(first.and_then(|first| CodeText::parse(&first.text).ok()))
}

/// The persons a coupon is assigned to.
///
/// # Errors
/// When the database does not answer.
pub async fn people_of(connection: &impl ConnectionTrait, tenant: Uuid, coupon: Uuid) -> Result<Vec<Uuid>, Error> {
    let rows = coupon_people::Entity::find()
        .filter(coupon_people::Column::TenantId.eq(tenant))
        .filter(coupon_people::Column::CouponId.eq(coupon))
        .order_by_asc(coupon_people::Column::PersonId);
    Ok(rows.all(connection).await?.into_iter().map(|row| row.person_id).collect())
}

/// The persons behind addresses: a shop names its customer by the address, and a member of the tenant is known by the
/// user as well.
///
/// # Errors
/// When the database does not answer.
pub async fn people(
    tx: &DatabaseTransaction,
    tenant: Uuid,
    addresses: &[String],
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, Error> {
    // Most coupons name nobody.
    if addresses.is_empty() {
        return Ok(Vec::new());
    }
    let users: Vec<Uuid> = users::Entity::find()
        .select_only()
        .column(users::Column::Id)
        .filter(users::Column::Email.is_in(addresses.iter().map(|address| address.to_lowercase())))
        .into_tuple()
        .all(tx)
        .await?;
    let members = memberships::Entity::find()
        .filter(memberships::Column::TenantId.eq(tenant))
        .filter(memberships::Column::UserId.is_in(users));
    let members = members.all(tx).await?.into_iter().map(|row| Alias::User(row.user_id));
    let aliases: BTreeSet<Alias> =
        addresses.iter().filter_map(|address| Alias::email(address)).chain(members).collect();
    let known = persons::find_all(tx, tenant, &aliases).await?;
    let mut people: BTreeSet<Uuid> = known.values().copied().collect();
    for alias in aliases.iter().filter(|alias| !known.contains_key(alias)) {
        people.insert(persons::find_or_create(tx, tenant, alias, now).await?);
    }
    Ok(people.into_iter().collect())
}

async fn theirs(connection: &impl ConnectionTrait, tenant: Uuid, coupon: Coupon) -> Result<Theirs, Error> {
    let last = audit_entries::Entity::find()
        .filter(audit_entries::Column::TenantId.eq(tenant))
        .filter(audit_entries::Column::CouponId.eq(coupon.id))
        .filter(audit_entries::Column::Action.eq("coupon.edited"))
        .order_by_desc(audit_entries::Column::Id)
        .one(connection)
        .await?;
    let (by, at) =
        last.map_or_else(|| ("somebody".to_owned(), coupon.created_at), |row| (row.actor_label, row.created_at));
    Ok(Theirs { coupon, by, at })
}
