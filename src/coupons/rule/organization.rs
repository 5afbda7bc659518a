//! Checks of an organization's limits, and what a code does to an organization.

use super::Case;
use super::quote::{Effect, LimitEffect, Takes};
use super::trace::{Check, inputs};
use crate::coupons::benefit::Benefit;
use crate::coupons::refusal::{LimitObstacle, NoEffectBecause, Refusal};
use crate::organizations::limits::{LimitChange, Obstacle, OrganizationLimit};

impl Case<'_> {
    /// From `limit_unchanged` to `no_effect`, for an organization. One use, whatever the benefit.
    pub(super) fn apply_to_organization(&mut self) -> Result<(Effect, Takes), Refusal> {
        self.trace.left_out(&Check::OF_ORDERS);
        let effect = match &self.coupon.benefit {
            Benefit::Limits { changes } => Effect::Limits(self.check_limits(changes)?),
            benefit => {
                self.trace.left_out(&Check::OF_ORGANIZATIONS);
                let amount = if let Benefit::Credit { amount } = benefit { *amount } else { 0 };
                Effect::Credit { amount }
            }
        };
        let (empty, spent) = match &effect {
            Effect::Credit { amount } => (*amount <= 0, *amount),
            Effect::Limits(effects) => (effects.is_empty(), 0),
            Effect::Preview | Effect::Prices(_) => (true, 0),
        };
        let because = NoEffectBecause::EmptyBenefit;
        let refusal = if empty { Some(Refusal::NoEffect { because }) } else { None };
        self.trace.check(Check::NoEffect, Vec::new(), refusal)?;
        Ok((effect, Takes { uses: 1, spent, ..Takes::default() }))
    }

    /// A key that is already so needs nothing and is left alone; all others must be applicable.
    fn check_limits(&mut self, changes: &[LimitChange]) -> Result<Vec<LimitEffect>, Refusal> {
        let limits = self.facts.organization.as_ref().map(|facts| facts.limits.as_slice()).unwrap_or_default();
        let judged: Vec<(&LimitChange, Option<&OrganizationLimit>)> =
            changes.iter().map(|change| (change, limits.iter().find(|limit| limit.key == change.key))).collect();

        let unchanged: Vec<String> = judged.iter().filter_map(|(change, limit)| already_so(change, *limit)).collect();
        let all_so = !changes.is_empty() && unchanged.len() == changes.len();
        let words = changes.iter().map(|change| format!("{} {}", change.key, change.grant.value));
        let seen = inputs([
            ("grants", words.collect::<Vec<_>>().join(", ").into()),
            ("already_so", unchanged.join(", ").into()),
        ]);
        let refusal = if all_so { Some(Refusal::LimitUnchanged { limits: unchanged }) } else { None };
        self.trace.check(Check::LimitUnchanged, seen, refusal)?;

        let obstacles: Vec<LimitObstacle> =
            judged.iter().filter_map(|(change, limit)| obstacle(change, *limit)).collect();
        let found = obstacles.iter().map(|found| found.key.as_str()).collect::<Vec<_>>().join(", ");
        let seen = inputs([("not_applicable", found.into())]);
        let refusal = if obstacles.is_empty() { None } else { Some(Refusal::LimitNotApplicable { limits: obstacles }) };
        self.trace.check(Check::LimitNotApplicable, seen, refusal)?;

        Ok(judged.into_iter().filter_map(|(change, limit)| effect(change, limit?)).collect())
    }
}

/// The label of a limit that already is where the grant would bring it.
fn already_so(change: &LimitChange, limit: Option<&OrganizationLimit>) -> Option<String> {
    let limit = limit?;
    (limit.after(change.grant) == limit.effective()).then(|| limit.label.clone())
}

fn obstacle(change: &LimitChange, limit: Option<&OrganizationLimit>) -> Option<LimitObstacle> {
    let key = change.key.clone();
    let Some(limit) = limit else {
        return Some(LimitObstacle { label: key.clone(), key, obstacle: Obstacle::UnknownKey });
    };
    if already_so(change, Some(limit)).is_some() {
        return None;
    }
    let obstacle = limit.obstacle(change.grant)?;
    Some(LimitObstacle { key, label: limit.label.clone(), obstacle })
}

fn effect(change: &LimitChange, limit: &OrganizationLimit) -> Option<LimitEffect> {
    let (before, after) = (limit.effective(), limit.after(change.grant));
    let (key, label, grant) = (change.key.clone(), limit.label.clone(), change.grant);
    (before != after).then_some(LimitEffect { key, label, grant, before, after })
}
