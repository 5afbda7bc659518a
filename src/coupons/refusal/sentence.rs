//! A refusal in words for people: one sentence that says what is missing, and where to get help.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::{Family, HeldLimit, Holder, LimitObstacle, NoEffectBecause, Refusal, UnknownBecause, UsedUp};
use crate::calendar;
use crate::coupons::code::Malformed;
use crate::money::Currency;
use crate::organizations::limits::Obstacle;

/// What a sentence needs to know of the tenant and of the moment in which it is read.
#[derive(Debug, Clone, Copy)]
pub struct Voice<'a> {
    /// The tenant's currency.
    pub currency: Currency,
    /// The tenant's time zone.
    pub zone: Tz,
    /// Whom to ask: `support@example.com`.
    pub support_contact: &'a str,
    /// When the sentence is read.
    pub now: DateTime<Utc>,
    /// What the tenant has to say first.
    pub messages: Messages<'a>,
}

/// A tenant's own messages, by family; the default has none.
#[derive(Debug, Clone, Copy, Default)]
pub struct Messages<'a> {
    /// For [`Family::NoValidDiscount`].
    pub no_valid_discount: Option<&'a str>,
    /// For [`Family::RequirementsNotMet`].
    pub requirements_not_met: Option<&'a str>,
    /// For [`Family::FullDiscountForSeveral`].
    pub full_discount_for_several: Option<&'a str>,
}

impl Messages<'_> {
    const fn of(&self, family: Family) -> Option<&str> {
        match family {
            Family::NoValidDiscount => self.no_valid_discount,
            Family::RequirementsNotMet => self.requirements_not_met,
            Family::FullDiscountForSeveral => self.full_discount_for_several,
        }
    }
}

impl Voice<'_> {
    /// Ends any message as every refusal ends: `… Contact support@example.com for help.`
    #[must_use]
    pub fn with_contact(&self, message: &str) -> String {
        let contact = self.support_contact.trim();
        let contact = if contact.is_empty() { "support" } else { contact };
        format!("{message} Contact {contact} for help.")
    }

    fn soon(&self, instant: DateTime<Utc>) -> String {
        calendar::soon(instant, self.now, self.zone)
    }
}

impl Family {
    /// The message of a tenant that has none of its own.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::NoValidDiscount => "No valid discount was found for this code.",
            Self::RequirementsNotMet => "The selected titles do not meet the requirements of this code.",
            Self::FullDiscountForSeveral => "A code for a total discount is not valid for several titles.",
        }
    }
}

impl UnknownBecause {
    /// What staff are told beside the refusal.
    #[must_use]
    pub const fn for_staff(self) -> &'static str {
        match self {
            Self::NoSuchCode => "There is no such code.",
            Self::CodeDeleted => "The code was deleted.",
            Self::CouponDeleted => "The coupon of this code was deleted.",
            Self::AnotherTenant => "The code belongs to another tenant.",
            Self::Canary => "The code is a trap: nobody was ever given it.",
        }
    }
}

impl Refusal {
    /// What the tenant says first, what is wrong and what is missing, and whom to ask.
    #[must_use]
    pub fn sentence(&self, voice: &Voice<'_>) -> String {
        let reason = self.reason(voice);
        match voice.messages.of(self.family()) {
            Some(message) => voice.with_contact(&format!("{message} {reason}")),
            None => voice.with_contact(&reason),
        }
    }

    /// The sentence alone, for a line of an order whose total already names the contact.
    #[must_use]
    pub fn reason(&self, voice: &Voice<'_>) -> String {
        let money = |amount: i64| voice.currency.money(amount);
        match self {
            Self::MalformedCode { fault } => malformed(*fault),
            Self::UnknownCode { .. } => "We do not know this code; please check how it is written.".to_owned(),
            Self::CouponsDisabled => "Codes cannot be used here at the moment.".to_owned(),
            Self::NotForOrders => {
                "This code is for an organization; please enter it on your organization’s page.".to_owned()
            }
            Self::NotForOrganizations => "This code is for an order; please enter it when you order.".to_owned(),
            Self::Paused => "This code is paused and cannot be used at the moment.".to_owned(),
            Self::Expired { ended_at } => {
                format!("This code was valid until {}.", calendar::end_moment(*ended_at, voice.zone))
            }
            Self::NotStarted { starts_at } => {
                format!("This code starts {}.", voice.soon(*starts_at))
            }
            Self::SignInRequired => "Please sign in to use this code.".to_owned(),
            Self::NotAssigned => "This code was made for other people.".to_owned(),
            Self::AlreadyApplied { holder, applied_at } => {
                let whom = match holder {
                    Holder::Person => "You",
                    Holder::Organization => "Your organization",
                };
                let when = calendar::moment(*applied_at, voice.zone);
                format!("{whom} already used this code on {when}; it can be used once.")
            }
            Self::PersonLimit { max: 0 } | Self::OrganizationLimit { max: 0 } | Self::ProductLimit { max: 0, .. } => {
                "This offer is closed.".to_owned()
            }
            Self::PersonLimit { max } => {
                format!("You have used this offer {}, as often as one person may.", times(*max))
            }
            Self::OrganizationLimit { max } => {
                format!("Your organization has used this offer {}, as often as one organization may.", times(*max))
            }
            Self::Exhausted { limit: UsedUp::Coupon } => "This offer has been used up.".to_owned(),
            Self::Exhausted { limit: UsedUp::Code } => "This code has been used up.".to_owned(),
            Self::BudgetExhausted => "The money behind this offer has been used up.".to_owned(),
            Self::Held { limit, until } => {
                format!("{}; {}.", held(limit), try_again(*until, voice))
            }
            Self::CurrencyMismatch { expected, given } => {
                format!("This code is for orders in {expected}, this order is in {given}.")
            }
            Self::ProductTypeNotEligible { product } => {
                format!("This code is not for products like {product}.")
            }
            Self::ProductNotEligible { product } => format!("This code is not for {product}."),
            Self::RetailLicensed { product } => {
                format!("{product} is sold under a retail licence, which allows no discount.")
            }
            Self::FullDiscountRequired { product } => {
                format!("{product} needs a code for a total discount.")
            }
            Self::ProductLimit { product, max } => {
                format!("This code has been used {} for {product}, as often as it may be.", times(*max))
            }
            Self::BelowMinimum { minimum, subtotal } => format!(
                "{} more is needed: this code is for orders from {}.",
                money(minimum.saturating_sub(*subtotal)),
                money(*minimum)
            ),
            Self::FullDiscountSingleItem { products } => {
                format!("This code makes one product free; your order has {products} different ones it is for.")
            }
            Self::FreeClaimsLimit { product, max, left } => {
                format!("Each person may have {max} of {product} free; you may still have {left}.")
            }
            Self::LimitUnchanged { limits } => {
                format!("Nothing would change: {} already there.", list_with_verb(limits))
            }
            Self::LimitNotApplicable { limits } => {
                format!("{}.", limits.iter().map(obstacle).collect::<Vec<_>>().join("; "))
            }
            Self::NoEffect { because } => no_effect(*because).to_owned(),
        }
    }
}

fn malformed(fault: Malformed) -> String {
    match fault {
        Malformed::Empty => "Please type a code.".to_owned(),
        Malformed::TooLong => "This is too long to be a code; please check how it is written.".to_owned(),
        Malformed::Character { character } if character.is_control() => {
            "There is a character in it that no code has; please type the code by hand.".to_owned()
        }
        Malformed::Character { character } => {
            format!("“{character}” is never part of a code; please check how it is written.")
        }
    }
}

fn held(limit: &HeldLimit) -> String {
    match limit {
        HeldLimit::Coupon | HeldLimit::Code | HeldLimit::Budget => {
            "All that is left of this offer is in orders that are not paid yet".to_owned()
        }
        HeldLimit::Person => "Your uses of this offer are in orders that are not paid yet".to_owned(),
        HeldLimit::Organization => {
            "Your organization’s uses of this offer are in orders that are not paid yet".to_owned()
        }
        HeldLimit::Product { product } => {
            format!("All that is left of this offer for {product} is in orders that are not paid yet")
        }
        HeldLimit::FreeClaims { product } => {
            format!("What you may have free of {product} is in orders that are not paid yet")
        }
    }
}

fn try_again(until: Option<DateTime<Utc>>, voice: &Voice<'_>) -> String {
    until.map_or_else(
        || "please try again a little later".to_owned(),
        |until| format!("try again in {}", calendar::wait(voice.now, until)),
    )
}

fn obstacle(limit: &LimitObstacle) -> String {
    let label = &limit.label;
    match limit.obstacle {
        Obstacle::UnknownKey => format!("There is no limit called {label}"),
        Obstacle::Locked => format!("{label} is locked for your organization"),
        Obstacle::OutsideBounds { minimum, maximum } => {
            let bounds = match (minimum, maximum) {
                (Some(minimum), Some(maximum)) => format!("between {minimum} and {maximum}"),
                (Some(minimum), None) => format!("at least {minimum}"),
                (None, Some(maximum)) => format!("at most {maximum}"),
                (None, None) => "within its bounds".to_owned(),
            };
            format!("{label} must stay {bounds}")
        }
        Obstacle::BelowInUse { in_use } => format!("{label} cannot go below the {in_use} in use"),
    }
}

const fn no_effect(because: NoEffectBecause) -> &'static str {
    match because {
        NoEffectBecause::NothingToDiscount => "There is nothing in this order yet.",
        NoEffectBecause::NothingOff => "This code would take nothing off these prices.",
        NoEffectBecause::MinimumCharge => "These prices are already as low as they can be.",
        NoEffectBecause::BudgetTooSmall => "What is left of this offer is less than the discount on these prices.",
        NoEffectBecause::EmptyBenefit => "This code gives nothing.",
    }
}

fn times(count: i64) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    }
}

/// `Instances is`, `Instances and Seats are`.
fn list_with_verb(names: &[String]) -> String {
    match names {
        [] => "everything is".to_owned(),
        [one] => format!("{one} is"),
        [first @ .., last] => format!("{} and {last} are", first.join(", ")),
    }
}
