//! Checks of who asks: must a person be known, is it for this person, and how often was it used before.

use super::holds::Room;
use super::trace::{Check, inputs};
use super::{Case, Entry};
use crate::coupons::refusal::{HeldLimit, Holder, Refusal};

impl Case<'_> {
    /// From `sign_in_required` to `organization_limit`. A preview knows nobody: it only sees whether the
    /// coupon is for some people at all.
    pub(super) fn check_asker(&mut self) -> Result<(), Refusal> {
        if matches!(self.entry, Entry::Preview) {
            self.trace.left_out(&[Check::SignInRequired]);
            self.check_assigned(false)?;
            self.trace.left_out(&[Check::AlreadyApplied, Check::PersonLimit, Check::OrganizationLimit]);
            return Ok(());
        }
        self.check_sign_in()?;
        self.check_assigned(self.facts.person.as_ref().is_some_and(|person| person.assigned))?;
        self.check_already_applied()?;
        self.check_person_limit()?;
        self.check_organization_limit()
    }

    fn check_sign_in(&mut self) -> Result<(), Refusal> {
        let (coupon, known) = (self.coupon, self.facts.person.is_some());
        let counts_free = self.facts.tenant.free_claims_per_person.is_some() && coupon.benefit.could_make_free();
        let needed = coupon.max_uses_per_person.is_some() || coupon.assigned_people_only || counts_free;
        let seen = inputs([
            ("person_known", known.into()),
            ("max_uses_per_person", coupon.max_uses_per_person.into()),
            ("assigned_people_only", coupon.assigned_people_only.into()),
            ("counts_free_claims", counts_free.into()),
        ]);
        let refusal = if needed && !known { Some(Refusal::SignInRequired) } else { None };
        self.trace.check(Check::SignInRequired, seen, refusal)
    }

    fn check_assigned(&mut self, assigned: bool) -> Result<(), Refusal> {
        let only = self.coupon.assigned_people_only;
        let refusal = if only && !assigned { Some(Refusal::NotAssigned) } else { None };
        let seen = inputs([("assigned_people_only", only.into()), ("assigned", assigned.into())]);
        self.trace.check(Check::NotAssigned, seen, refusal)
    }

    /// The one use was made with this very code: say when, instead of counting to one.
    fn check_already_applied(&mut self) -> Result<(), Refusal> {
        let (person, organization) = (self.facts.person.as_ref(), self.facts.organization.as_ref());
        let by_organization = organization
            .filter(|facts| self.coupon.max_uses_per_organization == Some(1) && facts.usage.counters.uses >= 1)
            .and_then(|facts| Some((Holder::Organization, facts.applied_at?)));
        let by_person = person
            .filter(|facts| self.coupon.max_uses_per_person == Some(1) && facts.usage.counters.uses >= 1)
            .and_then(|facts| Some((Holder::Person, facts.applied_at?)));
        let refusal =
            by_organization.or(by_person).map(|(holder, applied_at)| Refusal::AlreadyApplied { holder, applied_at });
        let seen = inputs([
            ("organization_applied_at", organization.and_then(|facts| facts.applied_at).into()),
            ("person_applied_at", person.and_then(|facts| facts.applied_at).into()),
        ]);
        self.trace.check(Check::AlreadyApplied, seen, refusal)
    }

    fn check_person_limit(&mut self) -> Result<(), Refusal> {
        let Some(person) = &self.facts.person else {
            self.trace.left_out(&[Check::PersonLimit]);
            return Ok(());
        };
        let (max, usage) = (self.coupon.max_uses_per_person, person.usage);
        let refusal = match self.holds.make_room(max, usage.counters, 1, |hold| hold.person_uses) {
            Room::Enough => None,
            Room::Held => Some(Refusal::Held { limit: HeldLimit::Person, until: usage.held_until }),
            Room::Full => max.map(|max| Refusal::PersonLimit { max }),
        };
        let seen = inputs([
            ("max_uses_per_person", max.into()),
            ("uses", usage.counters.uses.into()),
            ("held", usage.counters.held.into()),
        ]);
        self.trace.check(Check::PersonLimit, seen, refusal)
    }

    fn check_organization_limit(&mut self) -> Result<(), Refusal> {
        let Some(organization) = &self.facts.organization else {
            self.trace.left_out(&[Check::OrganizationLimit]);
            return Ok(());
        };
        let (max, usage) = (self.coupon.max_uses_per_organization, organization.usage);
        let refusal = match self.holds.make_room(max, usage.counters, 1, |hold| hold.organization_uses) {
            Room::Enough => None,
            Room::Held => Some(Refusal::Held { limit: HeldLimit::Organization, until: usage.held_until }),
            Room::Full => max.map(|max| Refusal::OrganizationLimit { max }),
        };
        let seen = inputs([
            ("max_uses_per_organization", max.into()),
            ("uses", usage.counters.uses.into()),
            ("held", usage.counters.held.into()),
        ]);
        self.trace.check(Check::OrganizationLimit, seen, refusal)
    }
}
