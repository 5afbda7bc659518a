//! A code that is tried in a cart: decided by the rule as it would be at the checkout, and nothing is used up. What is
//! refused is on record among the attempts, and counts where it was a guess.

use crate::accounts::persons;
use crate::coupons::pricing::Priced;
use crate::coupons::refusal::Refusal;
use crate::coupons::rule::quote::Effect;
use crate::coupons::tenant::voice;
use crate::db::tables::attempts;
use crate::db::{self, Db};
use crate::error::Error;
use crate::redemptions::attempts::{About, row};
use crate::redemptions::desk::Enter;
use crate::redemptions::guesses::{Guess, canary_tried, is_guess};
use crate::redemptions::looks::{Decided, Look, Looked, Looks};
use chrono::Duration;
use sea_orm::EntityTrait;

/// What came of it.
#[derive(Clone, Debug)]
pub enum Tried {
    /// The order would cost this with the code, whose text is the second.
    Accepted(Priced, String),
    /// The code cannot be used for it.
    Refused(Refusal),
    /// Too many guesses; another try is welcome after so long.
    Throttled(Duration),
}

/// What the code of an order would do now. Nothing is written: for who looks at a cart again.
///
/// # Errors
/// When the database does not answer.
pub async fn look(looks: &Looks, entry: &Enter) -> Result<Tried, Error> {
    // To look again is no guess, and waits for none.
    Ok(match ask(looks, entry, Vec::new()).await?.decision {
        Ok(decided) => read(decided).0,
        Err(wait) => Tried::Throttled(wait),
    })
}

/// The same for who has typed the code.
///
/// # Errors
/// When the database does not answer.
pub async fn try_code(db: &Db, looks: &Looks, entry: &Enter) -> Result<Tried, Error> {
    let Looked { mut watch, decision } = ask(looks, entry, entry.asker.guesses.clone()).await?;
    let decided = match decision {
        Ok(decided) => decided,
        Err(wait) => return Ok(Tried::Throttled(wait)),
    };
    let (tried, decided) = read(decided);
    if let Tried::Refused(refusal) = &tried {
        let canary = decided.code.as_ref().filter(|code| code.canary);
        if is_guess(refusal) {
            let seen = canary.map(|code| (entry.actor.clone(), canary_tried(code, &entry.asker.address)));
            if let Some(wait) = watch.guessed(db, seen, entry.now).await? {
                return Ok(Tried::Throttled(wait));
            }
        }
        note(db, entry, refusal, &decided).await?;
    }
    Ok(tried)
}

async fn ask(looks: &Looks, entry: &Enter, guesses: Vec<Guess>) -> Result<Looked, Error> {
    let aliases = entry.asker.aliases.clone();
    let look = Look { tenant: entry.tenant.clone(), ask: entry.ask(None), aliases, guesses, now: entry.now };
    looks.ask(look).await
}

fn read(decided: Decided) -> (Tried, Decided) {
    let tried = match &decided.decision.outcome {
        Ok(quote) => match &quote.effect {
            Effect::Prices(priced) => {
                let text = decided.code.as_ref().map(|code| code.text.to_string()).unwrap_or_default();
                Tried::Accepted(priced.clone(), text)
            }
            // The rule lets no other benefit through to an order.
            Effect::Preview | Effect::Credit { .. } | Effect::Limits(_) => Tried::Refused(Refusal::NotForOrders),
        },
        Err(refusal) => Tried::Refused(refusal.clone()),
    };
    (tried, decided)
}

/// Puts a refusal on record.
async fn note(db: &Db, entry: &Enter, refusal: &Refusal, decided: &Decided) -> Result<(), Error> {
    let known = persons::find_all(db.read(), entry.tenant.id, &entry.asker.aliases).await?;
    let about = About {
        code: decided.code.as_ref().map(|code| (code.id, code.coupon_id)),
        refusal,
        sentence: refusal.sentence(&voice(&entry.tenant, entry.now)),
        trace: &decided.decision.trace,
    };
    let attempt = row(entry, &entry.ask(known.into_values().next()), about);
    let tx = db.begin().await?;
    attempts::Entity::insert(attempt).exec_without_returning(&tx).await?;
    db::commit(tx).await
}
