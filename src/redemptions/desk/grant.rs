//! A code applied to an organization: decided by the rule, then moved along in the world and written into the book.

use super::book::Book;
use super::command::{Redeem, Reply};
use crate::audit::{Change, Entry};
use crate::clock;
use crate::coupons::code::Code;
use crate::coupons::coupon::Coupon;
use crate::coupons::refusal::Refusal;
use crate::coupons::rule::quote::{Effect, LimitEffect, Quote};
use crate::coupons::rule::{Decision, Found};
use crate::db::tables::{credit_entries, limit_grants, redemptions};
use crate::organizations::limits::{LimitMode, LimitValue};
use crate::redemptions::world::{Ask, Holder, World};
use crate::web::throttle::Patience;
use chrono::Duration;
use sea_orm::ActiveValue::Set;

/// Guesses of one user.
const OF_USER: Patience =
    Patience { free: 10, first: Duration::seconds(5), longest: Duration::minutes(30), forgets: Duration::hours(1) };
/// Guesses from one address, behind which many may sit.
const OF_ADDRESS: Patience =
    Patience { free: 60, first: Duration::seconds(5), longest: Duration::minutes(10), forgets: Duration::hours(1) };

/// The buckets in which the guesses of a command are counted.
pub(super) fn buckets(command: &Redeem) -> [String; 2] {
    let tenant = command.tenant.id;
    [format!("guess:{tenant}:user:{}", command.user), format!("guess:{tenant}:address:{}", command.address)]
}

/// Decides and, if the rule says yes, applies.
pub(super) fn redeem(world: &mut World, book: &mut Book, command: &Redeem, ask: &Ask) -> Reply {
    let Some(organization) = world.organizations.get(&command.organization).cloned() else { return Reply::NotFound };
    if let Some(wait) = book.blocked(&buckets(command), command.now) {
        return Reply::Throttled { wait: wait.num_seconds().max(1) };
    }
    let Decision { outcome, trace } = world.decide(ask, command.now);
    let found = match world.find(ask) {
        Found::Code { coupon, code } => Some((coupon.clone(), code.clone())),
        _ => None,
    };
    match (outcome, found) {
        (Ok(quote), Some((coupon, code))) => {
            let made = Made { command, ask, coupon: &coupon, code: &code, organization };
            made.apply(world, book, &quote)
        }
        (Ok(_), None) => Reply::NotFound,
        (Err(refusal), found) => {
            if is_guess(&refusal) {
                let [user, address] = buckets(command);
                book.guessed(user, OF_USER, command.now);
                book.guessed(address, OF_ADDRESS, command.now);
            }
            let sentence = refusal.sentence(&crate::coupons::tenant::voice(&world.tenant, command.now));
            book.refused(command, ask, found.as_ref(), &refusal, sentence, &trace);
            Reply::Refused { refusal }
        }
    }
}

/// Whatever is answered with 400 or 404 counts as a guess.
fn is_guess(refusal: &Refusal) -> bool {
    matches!(refusal.status(), 400 | 404)
}

/// A redemption in the making.
struct Made<'a> {
    command: &'a Redeem,
    ask: &'a Ask,
    coupon: &'a Coupon,
    code: &'a Code,
    organization: String,
}

impl Made<'_> {
    fn apply(&self, world: &mut World, book: &mut Book, quote: &Quote) -> Reply {
        let id = self.command.id;
        let (changes, did) = match &quote.effect {
            Effect::Limits(effects) => self.grant_limits(world, book, effects),
            Effect::Credit { amount } => self.grant_credit(world, book, *amount),
            Effect::Preview | Effect::Prices(_) => return Reply::NotFound,
        };
        self.count(world, book, quote);
        book.redemptions.push(self.row(world, quote));
        book.audit(
            &self.command.actor,
            Entry {
                action: "redemption.confirmed",
                subject_kind: "redemption",
                subject_id: id.to_string(),
                subject_label: self.code.text.as_str().to_owned(),
                person_id: self.ask.person,
                organization: Some((self.command.organization, self.organization.clone())),
                coupon_id: Some(self.coupon.id),
                code: Some(key_and_text(self.code)),
                redemption_id: Some(id),
                changes,
                reason: None,
            },
        );
        Reply::Redeemed { id, code: self.code.text.as_str().to_owned(), did }
    }

    fn grant_limits(&self, world: &mut World, book: &mut Book, effects: &[LimitEffect]) -> (Vec<Change>, String) {
        let limits = world.limits.entry(self.command.organization).or_default();
        let mut changes = Vec::with_capacity(effects.len());
        let mut did = Vec::with_capacity(effects.len());
        for effect in effects {
            if let Some(limit) = limits.iter_mut().find(|limit| limit.key == effect.key) {
                limit.grants.push(effect.grant);
            }
            book.grants.push(limit_grants::ActiveModel {
                tenant_id: Set(self.command.tenant.id),
                id: Set(clock::id_at(self.command.now)),
                organization_id: Set(self.command.organization),
                limit_key: Set(effect.key.clone()),
                mode: Set(mode(effect.grant.mode).to_owned()),
                value: Set(finite(effect.grant.value)),
                redemption_id: Set(self.command.id),
                live: Set(true),
                created_at: Set(self.command.now),
                withdrawn_at: Set(None),
            });
            let field = format!("limit {}", effect.key);
            changes.push(Change::new(&field, effect.before.to_string(), effect.after.to_string()));
            did.push(format!("{} is now {} (was {}).", effect.label, effect.after, effect.before));
        }
        (changes, did.join(" "))
    }

    fn grant_credit(&self, world: &mut World, book: &mut Book, amount: i64) -> (Vec<Change>, String) {
        let currency = world.tenant.currency;
        let balance = world.balances.entry(self.command.organization).or_default();
        let before = *balance;
        *balance = before.saturating_add(amount);
        book.entries.push(credit_entries::ActiveModel {
            tenant_id: Set(self.command.tenant.id),
            id: Set(clock::id_at(self.command.now)),
            organization_id: Set(self.command.organization),
            amount: Set(amount),
            balance_after: Set(*balance),
            kind: Set("grant".to_owned()),
            redemption_id: Set(Some(self.command.id)),
            external_ref: Set(None),
            memo: Set(format!("Code {}", self.code.text.as_str())),
            created_at: Set(self.command.now),
        });
        book.balances.insert(self.command.organization);
        let change = Change::new("credit", currency.money(before).to_string(), currency.money(*balance).to_string());
        let did =
            format!("{} of credit was added; the balance is now {}.", currency.money(amount), currency.money(*balance));
        (vec![change], did)
    }

    /// Takes the uses from every counter, in the world and in the book.
    fn count(&self, world: &mut World, book: &mut Book, quote: &Quote) {
        let (uses, spent) = (quote.takes.uses, quote.takes.spent);
        if let Some(coupon) = world.coupons.get_mut(&self.coupon.id) {
            coupon.counters.uses += uses;
            coupon.counters.spent += spent;
        }
        if let Some(code) = world.codes.values_mut().find(|code| code.id == self.code.id) {
            code.counters.uses += uses;
        }
        book.count(self.coupon.id, self.code.id, uses, spent);
        let holders = [self.ask.person.map(Holder::Person), self.ask.organization.map(Holder::Organization)];
        for holder in holders.into_iter().flatten() {
            world.usage.entry((self.coupon.id, holder)).or_default().uses += uses;
            world.applied_at.insert((self.code.id, holder), self.command.now);
            book.counters.insert((self.coupon.id, holder));
        }
    }

    fn row(&self, world: &World, quote: &Quote) -> redemptions::ActiveModel {
        let (command, tenant) = (self.command, &world.tenant);
        let terms = self.coupon.terms(tenant.row.minimum_charge, tenant.zone, command.now);
        redemptions::ActiveModel {
            tenant_id: Set(tenant.id),
            id: Set(command.id),
            coupon_id: Set(self.coupon.id),
            code_id: Set(self.code.id),
            state: Set("confirmed".to_owned()),
            person_id: Set(self.ask.person),
            user_id: Set(Some(command.user)),
            organization_id: Set(Some(command.organization)),
            channel: Set(command.channel.clone()),
            order_ref: Set(None),
            uses: Set(quote.takes.uses),
            amount_before: Set(0),
            discount: Set(quote.takes.spent),
            terms: Set(serde_json::to_value(terms).unwrap_or_default()),
            held_until: Set(None),
            confirmed_at: Set(Some(command.now)),
            ended_at: Set(None),
            benefit_ends_at: Set(quote.benefit_ends_at),
            needs_attention: Set(None),
            reason: Set(None),
            created_at: Set(command.now),
            updated_at: Set(command.now),
        }
    }
}

/// A code as the audit log keeps it.
pub(super) fn key_and_text(code: &Code) -> (String, String) {
    (code.text.key().as_str().to_owned(), code.text.as_str().to_owned())
}

const fn mode(mode: LimitMode) -> &'static str {
    match mode {
        LimitMode::Set => "set",
        LimitMode::RaiseTo => "raise_to",
    }
}

const fn finite(value: LimitValue) -> Option<i64> {
    match value {
        LimitValue::Finite(value) => Some(value),
        LimitValue::Unlimited => None,
    }
}
