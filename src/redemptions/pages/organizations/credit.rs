//! Adjusting an organization's credit by hand.

use super::show::{Typed, answer};
use crate::accounts::guards::Admin;
use crate::db::{self, Db};
use crate::error::Error;
use crate::money::{self, Currency};
use crate::organizations::credit::{self, Adjustment};
use crate::web::form::{Errors, Form};
use crate::web::html;
use crate::web::notice::Notice;
use crate::web::replay::{self, Claim, Key};
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

/// The longest reason, in characters.
const LONGEST_MEMO: usize = 200;

/// What the form sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adjust {
    /// An amount, with a minus sign to take away.
    pub amount: String,
    /// The reason.
    pub memo: String,
    request_key: String,
}

/// `POST /dashboard/organizations/{id}/credit`.
///
/// # Errors
/// [`Error::NotFound`] for an organization of another tenant.
pub async fn adjust(
    who: Admin,
    id: web::Path<Uuid>,
    form: Form<Adjust>,
    db: web::Data<Db>,
) -> Result<HttpResponse, Error> {
    let mut typed = Typed { adjust: form.0, ..Typed::default() };
    let Some((amount, memo)) = read(&typed.adjust, who.tenant.currency, &mut typed.errors) else {
        return answer(who, &db, *id, typed).await;
    };
    let key = key(&who, *id, &typed.adjust, amount, &memo)?;
    let tx = db.begin().await?;
    if let Claim::First = replay::claim(&tx, &key, who.now).await? {
        let subject = (&who.tenant, *id);
        let made = credit::adjust(&tx, &who.actor(), subject, amount, &memo, who.now).await?;
        if let Some(sentence) = refused(made, who.tenant.currency)? {
            typed.errors.add("amount", sentence);
            drop(tx);
            return answer(who, &db, *id, typed).await;
        }
        replay::settle(&tx, &key, json!("adjusted"), who.now).await?;
    }
    db::commit(tx).await?;
    let notice = Notice::new(format!("The credit was adjusted by {}.", who.tenant.currency.money(amount)));
    Ok(notice.on(html::see_other(&format!("/dashboard/organizations/{id}"))))
}

fn key(who: &Admin, id: Uuid, form: &Adjust, amount: i64, memo: &str) -> Result<Key, Error> {
    let body = format!("{id}\n{amount}\n{memo}");
    Key::of_form(who.tenant.id, who.user.id, "POST organization credit", &form.request_key, &body)
}

fn read(form: &Adjust, currency: Currency, errors: &mut Errors) -> Option<(i64, String)> {
    let amount = errors.keep("amount", read_amount(&form.amount, currency));
    let memo = errors.keep("memo", read_memo(&form.memo));
    Some((amount?, memo?))
}

/// An amount with or without a sign, not 0.
fn read_amount(typed: &str, currency: Currency) -> Result<i64, String> {
    let typed = typed.trim();
    let (sign, digits) = match typed.strip_prefix(['-', '−']) {
        Some(rest) => (-1, rest),
        None => (1, typed.strip_prefix('+').unwrap_or(typed)),
    };
    match money::parse(digits, currency).map_err(|fault| fault.to_string())? {
        0 => Err("Enter an amount other than 0.".to_owned()),
        amount => Ok(sign * amount),
    }
}

fn read_memo(typed: &str) -> Result<String, String> {
    let memo = typed.trim();
    if memo.is_empty() {
        return Err("Say why; the reason is kept in the ledger.".to_owned());
    }
    if memo.chars().count() > LONGEST_MEMO || memo.chars().any(char::is_control) {
        return Err(format!("Enter one line of at most {LONGEST_MEMO} characters."));
    }
    Ok(memo.to_owned())
}

/// What to say where nothing was adjusted.
fn refused(made: Adjustment, currency: Currency) -> Result<Option<String>, Error> {
    match made {
        Adjustment::Made { .. } => Ok(None),
        Adjustment::NotFound => Err(Error::NotFound),
        Adjustment::TooLarge => Ok(Some("The balance would become too large.".to_owned())),
        Adjustment::BelowZero { balance } => {
            let left = currency.money(balance);
            Ok(Some(format!("Credit cannot go below 0: there is {left}. Enter at most that much to take away.")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::read_amount;
    use crate::money::Currency;

    #[test]
    fn an_amount_may_carry_a_sign_and_is_never_zero() {
        let chf = Currency::from_code("CHF").unwrap();
        assert_eq!(read_amount(" -12.50 ", chf), Ok(-1250));
        assert_eq!(read_amount("−12", chf), Ok(-1200));
        assert_eq!(read_amount("+3", chf), Ok(300));
        for typed in ["0", "-0.00", "--3", "", "-", "NaN", "1e3"] {
            assert!(read_amount(typed, chf).is_err(), "{typed}");
        }
    }
}
