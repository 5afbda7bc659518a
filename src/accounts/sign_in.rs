//! Signing in: a password against its hash, slowed down per account and per address.

use crate::accounts::passwords::Passwords;
use crate::accounts::users;
use crate::db::tables::users::Model;
use crate::db::{self, Db};
use crate::error::Error;
use crate::web::address::place;
use crate::web::throttle::{self, Patience};
use crate::web::token;
use chrono::{DateTime, Duration, Utc};
use std::net::IpAddr;

/// For one account: five tries, then waits that grow to a quarter of an hour.
const ACCOUNT: Patience =
    Patience { free: 5, first: Duration::seconds(2), longest: Duration::minutes(15), forgets: Duration::hours(1) };
/// For one address, behind which many people may sit.
const ADDRESS: Patience =
    Patience { free: 30, first: Duration::seconds(2), longest: Duration::minutes(15), forgets: Duration::hours(1) };

/// What came of a try.
#[derive(Debug)]
pub enum Outcome {
    /// The password is this user's.
    Welcome(Box<Model>),
    /// No account has this address and password together; nothing tells which of the two is wrong.
    Unknown,
    /// Too many tries; none was made.
    Wait(Duration),
}

/// Tries a password. The try is charged before it is made and given back when it succeeds.
///
/// # Errors
/// When the database does not answer, or too many passwords are being checked.
pub async fn attempt(
    db: &Db,
    passwords: &Passwords,
    (email, password): (&str, &str),
    from: IpAddr,
    now: DateTime<Utc>,
) -> Result<Outcome, Error> {
    let email = users::folded(email);
    // Hashed, so that the log of throttles is no list of addresses, and a long one is no long key.
    let account = format!("sign-in:account:{}", token::hash(&email));
    let address = format!("sign-in:address:{}", place(from));
    let tx = db.begin().await?;
    if let Some(wait) = throttle::charge(&tx, &[(account.clone(), ACCOUNT), (address.clone(), ADDRESS)], now).await? {
        return Ok(Outcome::Wait(wait));
    }
    db::commit(tx).await?;
    let known = users::by_email(db.read(), &email).await?;
    let right = passwords.verify(known.as_ref().map(|user| user.password_hash.as_str()), password).await?;
    match known {
        Some(user) if right && user.disabled_at.is_none() => {
            let tx = db.begin().await?;
            throttle::forget(&tx, &account).await?;
            throttle::refund(&tx, &address, now).await?;
            db::commit(tx).await?;
            Ok(Outcome::Welcome(Box::new(user)))
        }
        _ => Ok(Outcome::Unknown),
    }
}

/// A path of ours that sign-in may lead back to; anything else leads to the start.
#[must_use]
pub fn local_path(wanted: &str) -> &str {
    let local = wanted.starts_with('/')
        && !wanted.starts_with("//")
        && !wanted.contains('\\')
        && wanted.bytes().all(|byte| byte.is_ascii_graphic())
        && !wanted.starts_with("/sign-");
    if local { wanted } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn sign_in_leads_back_to_paths_of_ours_only() {
        for path in ["/", "/dashboard/coupons?q=a%20b&status=active", "/invitations/abc"] {
            assert_eq!(local_path(path), path);
        }
        let foreign = [
            "",
            "//evil.test",
            "https://evil.test",
            "/\\evil.test",
            "javascript:alert(1)",
            "/a\r\nSet-Cookie: x",
            "/a b",
            "/ü",
            "/sign-in?next=/",
            "dashboard",
        ];
        for path in foreign {
            assert_eq!(local_path(path), "/", "{path:?}");
        }
    }
}
