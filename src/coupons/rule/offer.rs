//! Checks of the offer itself: is it on, is this the place for it, is this the time, is anything left.

use super::holds::Room;
use super::trace::{Check, inputs};
use super::{Case, Entry};
use crate::coupons::coupon::UseCounters;
use crate::coupons::refusal::{HeldLimit, Refusal, UsedUp};

impl Case<'_> {
    /// From `coupons_disabled` to `not_started`.
    pub(super) fn check_offer(&mut self) -> Result<(), Refusal> {
        let enabled = self.facts.tenant.coupons_enabled;
        let refusal = if enabled { None } else { Some(Refusal::CouponsDisabled) };
        self.trace.check(Check::CouponsDisabled, inputs([("coupons_enabled", enabled.into())]), refusal)?;
        self.check_place()?;

        let paused_at = self.coupon.paused_at;
        self.trace.check(
            Check::Paused,
            inputs([("paused_at", paused_at.into())]),
            paused_at.map(|_| Refusal::Paused),
        )?;

        let ended_at = self.coupon.valid_until;
        let refusal = ended_at.filter(|_| self.coupon.is_over(self.now)).map(|ended_at| Refusal::Expired { ended_at });
        let seen = inputs([("valid_until", ended_at.into()), ("now", self.now.into())]);
        self.trace.check(Check::Expired, seen, refusal)?;

        let starts_at = self.coupon.valid_from;
        let early = starts_at.filter(|_| self.coupon.is_early(self.now));
        let seen = inputs([("valid_from", starts_at.into()), ("now", self.now.into())]);
        self.trace.check(Check::NotStarted, seen, early.map(|starts_at| Refusal::NotStarted { starts_at }))
    }

    fn check_place(&mut self) -> Result<(), Refusal> {
        let benefit = &self.coupon.benefit;
        let (for_orders, for_organizations) = (benefit.for_orders(), benefit.for_organizations());
        match self.entry {
            Entry::Preview => {
                self.trace.left_out(&[Check::NotForOrders, Check::NotForOrganizations]);
                Ok(())
            }
            Entry::Order { .. } => {
                let refusal = if for_orders { None } else { Some(Refusal::NotForOrders) };
                self.trace.check(Check::NotForOrders, inputs([("for_orders", for_orders.into())]), refusal)?;
                self.trace.left_out(&[Check::NotForOrganizations]);
                Ok(())
            }
            Entry::Organization => {
                self.trace.left_out(&[Check::NotForOrders]);
                let refusal = if for_organizations { None } else { Some(Refusal::NotForOrganizations) };
                let seen = inputs([("for_organizations", for_organizations.into())]);
                self.trace.check(Check::NotForOrganizations, seen, refusal)
            }
        }
    }

    /// `exhausted`, `budget_exhausted` and `held`. What is used up for good is said before what is only held,
    /// so that nobody is told to try again in vain.
    pub(super) fn check_what_is_left(&mut self) -> Result<(), Refusal> {
        let (coupon, code) = (self.coupon, self.code);
        let uses = coupon.counters.use_counters();
        let money = UseCounters { uses: coupon.counters.spent, held: coupon.counters.spent_held };
        let least = coupon.benefit.least_spend();

        let full = if self.holds.room(coupon.max_uses, uses, 1, |hold| hold.coupon_uses) == Room::Full {
            Some(UsedUp::Coupon)
        } else if self.holds.room(code.max_uses, code.counters, 1, |hold| hold.code_uses) == Room::Full {
            Some(UsedUp::Code)
        } else {
            None
        };
        let seen = inputs([
            ("max_uses", coupon.max_uses.into()),
            ("uses", uses.uses.into()),
            ("code_max_uses", code.max_uses.into()),
            ("code_uses", code.counters.uses.into()),
        ]);
        self.trace.check(Check::Exhausted, seen, full.map(|limit| Refusal::Exhausted { limit }))?;

        let spent = self.holds.room(coupon.budget, money, least, |hold| hold.spent) == Room::Full;
        let seen =
            inputs([("budget", coupon.budget.into()), ("spent", money.uses.into()), ("least_spend", least.into())]);
        let refusal = if spent { Some(Refusal::BudgetExhausted) } else { None };
        self.trace.check(Check::BudgetExhausted, seen, refusal)?;

        let until = self.facts.coupon_held_until;
        let held = if self.holds.make_room(coupon.max_uses, uses, 1, |hold| hold.coupon_uses) == Room::Held {
            Some((HeldLimit::Coupon, until))
        } else if self.holds.make_room(code.max_uses, code.counters, 1, |hold| hold.code_uses) == Room::Held {
            Some((HeldLimit::Code, self.facts.code_held_until))
        } else if self.holds.make_room(coupon.budget, money, least, |hold| hold.spent) == Room::Held {
            Some((HeldLimit::Budget, until))
        } else {
            None
        };
        let seen = inputs([
            ("held", uses.held.into()),
            ("code_held", code.counters.held.into()),
            ("spent_held", money.held.into()),
            ("held_until", held.as_ref().map_or(until, |(_, until)| *until).into()),
        ]);
        self.trace.check(Check::Held, seen, held.map(|(limit, until)| Refusal::Held { limit, until }))
    }
}
