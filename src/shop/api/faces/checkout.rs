//! `POST /billing/checkout`: an order of an organization. In one transaction its code is redeemed, whose grant stays, and
//! credit is drawn.

use crate::accounts::caller::SeesOrganizations;
use crate::clock;
use crate::coupons::code::TYPED;
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::redemptions::api::{asking, faults};
use crate::redemptions::desk::{Command, Desk, Enter, Place, Reply, Told};
use crate::shop::orders::{self, CHECKOUT, Cost, Order, Placing, WithCode, due};
use crate::shop::products;
use crate::web::api::{self, Answer, Body};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError, web};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What is ordered: an amount that a key names, or a product of the catalogue.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckoutSaid {
    /// Who orders.
    pub organization_id: Uuid,
    /// In minor units; for keys only, because prices never come from a browser.
    #[schemars(range(min = 1))]
    pub amount: Option<i64>,
    /// A product of the catalogue, at its price.
    pub product_id: Option<Uuid>,
    /// A code of an organization: credit, or other limits.
    #[schemars(regex(pattern = TYPED))]
    pub promo_code: Option<String>,
}

/// What came of it. Money is minor units.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CheckoutDone {
    /// The order, as `/api/v1/orders` knows it.
    pub order_id: Uuid,
    /// The credit that the code gave.
    pub credit_granted: i64,
    /// The credit that is left.
    pub balance: i64,
    /// What is left to pay.
    pub amount_due: i64,
    /// Whether that is anything.
    pub payment_required: bool,
}

impl CheckoutDone {
    fn new(order: &Order, credit_granted: i64) -> Self {
        let amount_due = due(order);
        let (order_id, balance) = (order.id, order.balance_after);
        Self { order_id, credit_granted, balance, amount_due, payment_required: amount_due > 0 }
    }

    fn answer(&self) -> Result<Answer, Error> {
        Ok(Answer::of(StatusCode::CREATED, self)?.located(format!("/api/v1/orders/{}", self.order_id)))
    }
}

/// `POST /billing/checkout`: 201.
///
/// # Errors
/// Each refusal of the code with its status, and then nothing is ordered; 422 for an organization that is not the caller's,
/// and for what has no price.
pub async fn create(
    who: SeesOrganizations,
    body: Body<CheckoutSaid>,
    db: web::Data<Db>,
    desk: web::Data<Desk>,
) -> Result<HttpResponse, Error> {
    asking::name_organization(db.read(), &who, body.data.organization_id).await?;
    let placing = placing(&who, &body.data, &db).await?;
    let request = who.request_key(&body.once);
    let Some(typed) = body.data.promo_code else {
        return api::once(&db, request.as_ref(), who.now, async |tx| {
            CheckoutDone::new(&placing.place(tx, None).await?, 0).answer()
        })
        .await;
    };
    let asker = asking::asker(db.read(), &who, None, None).await?;
    let guesses = asker.guesses.clone();
    let enter = Enter {
        tenant: who.tenant.clone(),
        actor: who.actor(),
        id: clock::id_at(who.now),
        entered: typed,
        place: Place::Organization(body.data.organization_id),
        asker,
        channel: CHECKOUT.to_owned(),
        request,
        beside: WithCode::beside(placing),
        now: who.now,
    };
    let told = desk.ask(Command::Enter(Box::new(enter))).await?;
    asking::with_guesses(answer(&who, told, &db).await?, &who, &guesses, &db).await
}

async fn answer(who: &SeesOrganizations, told: Told, db: &Db) -> Result<HttpResponse, Error> {
    let response = match told.reply {
        Reply::Done(receipt) => {
            let it = receipt.redemption;
            let order = orders::of_redemption(db.read(), who.tenant.id, it.id).await?;
            let order = order.ok_or_else(|| anyhow::anyhow!("a code was redeemed beside no order"))?;
            CheckoutDone::new(&order, it.discount).answer()?.into_response()
        }
        other => faults::of_reply(&who.tenant, &other, who.now).error_response(),
    };
    Ok(api::marked(response, told.replayed))
}

async fn placing(who: &SeesOrganizations, said: &CheckoutSaid, db: &Db) -> Result<Placing, Error> {
    let amount = match (said.amount, said.product_id) {
        (Some(_), _) if who.as_key().is_none() => {
            return Err(wrong("amount", "Prices come from the catalogue: name the product only."));
        }
        (Some(amount), None) if amount >= 1 => amount,
        (Some(_), None) => return Err(wrong("amount", "Order for 1 minor unit at the least.")),
        (None, Some(id)) => price(who, id, db).await?,
        (Some(_), Some(_)) => return Err(wrong("product_id", "Say an amount or a product, not both.")),
        (None, None) if who.as_key().is_some() => return Err(wrong("amount", "Say an amount, or a product_id.")),
        (None, None) => return Err(wrong("product_id", "Say which product.")),
    };
    Ok(Placing {
        tenant: who.tenant.clone(),
        actor: who.actor(),
        id: clock::id_at(who.now),
        organization: Some(said.organization_id),
        user: who.as_user().map(|user| user.user.id),
        cost: Cost::Amount(amount, said.product_id),
        request: None,
        now: who.now,
    })
}

/// What a product of the catalogue costs. One that is private is there for keys only.
async fn price(who: &SeesOrganizations, id: Uuid, db: &Db) -> Result<i64, Error> {
    let product = products::by_id(db.read(), who.tenant.id, id).await?;
    let sold = product.filter(|it| it.archived_at.is_none() && (!it.private || who.as_key().is_some()));
    let sold = sold.ok_or_else(|| wrong("product_id", "The catalogue has no product with this id."))?;
    let price = sold.price.filter(|price| *price >= 1);
    price.ok_or_else(|| wrong("product_id", "This product has no price to be paid."))
}

fn wrong(field: &str, message: &str) -> Error {
    Fault::new("invalid", "Not acceptable", message)
        .on(field, "invalid", message)
        .with_status(StatusCode::UNPROCESSABLE_ENTITY)
}
