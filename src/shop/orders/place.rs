//! Orders that are placed: beside the redemption of their code, or without one.

use super::{CHECKOUT, Order, SHOP, State, note};
use crate::audit::{Actor, Change};
use crate::coupons::basket::Basket;
use crate::db::bulk;
use crate::db::tables::order_lines;
use crate::db::tables::orders::{ActiveModel, Entity, Model};
use crate::error::Error;
use crate::organizations::spending::{self, Drawn, Spend};
use crate::redemptions::desk::{Beside, Receipt, Reply};
use crate::redemptions::redemption::State as Standing;
use crate::shop::bill::Bill;
use crate::shop::cart::{self, Cart};
use crate::tenants::Tenant;
use crate::web::replay;
use chrono::{DateTime, Duration, Utc};
use futures_util::future::BoxFuture;
use sea_orm::{ActiveValue::Set, DatabaseTransaction, EntityTrait};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

/// An order in the making. Its id is made before the transaction.
#[derive(Clone, Debug)]
pub struct Placing {
    /// The tenant.
    pub tenant: Tenant,
    /// Who, for the audit log.
    pub actor: Actor,
    /// The order.
    pub id: Uuid,
    /// The organization it is for, whose credit pays first.
    pub organization: Option<Uuid>,
    /// The signed-in user, if one orders.
    pub user: Option<Uuid>,
    /// What is ordered.
    pub cost: Cost,
    /// What makes a twin of a form the same request; its answer is the order's id. Calls have theirs at the desk.
    pub request: Option<replay::Key>,
    /// When.
    pub now: DateTime<Utc>,
}

/// What is ordered, and so what it costs.
#[derive(Clone, Debug)]
pub enum Cost {
    /// An amount in minor units, at `/billing/checkout`; of this product, if it is one of the catalogue.
    Amount(i64, Option<Uuid>),
    /// What is in the user's cart.
    Cart {
        /// The cart as it was shown.
        cart: Cart,
        /// The same as the rule sees it.
        basket: Basket,
        /// The total that was shown, in minor units: nobody pays another one.
        shown: i64,
        /// What was to be left to pay of it, after credit: nobody pays more.
        due: i64,
    },
}

impl Placing {
    /// Places it: draws what credit there is, beside the redemption of its code, which is there already.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an organization that the tenant does not have, [`Error::Conflict`] for a cart or a price that
    /// is not what was shown.
    pub async fn place(&self, tx: &DatabaseTransaction, code: Option<&Receipt>) -> Result<Order, Error> {
        let bill = self.bill(tx, code).await?;
        let drawn = self.draw(tx, bill.total).await?;
        if let Cost::Cart { due, .. } = self.cost
            && bill.total - drawn.amount > due
        {
            let money = self.tenant.currency.money(bill.total - drawn.amount);
            return Err(Error::Conflict(format!("Meanwhile {money} would be left to pay. Nothing was ordered.")));
        }
        // A code that is held is confirmed in its own step, and the order is paid with it.
        let held = code.is_some_and(|receipt| receipt.redemption.state == Standing::Held);
        let paid = drawn.amount == bill.total && !held;
        let state = if paid { State::Paid } else { State::Open };
        let until = self.now + Duration::minutes(self.tenant.row.hold_minutes);
        let (channel, product) = match self.cost {
            Cost::Amount(_, product) => (CHECKOUT, product),
            Cost::Cart { .. } => (SHOP, None),
        };
        let row = Model {
            tenant_id: self.tenant.id,
            id: self.id,
            channel: channel.to_owned(),
            organization_id: self.organization,
            user_id: self.user,
            product_id: product,
            state: state.word().to_owned(),
            discount: bill.discount,
            amount: bill.total,
            credit_drawn: drawn.amount,
            balance_after: drawn.balance,
            code_text: code.map(|receipt| receipt.code.clone()),
            redemption_id: code.map(|receipt| receipt.redemption.id),
            expires_at: (!paid).then_some(until),
            settled_at: paid.then_some(self.now),
            needs_attention: None,
            created_at: self.now,
            updated_at: self.now,
        };
        Entity::insert(ActiveModel::from(row.clone())).exec_without_returning(tx).await?;
        bulk::insert::<order_lines::Entity>(tx, self.lines(&bill)).await?;
        let money = |amount| self.tenant.currency.money(amount).to_string();
        let changes = vec![
            Change::new("amount", (), money(row.amount)),
            Change::new("credit_drawn", (), money(row.credit_drawn)),
            Change::new("state", (), state.word()),
        ];
        note(tx, &self.actor, &row, ("order.placed", changes, None), self.now).await?;
        if let Some(key) = &self.request {
            replay::settle(tx, key, json!(self.id), self.now).await?;
        }
        Ok(row)
    }

    /// What is to be paid, after taking it out of the cart.
    async fn bill(&self, tx: &DatabaseTransaction, code: Option<&Receipt>) -> Result<Bill, Error> {
        let (cart, basket, shown) = match &self.cost {
            Cost::Amount(amount, _) => return Ok(Bill::of_amount(*amount)),
            Cost::Cart { cart, basket, shown, .. } => (cart, basket, *shown),
        };
        let user = self.user.ok_or(Error::NotFound)?;
        if !cart::check_out(tx, (self.tenant.id, user), cart, self.now).await? {
            return Err(Error::Conflict("Your cart has changed meanwhile. Nothing was ordered.".to_owned()));
        }
        let bill = match code {
            Some(receipt) => Bill::of_redemption(basket, &receipt.redemption),
            None => Bill::of_items(basket.items()),
        };
        if bill.total == shown { Ok(bill) } else { Err(other_price(&self.tenant, bill.total)) }
    }

    async fn draw(&self, tx: &DatabaseTransaction, total: i64) -> Result<Drawn, Error> {
        let Some(organization) = self.organization else { return Ok(Drawn::default()) };
        let memo = format!("Order {}", self.id);
        let most = Spend { amount: total, external_ref: Some(self.id.to_string()), memo };
        let of = (&self.tenant, organization);
        spending::draw(tx, &self.actor, of, most, self.now).await?.ok_or(Error::NotFound)
    }

    fn lines(&self, bill: &Bill) -> Vec<order_lines::ActiveModel> {
        let row = |(position, line): (i64, &crate::shop::bill::Line)| order_lines::ActiveModel {
            tenant_id: Set(self.tenant.id),
            order_id: Set(self.id),
            position: Set(position),
            product_id: Set(line.product),
            name: Set(line.name.clone()),
            sku: Set(line.sku.clone()),
            unit_price: Set(line.unit_price),
            quantity: Set(line.quantity),
            discount: Set(line.discount),
            total: Set(line.total),
        };
        (0..).zip(&bill.lines).map(row).collect()
    }
}

/// Nobody pays a price that was not shown.
pub fn other_price(tenant: &Tenant, total: i64) -> Error {
    let money = tenant.currency.money(total);
    Error::Conflict(format!("Meanwhile it would cost {money}. Nothing was ordered: look at your cart again."))
}

/// Placed in the transaction in which its code is redeemed; a code that is refused leaves no order.
#[derive(Debug)]
pub struct WithCode(pub Placing);

impl Beside for WithCode {
    fn write<'a>(&'a self, tx: &'a DatabaseTransaction, reply: &'a Reply) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            if let Reply::Done(receipt) = reply {
                self.0.place(tx, Some(receipt)).await?;
            }
            Ok(())
        })
    }
}

impl WithCode {
    /// What the desk takes along.
    #[must_use]
    pub fn beside(placing: Placing) -> Option<Arc<dyn Beside>> {
        Some(Arc::new(Self(placing)))
    }
}
