//! Another code for a coupon.

use crate::audit::{self, Actor, Change, Entry};
use crate::coupons::code::{Code, CodeText};
use crate::coupons::coupon::{Coupon, UseCounters};
use crate::coupons::create::{NotCreated, subject, taken};
use crate::coupons::rows;
use chrono::{DateTime, Utc};
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

/// A code to be made for a coupon that is there.
#[derive(Clone, Debug)]
pub struct NewCode {
    /// What people will type.
    pub text: CodeText,
    /// How often it can be used, beside the coupon's own limit.
    pub max_uses: Option<i64>,
    /// Never given to anybody: whoever types it has guessed.
    pub canary: bool,
}

/// Makes the code, and writes the audit entry `code.created`. The coupon is locked.
///
/// # Errors
/// [`NotCreated::Taken`] when a code with the same key exists in the tenant, deleted ones included.
pub async fn add_code(
    tx: &DatabaseTransaction,
    actor: &Actor,
    coupon: &Coupon,
    new: NewCode,
    now: DateTime<Utc>,
) -> Result<Code, NotCreated> {
    let code = Code {
        id: Uuid::now_v7(),
        coupon_id: coupon.id,
        text: new.text,
        batch_id: None,
        max_uses: new.max_uses,
        canary: new.canary,
        counters: UseCounters::default(),
        deleted_at: None,
        is_void: false,
    };
    if !rows::insert_code(tx, coupon.tenant_id, &code, now).await? {
        return Err(NotCreated::Taken(taken(tx, coupon.tenant_id, &code.text).await?));
    }
    let mut changes = vec![Change::new("code", (), code.text.as_str())];
    if let Some(most) = code.max_uses {
        changes.push(Change::new("max_uses", (), most));
    }
    if code.canary {
        changes.push(Change::new("canary", (), true));
    }
    let entry = Entry { action: "code.created", changes, ..subject(coupon, Some(&code.text)) };
    audit::record(tx, actor, coupon.tenant_id, entry, now).await?;
    Ok(code)
}
