//! What a cart costs now, with what its code does to it, in words for people.

use crate::accounts::guards::Member;
use crate::accounts::persons::Alias;
use crate::calendar;
use crate::clock;
use crate::coupons::basket::Basket;
use crate::coupons::pricing::{Note, PricedLine};
use crate::coupons::tenant::voice;
use crate::db::Db;
use crate::error::Error;
use crate::money::{Currency, counted};
use crate::redemptions::desk::{Asker, Enter, Mode, Order, Place};
use crate::redemptions::guesses;
use crate::redemptions::looks::Looks;
use crate::redemptions::trial::{self, Tried};
use crate::shop::bill::{self, Bill};
use crate::shop::cart::Cart;
use crate::shop::orders::SHOP;
use chrono::Duration;
use uuid::Uuid;

/// A cart with its prices.
pub(super) struct Price {
    /// What is bought, as the rule sees it; nothing where it is more than an order can be.
    pub basket: Basket,
    /// What it costs.
    pub bill: Bill,
    /// What to say of each line.
    notes: Vec<Vec<String>>,
    /// Its code: as it is written once it is known, as it was typed before.
    pub code: Option<String>,
    /// Why the code cannot be used.
    pub refused: Option<String>,
    /// How long to wait before another code is tried.
    pub wait: Option<Duration>,
    /// Why nothing can be ordered like this.
    pub blocked: Option<String>,
    /// Whether the code was looked at and can be used.
    pub accepted: bool,
}

/// A line for people.
pub(super) struct LineShown {
    pub product: Uuid,
    pub name: String,
    pub quantity: i64,
    /// One unit, in words.
    pub unit: String,
    /// What the line would cost without the code, where that is something else.
    pub before: Option<String>,
    pub total: String,
    pub notes: Vec<String>,
}

impl Price {
    /// What it costs; writes nothing.
    pub async fn look(who: &Member, cart: &Cart, organization: Option<Uuid>, looks: &Looks) -> Result<Self, Error> {
        Self::of(who, cart, organization, async |enter| trial::look(looks, &enter).await).await
    }

    /// The same for a code that was just typed: a refusal is on record.
    pub async fn try_code(who: &Member, cart: &Cart, (db, looks): (&Db, &Looks)) -> Result<Self, Error> {
        Self::of(who, cart, None, async |enter| trial::try_code(db, looks, &enter).await).await
    }

    async fn of(
        who: &Member,
        cart: &Cart,
        organization: Option<Uuid>,
        ask: impl AsyncFnOnce(Enter) -> Result<Tried, Error>,
    ) -> Result<Self, Error> {
        let basket = cart.basket();
        let too_large = basket.as_ref().err().map(ToString::to_string);
        let basket = basket.unwrap_or_default();
        let mut price = Self {
            bill: Bill::of_items(&cart.items()),
            notes: vec![Vec::new(); cart.lines.len()],
            code: cart.code.clone(),
            refused: None,
            wait: None,
            blocked: too_large,
            accepted: false,
            basket,
        };
        if let Some(code) = cart.code.as_deref().filter(|_| price.blocked.is_none() && !cart.is_empty()) {
            let enter = entry(who, code, order(&price.basket, organization, Mode::Instant), clock::id_at(who.now));
            price.read(who, ask(enter).await?);
        }
        price.blocked = price.blocked.take().or_else(|| price.blocked_by(cart));
        Ok(price)
    }

    fn read(&mut self, who: &Member, tried: Tried) {
        let voice = voice(&who.tenant, who.now);
        match tried {
            Tried::Accepted(priced, code) => {
                (self.code, self.accepted) = (Some(code), true);
                self.bill = Bill::of_prices(&self.basket, &priced);
                self.notes = priced.lines.iter().map(|line| notes(line, &voice)).collect();
            }
            Tried::Refused(refusal) => self.refused = Some(refusal.sentence(&voice)),
            Tried::Throttled(wait) => {
                let until = calendar::wait(who.now, who.now + wait);
                let sentence = format!("Too many codes that do not exist. Try again in {until}.");
                (self.refused, self.wait) = (Some(voice.with_contact(&sentence)), Some(wait));
            }
        }
    }

    fn blocked_by(&self, cart: &Cart) -> Option<String> {
        if let Some(line) = cart.gone().next() {
            return Some(format!("{} is not sold any more. Take it out to order the rest.", line.product.name));
        }
        if self.refused.is_some() {
            return Some("The code cannot be used for this order. Take it out, or enter another one.".to_owned());
        }
        let line = cart.without_price().next().filter(|_| self.code.is_none())?;
        Some(format!("{} has no price: enter the code that you were given for it.", line.product.name))
    }

    /// What keeps it from being ordered, in one sentence.
    pub fn obstacle(&self) -> Option<&String> {
        self.refused.as_ref().or(self.blocked.as_ref())
    }

    /// The lines in words.
    pub fn lines(&self, currency: Currency) -> Vec<LineShown> {
        let notes = self.notes.iter().cloned().chain(std::iter::repeat(Vec::new()));
        self.bill.lines.iter().zip(notes).map(|(line, notes)| LineShown::new(line, notes, currency)).collect()
    }
}

impl LineShown {
    fn new(line: &bill::Line, notes: Vec<String>, currency: Currency) -> Self {
        let money = |amount: i64| currency.money(amount).to_string();
        Self {
            product: line.product,
            name: line.name.clone(),
            quantity: line.quantity,
            unit: line.unit_price.map_or_else(|| "No price".to_owned(), money),
            before: (line.discount > 0).then(|| money(line.total + line.discount)),
            total: money(line.total),
            notes,
        }
    }
}

/// What to say of a line: why it keeps its price, or some of its units.
fn notes(line: &PricedLine, voice: &crate::coupons::refusal::Voice<'_>) -> Vec<String> {
    if let Some(refusal) = &line.refusal {
        return vec![refusal.reason(voice)];
    }
    let of_units = |units: &crate::coupons::pricing::Units| {
        let why = match units.note {
            Note::Discounted | Note::NotEligible => return None,
            Note::RaisedToMinimum => "raised to the smallest amount that can be charged",
            Note::NothingOff => "nothing comes off",
            Note::NoUsesLeft => "the code has no more uses",
            Note::BudgetTooSmall => "the discount is more than what is left of the code’s budget",
            Note::MaximumReached => "the code’s largest discount is reached",
        };
        Some(format!("{}: {why}.", counted(units.quantity, "unit", "units")))
    };
    line.units.iter().filter_map(of_units).collect()
}

/// An order of the shop as the desk takes it; without a reference while it is only tried.
pub(super) fn order(basket: &Basket, organization: Option<Uuid>, mode: Mode) -> Order {
    Order { reference: None, basket: basket.clone(), currency: None, organization, mode }
}

/// A code that a member typed for an order.
pub(super) fn entry(who: &Member, code: &str, order: Order, id: Uuid) -> Enter {
    let (tenant, user) = (who.tenant.id, who.user.id);
    Enter {
        tenant: who.tenant.clone(),
        actor: who.actor(),
        id,
        entered: code.to_owned(),
        place: Place::Order(order),
        asker: Asker {
            user: Some(user),
            aliases: Alias::of_user(&who.user),
            api_key: None,
            guesses: guesses::of_user(tenant, user, who.address),
            address: who.address.to_string(),
        },
        channel: SHOP.to_owned(),
        request: None,
        beside: None,
        now: who.now,
    }
}
