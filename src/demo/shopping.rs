//! What the member of the demo ordered in its shop before you came, and what is in the cart now.

use super::house::{House, by};
use crate::accounts::persons::Alias;
use crate::clock;
use crate::db::tables::{products, users};
use crate::db::{self, Db};
use crate::redemptions::desk::{Asker, Desk, Enter, Mode, Order, Place, Reply};
use crate::shop::bill::Bill;
use crate::shop::cart;
use crate::shop::orders::{self, Cost, Event, Placing, SHOP, Settling, WithCode};
use anyhow::{Context, bail};
use chrono::{DateTime, Duration, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What became of an order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Paid,
    Cancelled,
    /// It waits for its payment.
    Open,
}

/// Days ago, which products and how many of each, the code with what it takes off in minor units, what became of it.
type Bought = (i64, &'static [(&'static str, i64)], Option<(&'static str, i64)>, Fate);

const ORDERS: [Bought; 4] = [
    (25, &[("HQ-41", 1), ("HQ-42", 1)], None, Fate::Paid),
    (11, &[("ROOM-LIGHT", 2)], Some(("rooms-15", 1_048)), Fate::Paid),
    (4, &[("PLAN-ARCHIVE", 1)], None, Fate::Cancelled),
    (0, &[("DESK-DAY", 1)], Some(("desk-5-off", 500)), Fate::Open),
];

/// What is in the cart.
const CART: [(&str, i64); 2] = [("NIGHT-ALL", 2), ("HQ-42", 1)];

/// Lets it happen, each at its time.
pub(super) async fn happen(db: &Db, desk: &Desk, house: &House, now: DateTime<Utc>) -> anyhow::Result<()> {
    let sold = products::Entity::find().filter(products::Column::TenantId.eq(house.tenant.id));
    let sold = sold.all(db.read()).await?.into_iter().map(|row| (row.sku.clone(), row)).collect();
    let user = house.users.first().context("nobody orders in the demo")?.clone();
    let shopper = Shopper { db, desk, house, user, products: sold };
    for ((days, items, code, fate), number) in ORDERS.into_iter().zip(0..) {
        let at = if fate == Fate::Open { now - Duration::minutes(2) } else { house.at(now, days, 40 + 71 * number) };
        let id = shopper.order(items, code, at).await?;
        let soon = at + Duration::minutes(2);
        match fate {
            Fate::Paid => shopper.settle(id, Event::Confirm, soon).await?,
            Fate::Cancelled => shopper.settle(id, Event::Release, soon).await?,
            Fate::Open => {}
        }
    }
    shopper.fill(&CART, now - Duration::minutes(1)).await
}

struct Shopper<'a> {
    db: &'a Db,
    desk: &'a Desk,
    house: &'a House,
    user: users::Model,
    products: BTreeMap<String, products::Model>,
}

impl Shopper<'_> {
    async fn fill(&self, items: &[(&str, i64)], now: DateTime<Utc>) -> anyhow::Result<()> {
        let tx = self.db.begin().await?;
        for (sku, quantity) in items {
            let product = self.products.get(*sku).with_context(|| format!("the catalogue lacks {sku}"))?;
            cart::add(&tx, (self.house.tenant.id, self.user.id), (product.id, *quantity), now).await?;
        }
        Ok(db::commit(tx).await?)
    }

    async fn order(
        &self,
        items: &[(&str, i64)],
        code: Option<(&str, i64)>,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Uuid> {
        self.fill(items, now).await?;
        let tenant = &self.house.tenant;
        let cart = cart::load(self.db.read(), (tenant.id, self.user.id)).await?;
        let (id, basket) = (clock::id_at(now), cart.basket()?);
        let off = code.map_or(0, |(_, off)| off);
        let shown = Bill::of_items(basket.items()).total - off;
        let placing = Placing {
            tenant: tenant.clone(),
            actor: by(&self.user),
            id,
            organization: None,
            user: Some(self.user.id),
            cost: Cost::Cart { cart, basket: basket.clone(), shown, due: shown },
            request: None,
            now,
        };
        let Some((code, _)) = code else {
            let tx = self.db.begin().await?;
            placing.place(&tx, None).await?;
            db::commit(tx).await?;
            return Ok(id);
        };
        let mode = Mode::Hold(Duration::minutes(tenant.row.hold_minutes));
        let order = Order { reference: Some(id.to_string()), basket, currency: None, organization: None, mode };
        let enter = Enter {
            tenant: tenant.clone(),
            actor: by(&self.user),
            id: clock::id_at(now),
            entered: code.to_owned(),
            place: Place::Order(order),
            asker: Asker {
                user: Some(self.user.id),
                aliases: Alias::of_user(&self.user),
                address: "127.0.0.1".to_owned(),
                ..Asker::default()
            },
            channel: SHOP.to_owned(),
            request: None,
            beside: WithCode::beside(placing),
            now,
        };
        match self.desk.enter(enter).await? {
            Reply::Done(_) => Ok(id),
            other => bail!("the demo's {code} was not taken: {other:?}"),
        }
    }

    async fn settle(&self, id: Uuid, event: Event, now: DateTime<Utc>) -> anyhow::Result<()> {
        let tenant = self.house.tenant.clone();
        let order = orders::by_id(self.db.read(), tenant.id, id).await?.context("an order is gone")?;
        let actor = by(&self.user);
        let settling = Settling { tenant, actor, id, event, reason: None, request: None, now };
        orders::happen(self.db, self.desk, &order, settling).await?;
        Ok(())
    }
}
