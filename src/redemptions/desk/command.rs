//! What the desk is asked to do.

use super::reply::Reply;
use crate::accounts::persons::Alias;
use crate::audit::Actor;
use crate::coupons::basket::Basket;
use crate::coupons::code::CodeKey;
use crate::coupons::rule;
use crate::error::Error;
use crate::redemptions::guesses::Guess;
use crate::redemptions::redemption::OrderRef;
use crate::redemptions::world::Ask;
use crate::tenants::Tenant;
use crate::web::replay;
use chrono::{DateTime, Duration, Utc};
use futures_util::future::BoxFuture;
use sea_orm::DatabaseTransaction;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::Arc;
use uuid::Uuid;

/// Something that changes redemptions or credit. Its ids are made before the transaction.
#[derive(Clone, Debug)]
pub enum Command {
    /// Enters a code, for an organization or for an order.
    Enter(Box<Enter>),
    /// Moves a redemption that exists along in its life.
    Change(Box<Change>),
}

/// Writes of a caller that happen in the transaction of its command, after the desk's own: they may touch the caller's own
/// new rows and what is locked with them, nothing else.
pub trait Beside: Debug + Send + Sync {
    /// Writes what follows from the reply. An error undoes the command, and it alone.
    fn write<'a>(&'a self, tx: &'a DatabaseTransaction, reply: &'a Reply) -> BoxFuture<'a, Result<(), Error>>;
}

/// What somebody typed, and what it is for.
#[derive(Clone, Debug)]
pub struct Enter {
    /// The tenant.
    pub tenant: Tenant,
    /// Who, for the audit log.
    pub actor: Actor,
    /// The id of the redemption, if it comes to be.
    pub id: Uuid,
    /// What was typed, as it was typed.
    pub entered: String,
    /// What it is for.
    pub place: Place,
    /// Who asks.
    pub asker: Asker,
    /// Where it was typed: `organization` (its page), `shop`, `key` (a calling system) or `checkout` (`/billing/checkout`).
    pub channel: String,
    /// What makes a twin of this request the same request.
    pub request: Option<replay::Key>,
    /// What its caller writes beside it.
    pub beside: Option<Arc<dyn Beside>>,
    /// When it came in.
    pub now: DateTime<Utc>,
}

/// What a code is entered for.
#[derive(Clone, Debug)]
pub enum Place {
    /// An organization: hold and confirm in one step.
    Organization(Uuid),
    /// An order.
    Order(Order),
}

/// A checkout.
#[derive(Clone, Debug)]
pub struct Order {
    /// What its channel calls it.
    pub reference: Option<String>,
    /// What is bought.
    pub basket: Basket,
    /// Its currency, if the caller names one.
    pub currency: Option<String>,
    /// The organization it is for.
    pub organization: Option<Uuid>,
    /// Whether it waits for its payment.
    pub mode: Mode,
}

/// How an order is redeemed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// At once: there is nothing to pay.
    Instant,
    /// Held so long, until it is paid.
    Hold(Duration),
}

/// Who enters a code.
#[derive(Clone, Debug, Default)]
pub struct Asker {
    /// The signed-in user.
    pub user: Option<Uuid>,
    /// The names of the person whose limits it counts against; none if no person is known.
    pub aliases: BTreeSet<Alias>,
    /// The key of a calling system.
    pub api_key: Option<Uuid>,
    /// The address it came from.
    pub address: String,
    /// Where its guesses are counted.
    pub guesses: Vec<Guess>,
}

/// A redemption that exists is moved along.
#[derive(Clone, Debug)]
pub struct Change {
    /// The tenant.
    pub tenant: Tenant,
    /// Who, for the audit log.
    pub actor: Actor,
    /// The redemption.
    pub id: Uuid,
    /// How.
    pub event: Event,
    /// Why, where somebody says so.
    pub reason: Option<String>,
    /// What makes a twin of this request the same request.
    pub request: Option<replay::Key>,
    /// What its caller writes beside it.
    pub beside: Option<Arc<dyn Beside>>,
    /// When it came in.
    pub now: DateTime<Utc>,
}

/// What happens to a redemption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Its payment succeeded.
    Confirm,
    /// Its payment failed.
    Release,
    /// Its time may be over.
    Expire,
    /// It is taken back: so many units of lines by their number, or all that is left.
    Reverse(Option<Vec<(usize, i64)>>),
    /// It was paid too late, and is kept all the same: the maxima are raised by what it takes.
    Honour,
    /// What needed attention was dealt with elsewhere, as by a refund.
    Resolve,
}

impl Event {
    /// The word for it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Release => "release",
            Self::Expire => "expire",
            Self::Reverse(_) => "reverse",
            Self::Honour => "honour",
            Self::Resolve => "resolve",
        }
    }
}

impl Command {
    /// The tenant it belongs to.
    #[must_use]
    pub const fn tenant(&self) -> &Tenant {
        match self {
            Self::Enter(enter) => &enter.tenant,
            Self::Change(change) => &change.tenant,
        }
    }

    /// The key of its request.
    #[must_use]
    pub const fn request(&self) -> Option<&replay::Key> {
        if cfg!(feature = "planted-no-claim") {
            return None;
        }
        match self {
            Self::Enter(enter) => enter.request.as_ref(),
            Self::Change(change) => change.request.as_ref(),
        }
    }

    /// What its caller writes beside it.
    #[must_use]
    pub fn beside(&self) -> Option<&dyn Beside> {
        match self {
            Self::Enter(enter) => enter.beside.as_deref(),
            Self::Change(change) => change.beside.as_deref(),
        }
    }

    /// When it came in.
    #[must_use]
    pub const fn now(&self) -> DateTime<Utc> {
        match self {
            Self::Enter(enter) => enter.now,
            Self::Change(change) => change.now,
        }
    }
}

impl Enter {
    /// What the rule is asked, on behalf of this person.
    #[must_use]
    pub fn ask(&self, person: Option<Uuid>) -> Ask {
        let key = CodeKey::fold(&self.entered);
        match &self.place {
            Place::Organization(id) => {
                Ask { key, entry: rule::Entry::Organization, person, organization: Some(*id), order: None }
            }
            Place::Order(order) => Ask {
                key,
                entry: rule::Entry::Order { basket: order.basket.clone(), currency: order.currency.clone() },
                person,
                organization: order.organization,
                order: self.order(),
            },
        }
    }

    /// The names of the buckets in which its guesses are counted.
    pub fn buckets(&self) -> impl Iterator<Item = String> {
        self.asker.guesses.iter().map(|guess| guess.bucket.clone())
    }

    /// The reference of its order.
    #[must_use]
    pub fn order(&self) -> Option<OrderRef> {
        match &self.place {
            Place::Order(Order { reference: Some(reference), .. }) => {
                Some(OrderRef { channel: self.channel.clone(), reference: reference.clone() })
            }
            _ => None,
        }
    }
}
