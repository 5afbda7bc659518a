//! What people change of their own account: their name and their password.

use crate::accounts::passwords::{self, Passwords};
use crate::accounts::{sessions, users};
use crate::audit::{Actor, Change};
use crate::db::tables::users::Model;
use crate::db::{self, Db};
use crate::error::Error;
use crate::web::form::Errors;
use crate::web::throttle::{self, Patience};
use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

/// Somebody who found an open browser must not find the password too.
const PATIENCE: Patience =
    Patience { free: 5, first: Duration::seconds(2), longest: Duration::minutes(15), forgets: Duration::hours(1) };

/// Changes the password of whoever knows the present one, and ends every session but the one named.
///
/// # Errors
/// [`Error::TooMany`] after wrong passwords; within, what is wrong with the form.
pub async fn change_password(
    db: &Db,
    passwords: &Passwords,
    (actor, user, session): (&Actor, &Model, Uuid),
    (current, new): (&str, &str),
    now: DateTime<Utc>,
) -> Result<Result<(), Errors>, Error> {
    let bucket = format!("password:user:{}", user.id);
    let tx = db.begin().await?;
    if let Some(wait) = throttle::charge(&tx, &[(bucket.clone(), PATIENCE)], now).await? {
        return Err(Error::TooMany(wait));
    }
    db::commit(tx).await?;
    let mut errors = Errors::default();
    if !passwords.verify(Some(&user.password_hash), current).await? {
        errors.add("current", "This is not your present password.");
    }
    errors.keep("new", passwords::acceptable(new).map(|_| ()));
    if !errors.is_empty() {
        return Ok(Err(errors));
    }
    let hash = passwords.hash(new).await?;
    let tx = db.begin().await?;
    throttle::forget(&tx, &bucket).await?;
    users::set_password(&tx, user.id, hash, now).await?;
    sessions::end_all(&tx, user.id, Some(session)).await?;
    users::record(&tx, actor, user, ("user.password_changed", vec![]), now).await?;
    db::commit(tx).await?;
    Ok(Ok(()))
}

/// Changes the name that others see.
///
/// # Errors
/// When the database does not answer; within, what is wrong with the form.
pub async fn rename(
    db: &Db,
    actor: &Actor,
    user: &Model,
    typed: &str,
    now: DateTime<Utc>,
) -> Result<Result<(), Errors>, Error> {
    let mut errors = Errors::default();
    let Some(name) = errors.keep("display_name", users::name(typed)) else { return Ok(Err(errors)) };
    if name == user.display_name {
        return Ok(Ok(()));
    }
    let tx = db.begin().await?;
    let change = Change::new("display_name", user.display_name.clone(), name.clone());
    users::set_name(&tx, user.id, name, now).await?;
    users::record(&tx, actor, user, ("user.renamed", vec![change]), now).await?;
    db::commit(tx).await?;
    Ok(Ok(()))
}

/// How people know a browser: `Firefox on Linux`.
#[must_use]
pub fn browser(agent: &str) -> String {
    let find =
        |names: &[(&str, &'static str)]| names.iter().find(|(word, _)| agent.contains(word)).map(|(_, name)| *name);
    // Browsers name those they descend from, so the youngest names come first.
    let browser = find(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = find(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => "Unknown browser".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::browser;

    #[test]
    fn browsers_have_names_people_know() {
        let cases = [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18 Mobile Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0",
                "Edge on Windows",
            ),
            ("curl/8.5.0", "curl"),
            ("", "Unknown browser"),
        ];
        for (agent, name) in cases {
            assert_eq!(browser(agent), name);
        }
    }
}
