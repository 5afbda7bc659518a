//! What a redemption keeps of its coupon, so that later edits do not reach it.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::{BenefitEnds, Coupon, RestoreUses, UsesPer};
use crate::calendar;
use crate::coupons::benefit::Benefit;

/// The benefit and the conditions as they were when the code was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// What it gives.
    pub benefit: Benefit,
    /// What one use was.
    pub uses_per: UsesPer,
    /// What the eligible lines had to come to, in minor units.
    pub minimum_amount: i64,
    /// How many periods are discounted; `None` is all of them.
    pub discounted_periods: Option<i64>,
    /// When the benefit is over.
    pub benefit_ends_at: Option<DateTime<Utc>>,
    /// Whether a reversal gives the uses back.
    pub restore_uses: RestoreUses,
    /// The least a discounted price may be unless it is 0, in minor units.
    pub minimum_charge: i64,
}

impl Coupon {
    /// The terms of a redemption made at `now`.
    #[must_use]
    pub fn terms(&self, minimum_charge: i64, zone: Tz, now: DateTime<Utc>) -> Terms {
        Terms {
            benefit: self.benefit.clone(),
            uses_per: self.uses_per,
            minimum_amount: self.minimum_amount,
            discounted_periods: self.discounted_periods,
            benefit_ends_at: self.benefit_ends_at(zone, now),
            restore_uses: self.restore_uses,
            minimum_charge,
        }
    }

    /// When the benefit of a redemption made at `now` is over.
    #[must_use]
    pub fn benefit_ends_at(&self, zone: Tz, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self.benefit_ends {
            BenefitEnds::Never => None,
            BenefitEnds::EndOfRedeemMonth => Some(calendar::end_of_month(now, zone)),
        }
    }
}
