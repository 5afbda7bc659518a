//! `POST /promo-codes/validate`: what a code would do to a booking. Consumes nothing.

use crate::accounts::caller::Validates;
use crate::accounts::memberships;
use crate::accounts::persons::{self, Alias};
use crate::coupons::basket::{Basket, Item};
use crate::coupons::benefit::Benefit;
use crate::coupons::rule::quote::Effect;
use crate::coupons::rule::{Entry, Found};
use crate::coupons::tenant::voice;
use crate::db::Db;
use crate::db::tables::products;
use crate::error::Error;
use crate::redemptions::api::asking::{self, Watched, wrong};
use crate::redemptions::world::{Ask, World};
use crate::web::api::{self, Body};
use actix_web::{HttpResponse, web};
use schemars::JsonSchema;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use serde_json::Number;
use uuid::Uuid;

/// The longest id of a caller's user, in characters.
const LONGEST_ID: usize = 200;

/// What is asked.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Booking {
    /// What was typed.
    pub code: String,
    /// A product of the catalogue, by its id or its sku.
    pub workspace_id: String,
    /// What the booking costs, in minor units; taken as sent, because this only quotes.
    #[schemars(range(min = 0))]
    pub booking_amount: i64,
    /// For keys: whose uses count, by the id of a user here or the caller's own. Without it, somebody's who never used it.
    #[schemars(length(min = 1, max = 200))]
    pub user_id: Option<String>,
}

/// What a code would do to a booking.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Validated {
    /// Whether it could be used now.
    pub valid: bool,
    /// `percentage` or `fixed_amount`; null where it is not valid.
    pub discount_type: Option<String>,
    /// Percent, or minor units; null where it is not valid.
    pub discount_value: Option<Number>,
    /// What would be left to pay, in minor units.
    pub final_amount: i64,
    /// One sentence for people.
    pub message: String,
}

/// `POST /promo-codes/validate`: 200 with the decision.
///
/// # Errors
/// 422 for an amount below 0, 429 for who guesses.
pub async fn create(who: Validates, body: Body<Booking>, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let said = body.data;
    if said.booking_amount < 0 {
        return Err(wrong("bookingAmount", "An amount cannot be negative."));
    }
    let aliases = aliases(&who, &said, &db).await?;
    let mut asker = asking::asker(db.read(), &who, None, None).await?;
    if let (Some(key), Some(named)) = (who.as_key(), aliases.first()) {
        let (kind, id) = named.words();
        asker.guesses = crate::redemptions::guesses::of_key(who.tenant.id, key.id, Some(&format!("{kind}:{id}")), None);
        asker.aliases = aliases;
    }
    let mut watched = match Watched::open(&who, asker, &db).await? {
        Ok(watched) => watched,
        Err(late) => return Ok(*late),
    };
    let refused = |message: String| Validated {
        valid: false,
        discount_type: None,
        discount_value: None,
        final_amount: said.booking_amount,
        message,
    };
    let voice = voice(&who.tenant, who.now);
    let Some(workspace) = workspace(&who, &said.workspace_id, &db).await? else {
        return watched.answer(api::json(&refused(voice.with_contact("There is no workspace with this id.")))?);
    };
    let ask = ask(&who, &said, workspace, &watched, &db).await?;
    let world = World::look(db.read(), &who.tenant, std::slice::from_ref(&ask), who.now).await?;
    let found = world.find(&ask);
    let shown = match (world.decide(&ask, who.now).outcome, found) {
        (Ok(quote), Found::Code { coupon, .. }) => {
            let final_amount = match &quote.effect {
                Effect::Prices(priced) => priced.total,
                _ => said.booking_amount,
            };
            let off = who.tenant.currency.money(said.booking_amount - final_amount);
            let (discount_type, discount_value) = value(&coupon.benefit);
            Validated {
                valid: true,
                discount_type,
                discount_value,
                final_amount,
                message: format!("This code takes off {off}."),
            }
        }
        (Ok(_), _) => refused(String::new()),
        (Err(refusal), found) => {
            let canary = if let Found::Code { code, .. } = found { Some(code) } else { None };
            if let Some(late) = watched.refused(&refusal, canary, &db).await? {
                return Ok(late);
            }
            refused(refusal.sentence(&voice))
        }
    };
    watched.answer(api::json(&shown)?)
}

fn value(benefit: &Benefit) -> (Option<String>, Option<Number>) {
    let number = match benefit {
        Benefit::Percentage { basis_points, .. } if basis_points.get() % 100 == 0 => {
            Some((basis_points.get() / 100).into())
        }
        Benefit::Percentage { basis_points, .. } => basis_points.to_string().parse().ok().and_then(Number::from_f64),
        Benefit::FixedAmount { amount } => Some((*amount).into()),
        Benefit::Credit { .. } | Benefit::Limits { .. } => None,
    };
    (Some(benefit.kind().to_owned()), number)
}

/// Whom a key names: a user of this tenant, or the caller's own id.
async fn aliases(who: &Validates, said: &Booking, db: &Db) -> Result<std::collections::BTreeSet<Alias>, Error> {
    let Some(id) = said.user_id.as_deref() else { return Ok(std::collections::BTreeSet::new()) };
    if who.as_key().is_none() {
        return Err(wrong("userId", "Who is signed in is the person; only a key names another."));
    }
    let id = id.trim();
    if id.is_empty() || id.chars().count() > LONGEST_ID {
        return Err(wrong("userId", "An id has 1 to 200 characters."));
    }
    let user = match id.parse::<Uuid>() {
        Ok(user) => memberships::user(db.read(), who.tenant.id, user).await?,
        Err(_) => None,
    };
    Ok(user.map_or_else(|| [Alias::External(id.to_owned())].into(), |user| Alias::of_user(&user)))
}

/// The product that a booking is for.
async fn workspace(who: &Validates, id: &str, db: &Db) -> Result<Option<products::Model>, Error> {
    use products::{Column, Entity};
    let here = Entity::find().filter(Column::TenantId.eq(who.tenant.id));
    let named = match id.trim().parse::<Uuid>() {
        Ok(id) => here.filter(Column::Id.eq(id)),
        Err(_) => here.filter(Column::Sku.eq(id.trim())),
    };
    Ok(named.one(db.read()).await?)
}

async fn ask(
    who: &Validates,
    said: &Booking,
    workspace: products::Model,
    watched: &Watched,
    db: &Db,
) -> Result<Ask, Error> {
    let item = Item { unit_price: Some(said.booking_amount), ..Item::of_product(&workspace, 1) };
    let basket = Basket::new(vec![item]).map_err(|fault| wrong("bookingAmount", &fault.to_string()))?;
    let known = persons::find_all(db.read(), who.tenant.id, &watched.asker.aliases).await?;
    // Somebody who was never seen is a person without a past.
    let person = known.into_values().next().unwrap_or_else(Uuid::now_v7);
    let entry = Entry::Order { basket, currency: None };
    Ok(Ask { entry, person: Some(person), ..Ask::preview(&said.code) })
}
