//! Making a coupon with its codes, in the caller's transaction.

use crate::audit::{self, Actor, Change, Entry};
use crate::coupons::changes;
use crate::coupons::code::{Code, CodeText};
use crate::coupons::coupon::{Coupon, UseCounters};
use crate::coupons::{names, rows};
use crate::error::Error;
use crate::tenants::Tenant;
use anyhow::anyhow;
use chrono::{DateTime, Utc};
use sea_orm::DatabaseTransaction;
use serde_json::json;
use uuid::Uuid;

/// A coupon that is about to be made.
#[derive(Clone, Debug)]
pub struct New {
    /// The offer. Its id and version 1 are given; its counters are not written.
    pub coupon: Coupon,
    /// What people will type, one or more.
    pub codes: Vec<CodeText>,
    /// The persons it is assigned to; none is everybody.
    pub people: Vec<Uuid>,
}

/// Somebody already has a code that reads like this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeTaken {
    /// The new code.
    pub wanted: CodeText,
    /// The one that is there.
    pub there: CodeText,
    /// Its coupon.
    pub coupon_id: Uuid,
    /// What is deleted of it, and can be restored instead.
    pub gone: Option<Gone>,
}

/// What can be restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// The coupon, with its codes.
    Coupon(Uuid),
    /// This code alone: its coupon is there.
    Code(Uuid),
}

impl Gone {
    /// The address that restores it, below that of the API or of the dashboard.
    #[must_use]
    pub fn path(self) -> String {
        match self {
            Self::Coupon(id) => format!("/coupons/{id}/restore"),
            Self::Code(id) => format!("/codes/{id}/restore"),
        }
    }
}

/// Why a coupon was not made. The transaction is to be dropped then.
#[derive(Debug, thiserror::Error)]
pub enum NotCreated {
    /// A code is taken.
    #[error("the code {} is taken", .0.wanted)]
    Taken(CodeTaken),
    /// Anything else.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl CodeTaken {
    /// The sentence for the field.
    #[must_use]
    pub fn sentence(&self) -> String {
        let same = self.wanted == self.there;
        match (same, self.gone.is_some()) {
            (true, false) => format!("{} exists already.", self.there),
            (false, false) => format!("{} reads like {}, which exists already.", self.wanted, self.there),
            (true, true) => format!("{} exists already and is deleted. Restore it, or choose another.", self.there),
            (false, true) => {
                format!(
                    "{} reads like {}, which is deleted. Restore that one, or choose another.",
                    self.wanted, self.there
                )
            }
        }
    }
}

/// Makes the coupon, its links and its codes, and writes the audit entry `coupon.created`.
///
/// # Errors
/// [`NotCreated::Taken`] when a code with the same key exists in the tenant, deleted ones included; anything the
/// database refuses.
pub async fn create(
    tx: &DatabaseTransaction,
    actor: &Actor,
    tenant: &Tenant,
    new: New,
    now: DateTime<Utc>,
) -> Result<Uuid, NotCreated> {
    let New { coupon, codes, people } = new;
    rows::insert(tx, &coupon, &people).await?;
    for text in &codes {
        let code = Code {
            id: Uuid::now_v7(),
            coupon_id: coupon.id,
            text: text.clone(),
            batch_id: None,
            max_uses: None,
            canary: false,
            counters: UseCounters::default(),
            deleted_at: None,
            is_void: false,
        };
        if !rows::insert_code(tx, tenant.id, &code, now).await? {
            return Err(NotCreated::Taken(taken(tx, tenant.id, text).await?));
        }
    }
    let names = names::of(tx, tenant.id, &[&coupon], &people).await?;
    let mut said = vec![Change::new("codes", (), json!(texts(&codes)))];
    said.extend(changes::first(changes::fields(tenant, &coupon, &people, &names)));
    let entry = Entry { action: "coupon.created", changes: said, ..subject(&coupon, codes.first()) };
    audit::record(tx, actor, tenant.id, entry, now).await?;
    Ok(coupon.id)
}

/// An entry about this coupon, known by its first code.
#[must_use]
pub fn subject(coupon: &Coupon, code: Option<&CodeText>) -> Entry {
    Entry {
        subject_kind: "coupon",
        subject_id: coupon.id.to_string(),
        subject_label: code.map_or_else(|| coupon.name.clone(), ToString::to_string),
        coupon_id: Some(coupon.id),
        code: code.map(|code| (code.key().to_string(), code.to_string())),
        ..Entry::default()
    }
}

fn texts(codes: &[CodeText]) -> String {
    codes.iter().map(CodeText::as_str).collect::<Vec<_>>().join(", ")
}

pub(super) async fn taken(tx: &DatabaseTransaction, tenant: Uuid, wanted: &CodeText) -> Result<CodeTaken, Error> {
    let mut found = rows::codes_by_key(tx, tenant, std::slice::from_ref(wanted.key())).await?;
    let code = found.remove(wanted.key()).ok_or_else(|| anyhow!("a code is taken, and nobody has it"))?;
    let coupon = rows::load(tx, tenant, &[code.coupon_id]).await?.remove(&code.coupon_id);
    let gone = if coupon.is_none_or(|coupon| coupon.deleted_at.is_some()) {
        Some(Gone::Coupon(code.coupon_id))
    } else {
        code.deleted_at.map(|_| Gone::Code(code.id))
    };
    Ok(CodeTaken { wanted: wanted.clone(), there: code.text, coupon_id: code.coupon_id, gone })
}
