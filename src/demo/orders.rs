//! What the shop of the demo asked before you came: orders that were paid, given up, paid too late, and some that still
//! wait for their payment.

use super::house::House;
use crate::accounts::keys;
use crate::accounts::persons::Alias;
use crate::audit::{Actor, ActorKind};
use crate::clock;
use crate::coupons::basket::{Basket, Item};
use crate::db::tables::products;
use crate::db::{self, Db};
use crate::redemptions::desk::{Asker, Change, Desk, Enter, Event, Mode, Order, Place, Reply};
use anyhow::Context;
use chrono::{DateTime, Duration, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What became of an order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Nothing was to be paid.
    Free,
    Paid,
    /// The payment failed.
    Failed,
    /// Nobody paid in time.
    RunOut,
    /// It was paid when the last use had gone to somebody else.
    Late,
    /// It was paid, and one unit came back.
    OneBack,
    /// It waits for its payment.
    Open,
}

use Fate::{Failed, Free, Late, OneBack, Open, Paid, RunOut};

/// Days ago, who, what was typed, which products and how many of each, what became of it. The last room is held by one and
/// bought by another before the first one pays.
const ORDERS: [(i64, &str, &str, &[(&str, i64)], Fate); 24] = [
    (56, "ines", "early-bird", &[("HQ-41", 1)], Paid),
    (52, "jonas", "SUMMER-26", &[("HQ-41", 1), ("DESK-DAY", 2)], Paid),
    (44, "mirjam", "desk 5 off", &[("DESK-10", 1)], Paid),
    (43, "ines", "SPRING-26", &[("ROOM-LIGHT", 3)], Failed),
    (36, "reto", "library", &[("HQ-41", 4), ("HQ-42-N", 1)], Paid),
    (30, "lea", "STUDENT", &[("PLAN-READER", 1)], Paid),
    (26, "jonas", "rooms-15", &[("ROOM-LIGHT", 4)], OneBack),
    (21, "noel", "LAST-ROOM", &[("ROOM-SIGNAL", 1)], Late),
    (20, "lea", "LAST ROOM", &[("ROOM-SIGNAL", 1)], Paid),
    (19, "mirjam", "back-issue", &[("HQ-41", 2), ("HQ-42", 1)], Paid),
    (17, "selin", "SUMMER-26", &[("NIGHT-ALL", 2)], RunOut),
    (13, "selin", "nights-10", &[("NIGHT-ALL", 2)], Paid),
    (12, "reto", "LIBRARY", &[("HQ-42-N", 6)], Paid),
    (10, "noel", "PRESS-100", &[("PLAN-PRESS", 1)], Free),
    (9, "ines", "NIGHTS-FREE", &[("NIGHT-FRI", 1)], Free),
    (7, "jonas", "weekend-8", &[("NIGHT-ALL", 1)], RunOut),
    (6, "lea", "PAUSED-10", &[("HQ-42", 1)], Paid),
    (5, "mirjam", "friends", &[("DESK-DAY", 5)], Paid),
    (3, "noel", "friends", &[("ROOM-LIGHT", 2)], Failed),
    (2, "selin", "closed now", &[("HQ-42", 1)], Paid),
    (1, "reto", "AUTUMN-26", &[("HQ-42", 3)], Paid),
    (0, "ines", "FRIENDS", &[("DESK-DAY", 1)], Paid),
    (0, "jonas", "nights-10", &[("NIGHT-FRI", 4)], Open),
    (0, "lea", "weekend-8", &[("NIGHT-ALL", 2)], Open),
];

/// How long an order of the demo waits for its payment.
const HOLD: Duration = Duration::minutes(45);
/// How long those wait that you may still settle.
const LONG_HOLD: Duration = Duration::hours(20);

/// Lets it happen, each at its time, through the key of a shop.
pub(super) async fn happen(db: &Db, desk: &Desk, house: &House, now: DateTime<Utc>) -> anyhow::Result<()> {
    let shop = Shop::open(db, desk, house, now).await?;
    let mut late = None;
    for ((days, who, entered, items, fate), number) in ORDERS.into_iter().zip(0..) {
        let at = house.at(now, days, (number * 83) % 500);
        let hold = if fate == Open { LONG_HOLD } else { HOLD };
        let mode = if fate == Free { Mode::Instant } else { Mode::Hold(hold) };
        // A refusal is part of what happened.
        let Some(id) = shop.order(format!("S-{}", 20_417 + number), who, entered, items, mode, at).await? else {
            continue;
        };
        let soon = at + Duration::minutes(3);
        match fate {
            Free | Open => {}
            Paid => shop.change(id, Event::Confirm, None, soon).await?,
            OneBack => {
                shop.change(id, Event::Confirm, None, soon).await?;
                let one = Event::Reverse(Some(vec![(0, 1)]));
                shop.change(id, one, Some("one hour less was needed"), at + Duration::days(1)).await?;
            }
            Failed => shop.change(id, Event::Release, Some("the card was declined"), soon).await?,
            RunOut => shop.change(id, Event::Expire, None, at + HOLD).await?,
            Late => {
                shop.change(id, Event::Expire, None, at + HOLD).await?;
                late = Some((id, at + Duration::days(2)));
            }
        }
    }
    let (id, paid_at) = late.context("no order was paid too late")?;
    shop.change(id, Event::Confirm, None, paid_at).await
}

/// A shop with a key, which sells what the catalogue has.
struct Shop<'a> {
    desk: &'a Desk,
    house: &'a House,
    key: Uuid,
    actor: Actor,
    products: BTreeMap<String, products::Model>,
}

impl<'a> Shop<'a> {
    async fn open(db: &Db, desk: &'a Desk, house: &'a House, now: DateTime<Utc>) -> anyhow::Result<Self> {
        let new = keys::New {
            name: "Web shop".to_owned(),
            scopes: ["validations", "redemptions:write"].map(str::to_owned).to_vec(),
            expires_at: None,
            created_by: Some(house.admin.id),
        };
        let tx = db.begin().await?;
        let (key, _) = keys::create(&tx, &house.by_admin(), house.tenant.id, new, house.at(now, 66, 40)).await?;
        db::commit(tx).await?;
        let sold = products::Entity::find().filter(products::Column::TenantId.eq(house.tenant.id));
        let products = sold.all(db.read()).await?.into_iter().map(|row| (row.sku.clone(), row)).collect();
        let actor = Actor { kind: ActorKind::Key, id: Some(key.id), label: key.name, request_id: String::new() };
        Ok(Self { desk, house, key: key.id, actor, products })
    }

    /// The redemption of an order, unless its code was refused.
    async fn order(
        &self,
        reference: String,
        who: &str,
        entered: &str,
        items: &[(&str, i64)],
        mode: Mode,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Option<Uuid>> {
        let items = items.iter().map(|(sku, quantity)| self.item(sku, *quantity)).collect::<anyhow::Result<_>>()?;
        let order =
            Order { reference: Some(reference), basket: Basket::new(items)?, currency: None, organization: None, mode };
        let enter = Enter {
            tenant: self.house.tenant.clone(),
            actor: self.actor.clone(),
            id: clock::id_at(now),
            entered: entered.to_owned(),
            place: Place::Order(order),
            asker: Asker {
                aliases: Alias::email(&format!("{who}@demo.test")).into_iter().collect(),
                api_key: Some(self.key),
                address: "127.0.0.1".to_owned(),
                ..Asker::default()
            },
            channel: "key".to_owned(),
            request: None,
            beside: None,
            now,
        };
        Ok(match self.desk.enter(enter).await? {
            Reply::Done(receipt) => Some(receipt.redemption.id),
            _ => None,
        })
    }

    fn item(&self, sku: &str, quantity: i64) -> anyhow::Result<Item> {
        let product = self.products.get(sku).with_context(|| format!("the catalogue lacks {sku}"))?;
        Ok(Item::of_product(product, quantity))
    }

    async fn change(&self, id: Uuid, event: Event, reason: Option<&str>, now: DateTime<Utc>) -> anyhow::Result<()> {
        let change = Change {
            tenant: self.house.tenant.clone(),
            actor: self.actor.clone(),
            id,
            event,
            reason: reason.map(str::to_owned),
            request: None,
            beside: None,
            now,
        };
        self.desk.change(change).await?;
        Ok(())
    }
}
