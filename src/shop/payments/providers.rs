//! Whose payments a tenant believes.

use super::{Provider, stripe};
use crate::audit::{self, Actor, Change, Entry};
use crate::clock;
use crate::db::tables::payment_providers::{ActiveModel, Column, Entity, Model};
use crate::error::Error;
use crate::web::seal::Seal;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use uuid::Uuid;

/// A provider as the database holds it.
pub type Row = Model;

/// The place of the order's id in the address of a payment page.
pub const ORDER: &str = "{order}";
/// The place of what is to be paid, in minor units.
pub const AMOUNT: &str = "{amount}";

/// Those of a tenant.
///
/// # Errors
/// When the database does not answer.
pub async fn all(connection: &impl ConnectionTrait, tenant: Uuid) -> Result<Vec<Row>, Error> {
    Ok(Entity::find().filter(Column::TenantId.eq(tenant)).all(connection).await?)
}

/// One of a tenant.
///
/// # Errors
/// When the database does not answer.
pub async fn find(connection: &impl ConnectionTrait, tenant: Uuid, provider: Provider) -> Result<Option<Row>, Error> {
    Ok(Entity::find_by_id((tenant, provider.word().to_owned())).one(connection).await?)
}

/// Keeps the secret of a provider, which stays as it is where none is given, and the address of its payment page. `false`
/// when there is none to stay.
///
/// # Errors
/// When the database does not answer.
pub async fn save(
    tx: &DatabaseTransaction,
    (seal, actor): (&Seal, &Actor),
    (tenant, provider): (Uuid, Provider),
    (secret, pay_url): (Option<&str>, Option<String>),
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let before = find(tx, tenant, provider).await?;
    let id = before.as_ref().map_or_else(|| clock::id_at(now), |row| row.id);
    let sealed = match (secret, &before) {
        (Some(secret), _) => seal.close(id, secret)?,
        (None, Some(row)) => row.secret.clone(),
        (None, None) => return Ok(false),
    };
    let mut changes = Vec::new();
    if secret.is_some() {
        changes.push(Change::new("secret", before.as_ref().map(|_| "set"), "set anew"));
    }
    let url_before = before.as_ref().and_then(|row| row.pay_url.clone());
    if url_before != pay_url {
        changes.push(Change::new("pay_url", url_before, pay_url.clone()));
    }
    let row = ActiveModel {
        tenant_id: Set(tenant),
        provider: Set(provider.word().to_owned()),
        id: Set(id),
        secret: Set(sealed),
        pay_url: Set(pay_url),
        created_at: Set(before.as_ref().map_or(now, |row| row.created_at)),
        updated_at: Set(now),
    };
    let mut there = OnConflict::columns([Column::TenantId, Column::Provider]);
    // The id as well: the secret is sealed for it.
    there.update_columns([Column::Id, Column::Secret, Column::PayUrl, Column::UpdatedAt]);
    Entity::insert(row).on_conflict(there).exec_without_returning(tx).await?;
    if !changes.is_empty() {
        audit::record(tx, actor, tenant, about(provider, "payments.edited", changes), now).await?;
    }
    Ok(true)
}

/// Believes a provider no more; its events stay. `false` when it was not believed.
///
/// # Errors
/// When the database does not answer.
pub async fn remove(
    tx: &DatabaseTransaction,
    actor: &Actor,
    (tenant, provider): (Uuid, Provider),
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let gone = Entity::delete_by_id((tenant, provider.word().to_owned())).exec(tx).await?;
    if gone.rows_affected == 0 {
        return Ok(false);
    }
    audit::record(tx, actor, tenant, about(provider, "payments.removed", Vec::new()), now).await?;
    Ok(true)
}

/// Where an order is paid, by the name of the provider, if that has a page for it.
#[must_use]
pub fn pay_link(row: &Row, order: Uuid, (due, currency): (i64, &str)) -> Option<(&'static str, String)> {
    let (provider, url) = (Provider::remote(&row.provider)?, row.pay_url.as_deref()?);
    let due = if provider == Provider::Stripe { stripe::written(due, currency) } else { due };
    Some((provider.label(), url.replace(ORDER, &order.to_string()).replace(AMOUNT, &due.to_string())))
}

/// The address of a payment page as somebody typed it; none for an empty one.
///
/// # Errors
/// The sentence for the field.
pub fn read_pay_url(typed: &str) -> Result<Option<String>, String> {
    let url = typed.trim();
    if url.is_empty() {
        return Ok(None);
    }
    let plain = url.len() <= 500 && url.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'<>\\^`|".contains(&byte));
    if url.starts_with("https://") && plain && url.contains(ORDER) {
        return Ok(Some(url.to_owned()));
    }
    Err(format!("Enter an address that begins with https:// and has {ORDER} where the id of the order belongs."))
}

/// A secret as somebody typed it; none for an empty field.
///
/// # Errors
/// The sentence for the field.
pub fn read_secret(typed: &str) -> Result<Option<String>, String> {
    match typed.trim() {
        "" => Ok(None),
        secret if (8..=200).contains(&secret.len()) && secret.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Ok(Some(secret.to_owned()))
        }
        _ => Err("Enter the secret as the provider shows it: 8 to 200 characters without spaces.".to_owned()),
    }
}

fn about(provider: Provider, action: &'static str, changes: Vec<Change>) -> Entry {
    Entry {
        action,
        subject_kind: "payment_provider",
        subject_id: provider.word().to_owned(),
        subject_label: provider.label().to_owned(),
        changes,
        ..Entry::default()
    }
}

#[cfg(test)]
mod tests {
    use super::{read_pay_url, read_secret};

    #[test]
    fn a_payment_page_is_https_and_knows_the_order() {
        assert_eq!(read_pay_url(" "), Ok(None));
        let url = "https://pay.example.test/abc?client_reference_id={order}";
        assert_eq!(read_pay_url(url), Ok(Some(url.to_owned())));
        for wrong in [
            "https://pay.example.test/",
            "http://pay.test/{order}",
            "javascript:{order}",
            "https://a b/{order}",
            "https://a/\"{order}",
        ] {
            assert!(read_pay_url(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_secret_has_no_spaces() {
        assert_eq!(read_secret(""), Ok(None));
        assert_eq!(read_secret(" whsec_abc123 "), Ok(Some("whsec_abc123".to_owned())));
        assert!(read_secret("short").is_err() && read_secret("with a space").is_err());
    }
}
