//! A till at which orders are taken: the desk, spoken to in the words of a checkout.

use chrono::{DateTime, Duration, Utc};
use support::prelude::*;
use uuid::Uuid;
use vouchsafe::accounts::persons::Alias;
use vouchsafe::audit::Actor as By;
use vouchsafe::coupons::basket::{Basket, Item};
use vouchsafe::coupons::coupon::ProductKey;
use vouchsafe::coupons::refusal::Refusal;
use vouchsafe::redemptions::desk::{Asker, Change, Desk, Enter, Event, Mode, Order, Place, Receipt, Reply};
use vouchsafe::tenants::{self, Tenant};

/// The length of a hold here.
pub const HOLD: Duration = Duration::minutes(45);

/// A till of one app, with the clock in the hand.
#[derive(Clone)]
pub struct Till {
    pub desk: Desk,
    pub tenant: Tenant,
    pub now: DateTime<Utc>,
}

/// An order in the making.
#[derive(Clone)]
pub struct Checkout {
    till: Till,
    code: String,
    items: Vec<Item>,
    aliases: Vec<Alias>,
    order: Order,
}

/// So many tickets at this price, under this sku.
pub fn tickets(sku: &str, unit_price: i64, quantity: i64) -> Item {
    Item {
        product: ProductKey::Sku(sku.to_owned()),
        sku: None,
        name: Some(sku.to_owned()),
        product_type: "ticket".to_owned(),
        unit_price: Some(unit_price),
        quantity,
        retail_licensed: false,
        private: false,
    }
}

impl Till {
    pub async fn open(app: &App) -> Self {
        let tenant = tenants::queries::by_id(app.db.read(), app.tenant).await.unwrap().unwrap();
        Self { desk: Desk::open(app.db.clone()), tenant, now: app.now() }
    }

    /// The same till when so much time has passed.
    pub fn later(&self, time: Duration) -> Self {
        Self { now: self.now + time, ..self.clone() }
    }

    /// A ticket at 10.00 with this code.
    pub fn checkout(&self, code: &str) -> Checkout {
        Checkout {
            till: self.clone(),
            code: code.to_owned(),
            items: vec![tickets("concert", 1_000, 1)],
            aliases: Vec::new(),
            order: Order {
                reference: None,
                basket: Basket::default(),
                currency: None,
                organization: None,
                mode: Mode::Hold(HOLD),
            },
        }
    }

    /// The code, for an organization.
    pub async fn apply(&self, code: &str, organization: Uuid) -> Reply {
        let mut command = self.checkout(code).command();
        (command.place, command.channel) = (Place::Organization(organization), "organization".to_owned());
        self.desk.enter(command).await.unwrap()
    }

    pub async fn change(&self, id: Uuid, event: Event) -> Reply {
        let change = Change {
            tenant: self.tenant.clone(),
            actor: By::system("till"),
            id,
            event,
            reason: Some("a test".to_owned()),
            request: None,
            beside: None,
            now: self.now,
        };
        self.desk.change(change).await.unwrap()
    }

    pub async fn confirm(&self, id: Uuid) -> Reply {
        self.change(id, Event::Confirm).await
    }

    pub async fn release(&self, id: Uuid) -> Reply {
        self.change(id, Event::Release).await
    }

    pub async fn reverse(&self, id: Uuid) -> Reply {
        self.change(id, Event::Reverse(None)).await
    }
}

impl Checkout {
    pub fn order(mut self, reference: &str) -> Self {
        self.order.reference = Some(reference.to_owned());
        self
    }

    pub fn items(mut self, items: Vec<Item>) -> Self {
        self.items = items;
        self
    }

    pub fn person(mut self, external: &str) -> Self {
        self.aliases.push(Alias::External(external.to_owned()));
        self
    }

    pub fn email(mut self, address: &str) -> Self {
        self.aliases.push(Alias::email(address).unwrap());
        self
    }

    pub fn organization(mut self, id: Uuid) -> Self {
        self.order.organization = Some(id);
        self
    }

    pub fn instant(mut self) -> Self {
        self.order.mode = Mode::Instant;
        self
    }

    pub fn held_for(mut self, time: Duration) -> Self {
        self.order.mode = Mode::Hold(time);
        self
    }

    pub async fn ask(self) -> Reply {
        let desk = self.till.desk.clone();
        desk.enter(self.command()).await.unwrap()
    }

    pub fn command(mut self) -> Enter {
        self.order.basket = Basket::new(self.items).unwrap();
        Enter {
            tenant: self.till.tenant.clone(),
            actor: By::system("till"),
            id: vouchsafe::clock::id_at(self.till.now),
            entered: self.code,
            place: Place::Order(self.order),
            asker: Asker { aliases: self.aliases.into_iter().collect(), ..Asker::default() },
            channel: "key".to_owned(),
            request: None,
            beside: None,
            now: self.till.now,
        }
    }

    /// What must succeed.
    pub async fn done(self) -> Receipt {
        done(self.ask().await)
    }

    /// What must be refused.
    pub async fn refused(self) -> Refusal {
        match self.ask().await {
            Reply::Refused { refusal } => refusal,
            other => panic!("not refused: {other:?}"),
        }
    }
}

/// A reply that must be a success.
pub fn done(reply: Reply) -> Receipt {
    match reply {
        Reply::Done(receipt) => *receipt,
        other => panic!("not done: {other:?}"),
    }
}
