//! What the desk is asked to do, and what it answers.

use crate::audit::Actor;
use crate::coupons::code::CodeKey;
use crate::coupons::refusal::Refusal;
use crate::coupons::rule::Entry;
use crate::redemptions::world::Ask;
use crate::tenants::Tenant;
use crate::web::replay;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Something that changes redemptions or credit. Its ids are made before the transaction.
#[derive(Clone, Debug)]
pub enum Command {
    /// Applies a code to an organization: hold and confirm in one step.
    Redeem(Redeem),
    /// Undoes a confirmed redemption.
    Reverse(Reverse),
}

/// Applies what somebody typed to an organization.
#[derive(Clone, Debug)]
pub struct Redeem {
    /// The tenant.
    pub tenant: Tenant,
    /// Who, for the audit log.
    pub actor: Actor,
    /// The id of the redemption, if it comes to be.
    pub id: Uuid,
    /// What was typed, as it was typed.
    pub entered: String,
    /// The organization.
    pub organization: Uuid,
    /// The user.
    pub user: Uuid,
    /// Where it was typed.
    pub channel: String,
    /// The address it came from.
    pub address: String,
    /// What makes a twin of this request the same request.
    pub request: Option<replay::Key>,
    /// When it came in.
    pub now: DateTime<Utc>,
}

/// Undoes a redemption, with a reason.
#[derive(Clone, Debug)]
pub struct Reverse {
    /// The tenant.
    pub tenant: Tenant,
    /// Who, for the audit log.
    pub actor: Actor,
    /// The redemption.
    pub id: Uuid,
    /// Why.
    pub reason: String,
    /// What makes a twin of this request the same request.
    pub request: Option<replay::Key>,
    /// When it came in.
    pub now: DateTime<Utc>,
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "reply")]
pub enum Reply {
    /// The code was applied.
    Redeemed {
        /// The redemption.
        id: Uuid,
        /// The text of the code.
        code: String,
        /// What it did, in a sentence.
        did: String,
    },
    /// It was refused, and nothing changed but the list of attempts.
    Refused {
        /// Why.
        refusal: Refusal,
    },
    /// Too many guesses; the next try is welcome after so many seconds.
    Throttled {
        /// Seconds.
        wait: i64,
    },
    /// The redemption was undone.
    Reversed {
        /// What could not be taken back, in minor units, because it was spent already.
        missing: i64,
    },
    /// The redemption is in a state that cannot be reversed.
    NotReversible {
        /// The word of its state.
        state: String,
    },
    /// There is no such redemption or organization here.
    NotFound,
}

impl Reply {
    /// Whether a twin of the request is to get this answer too. A wait is over some time.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        !matches!(self, Self::Throttled { .. } | Self::Refused { refusal: Refusal::Held { .. } })
    }
}

impl Command {
    /// The tenant it belongs to.
    #[must_use]
    pub const fn tenant(&self) -> &Tenant {
        match self {
            Self::Redeem(redeem) => &redeem.tenant,
            Self::Reverse(reverse) => &reverse.tenant,
        }
    }

    /// The key of its request.
    #[must_use]
    pub const fn request(&self) -> Option<&replay::Key> {
        match self {
            Self::Redeem(redeem) => redeem.request.as_ref(),
            Self::Reverse(reverse) => reverse.request.as_ref(),
        }
    }

    /// When it came in.
    #[must_use]
    pub const fn now(&self) -> DateTime<Utc> {
        match self {
            Self::Redeem(redeem) => redeem.now,
            Self::Reverse(reverse) => reverse.now,
        }
    }
}

impl Redeem {
    /// What the rule is asked, on behalf of this person.
    #[must_use]
    pub fn ask(&self, person: Uuid) -> Ask {
        Ask {
            key: CodeKey::fold(&self.entered),
            entry: Entry::Organization,
            person: Some(person),
            organization: Some(self.organization),
        }
    }
}
