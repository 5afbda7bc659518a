//! A code entered for an organization or an order: decided by the rule, then moved along in the world and noted in the
//! book.

use super::book::Book;
use super::command::{Enter, Mode, Order, Place};
use super::reply::{Receipt, Reply};
use super::{effects, leaks, life};
use crate::audit::Change;
use crate::coupons::code::Code;
use crate::coupons::coupon::Coupon;
use crate::coupons::pricing::Priced;
use crate::coupons::rule::quote::{Effect, Quote};
use crate::coupons::rule::{Decision, Found};
use crate::coupons::tenant::voice;
use crate::redemptions::attempts::About;
use crate::redemptions::guesses::{canary_tried, is_guess};
use crate::redemptions::line::Line;
use crate::redemptions::redemption::{LONGEST_HOLD, Redemption, State};
use crate::redemptions::world::{Ask, Holder, Pot, World};
use crate::web::token;
use chrono::{DateTime, Utc};
use serde_json::json;

/// Decides and, if the rule says yes, applies.
pub(super) fn enter(world: &mut World, book: &mut Book, command: &Enter, ask: &Ask) -> Reply {
    if ask.organization.is_some_and(|id| !world.organizations.contains_key(&id)) {
        return Reply::NotFound;
    }
    let now = command.now;
    if let Some(wait) = book.blocked(&command.asker.guesses, now) {
        return Reply::Throttled { wait: wait.num_seconds().max(1) };
    }
    let content = content(command, ask);
    if let Some(standing) = ask.order.as_ref().and_then(|order| world.of_order(order)) {
        if standing.state != State::Held {
            return Reply::OrderTaken { redemption: standing.id, state: standing.state };
        }
        if standing.content.as_ref() == Some(&content) && standing.person == ask.person {
            return extend(world, book, command, &standing.clone());
        }
    }
    let Decision { outcome, trace } = world.decide(ask, now);
    let found = match world.find(ask) {
        Found::Code { coupon, code } => Some((coupon.clone(), code.clone())),
        _ => None,
    };
    match (outcome, found) {
        (Ok(quote), Some((coupon, code))) => {
            let made = Made { command, ask, coupon: &coupon, code: &code, content };
            made.apply(world, book, &quote)
        }
        (Ok(_), None) => Reply::NotFound,
        (Err(refusal), found) => {
            if is_guess(&refusal) {
                book.guessed(&command.asker.guesses, now);
            }
            if let Some((_, code)) = found.as_ref().filter(|(_, code)| code.canary) {
                book.audit(&command.actor, canary_tried(code, &command.asker.address));
            }
            let sentence = refusal.sentence(&voice(&world.tenant, now));
            let code = found.map(|(coupon, code)| (code.id, coupon.id));
            book.refused(command, ask, About { code, refusal: &refusal, sentence, trace: &trace });
            Reply::Refused { refusal }
        }
    }
}

/// The same content extends its hold, up to a day from its beginning.
fn extend(world: &mut World, book: &mut Book, command: &Enter, held: &Redemption) -> Reply {
    let Place::Order(Order { mode, .. }) = &command.place else { return Reply::NotFound };
    let Mode::Hold(length) = mode else { return Reply::OrderTaken { redemption: held.id, state: held.state } };
    let until = (command.now + *length).min(held.created_at + LONGEST_HOLD).max(held.held_until.unwrap_or(command.now));
    let mut extended = held.clone();
    extended.held_until = Some(until);
    let again = extended == *held;
    if !again {
        let ends = |until: Option<DateTime<Utc>>| until.map(|until| until.to_rfc3339());
        let changes = vec![Change::new("held_until", ends(held.held_until), ends(extended.held_until))];
        book.note(world, &command.actor, "redemption.extended", &extended, changes, None);
        book.changed(held.id);
        world.put(extended.clone());
    }
    let receipt = life::receipt(world, extended, String::new(), again);
    Reply::Done(Box::new(Receipt { extended: true, ..receipt }))
}

/// What makes an order of one person the same order: code, organization, currency and items, in whatever order they came.
/// The person is not in it: two names may turn out to be one.
fn content(command: &Enter, ask: &Ask) -> String {
    let mut items: Vec<_> = match &ask.entry {
        crate::coupons::rule::Entry::Order { basket, .. } => basket.items().to_vec(),
        _ => Vec::new(),
    };
    items.sort_by(|a, b| (&a.product, a.unit_price, a.quantity).cmp(&(&b.product, b.unit_price, b.quantity)));
    let items: Vec<_> = items
        .iter()
        .map(|item| {
            json!([item.product, item.product_type, item.unit_price, item.quantity, item.retail_licensed, item.private])
        })
        .collect();
    let currency = match &command.place {
        Place::Order(order) => order.currency.as_ref().map(|code| code.trim().to_ascii_uppercase()),
        Place::Organization(_) => None,
    };
    let key = ask.key.as_ref().map(ToString::to_string).unwrap_or_default();
    token::hash(&json!([key, ask.organization, currency, items]).to_string())
}

/// A redemption in the making.
struct Made<'a> {
    command: &'a Enter,
    ask: &'a Ask,
    coupon: &'a Coupon,
    code: &'a Code,
    content: String,
}

impl Made<'_> {
    fn apply(&self, world: &mut World, book: &mut Book, quote: &Quote) -> Reply {
        let it = match (&self.command.place, &quote.effect) {
            (Place::Organization(_), Effect::Limits(_) | Effect::Credit { .. }) => {
                self.redemption(world, quote, Vec::new(), (0, State::Confirmed))
            }
            (Place::Order(order), Effect::Prices(priced)) => match order.mode {
                Mode::Instant if priced.total > 0 => return Reply::PaymentRequired { total: priced.total },
                Mode::Instant => {
                    self.redemption(world, quote, lines(self.ask, priced), (priced.amount_before, State::Confirmed))
                }
                Mode::Hold(_) => {
                    self.redemption(world, quote, lines(self.ask, priced), (priced.amount_before, State::Held))
                }
            },
            _ => return Reply::NotFound,
        };
        self.step_aside(world, book, quote);
        let pot = if it.state == State::Held { Pot::Held } else { Pot::Used };
        world.count(&it, pot, &quote.takes, 1);
        let (mut changes, did) = effects::give(world, book, &it, self.code, &quote.effect);
        if changes.is_empty() {
            let money = |amount| world.tenant.currency.money(amount).to_string();
            changes.push(Change::new("total", money(it.amount_before), money(it.total())));
        }
        if it.state == State::Confirmed {
            let holders = [it.person.map(Holder::Person), it.organization.map(Holder::Organization)];
            world
                .applied_at
                .extend(holders.into_iter().flatten().map(|holder| ((it.code_id, holder), self.command.now)));
        }
        let action = if it.state == State::Held { "redemption.held" } else { "redemption.confirmed" };
        book.note(world, &self.command.actor, action, &it, changes, None);
        book.made(it.id);
        world.put(it.clone());
        leaks::watch(world, book, &it, self.command.now);
        Reply::Done(Box::new(Receipt {
            code: self.code.text.to_string(),
            redemption: it,
            did,
            limits: match &quote.effect {
                Effect::Limits(granted) => granted.clone(),
                _ => Vec::new(),
            },
            missing: 0,
            extended: false,
            again: false,
        }))
    }

    /// The order's former content and the person's own holds that were in the way make room in the same step.
    fn step_aside(&self, world: &mut World, book: &mut Book, quote: &Quote) {
        let swapped = self.ask.order.as_ref().and_then(|order| world.of_order(order)).map(|it| it.id);
        let released = quote.release.iter().map(|id| (*id, "Given up for another order"));
        for (id, reason) in swapped.map(|id| (id, "Swapped for another content")).into_iter().chain(released) {
            life::let_go(world, book, &self.command.actor, id, State::Released, Some(reason), self.command.now);
        }
    }

    fn redemption(
        &self,
        world: &World,
        quote: &Quote,
        lines: Vec<Line>,
        (amount_before, state): (i64, State),
    ) -> Redemption {
        let (command, tenant) = (self.command, &world.tenant);
        let held_until = match (&command.place, state) {
            (Place::Order(Order { mode: Mode::Hold(length), .. }), State::Held) => {
                Some(command.now + (*length).min(LONGEST_HOLD))
            }
            _ => None,
        };
        Redemption {
            id: command.id,
            coupon_id: self.coupon.id,
            code_id: self.code.id,
            state,
            person: self.ask.person,
            user: command.asker.user,
            organization: self.ask.organization,
            channel: command.channel.clone(),
            order_ref: command.order().map(|order| order.reference),
            content: matches!(command.place, Place::Order(_)).then(|| self.content.clone()),
            uses: quote.takes.uses,
            amount_before,
            discount: quote.takes.spent,
            terms: self.coupon.terms(tenant.row.minimum_charge, tenant.zone, command.now),
            held_until,
            confirmed_at: (state == State::Confirmed).then_some(command.now),
            ended_at: None,
            benefit_ends_at: quote.benefit_ends_at,
            needs_attention: None,
            reason: None,
            created_at: command.now,
            lines,
        }
    }
}

fn lines(ask: &Ask, priced: &Priced) -> Vec<Line> {
    let crate::coupons::rule::Entry::Order { basket, .. } = &ask.entry else { return Vec::new() };
    basket.items().iter().zip(&priced.lines).map(|(item, line)| Line::new(item, line)).collect()
}
