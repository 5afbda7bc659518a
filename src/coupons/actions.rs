//! What is done to coupons as they are: pause, resume, delete softly, restore. Doing it again changes nothing and
//! writes nothing.

use crate::audit::{self, Actor, Change, Entry};
use crate::coupons::code::CodeText;
use crate::coupons::coupon::Coupon;
use crate::coupons::create::subject;
use crate::coupons::{queries, rows};
use crate::db::tables::coupons::{Column, Entity as Coupons};
use crate::db::{self, Db};
use crate::error::Error;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Value, json};
use uuid::Uuid;

/// The most coupons of one bulk action.
pub const MOST: usize = 500;
/// The most coupons of an action on all that match a filter.
pub const MOST_MATCHING: usize = 1_000;
/// So many of them change in one transaction: short enough that nobody who redeems waits for it.
const AT_ONCE: usize = 100;

/// Something that is done to a coupon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nobody can use it until it is resumed.
    Pause,
    /// It can be used again.
    Resume,
    /// Nobody can use it; its history stays.
    Delete,
    /// It is as it was before.
    Restore,
}

impl Action {
    /// The action with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Pause, Self::Resume, Self::Delete, Self::Restore].into_iter().find(|action| action.word() == word)
    }

    /// The word of forms and addresses.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Delete => "delete",
            Self::Restore => "restore",
        }
    }

    /// What it did: `was paused`.
    #[must_use]
    pub const fn done(self) -> &'static str {
        match self {
            Self::Pause => "paused",
            Self::Resume => "resumed",
            Self::Delete => "deleted",
            Self::Restore => "restored",
        }
    }

    /// What takes it back.
    #[must_use]
    pub const fn undo(self) -> Self {
        match self {
            Self::Pause => Self::Resume,
            Self::Resume => Self::Pause,
            Self::Delete => Self::Restore,
            Self::Restore => Self::Delete,
        }
    }

    const fn entry(self) -> &'static str {
        match self {
            Self::Pause => "coupon.paused",
            Self::Resume => "coupon.resumed",
            Self::Delete => "coupon.deleted",
            Self::Restore => "coupon.restored",
        }
    }

    const fn column(self) -> Column {
        match self {
            Self::Pause | Self::Resume => Column::PausedAt,
            Self::Delete | Self::Restore => Column::DeletedAt,
        }
    }

    /// Whether it would change this coupon.
    fn changes(self, coupon: &Coupon) -> bool {
        let (paused, deleted) = (coupon.paused_at.is_some(), coupon.deleted_at.is_some());
        match self {
            Self::Pause => !deleted && !paused,
            Self::Resume => !deleted && paused,
            Self::Delete => !deleted,
            Self::Restore => deleted,
        }
    }

    fn value(self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        matches!(self, Self::Pause | Self::Delete).then_some(now)
    }
}

/// What an action came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// The coupons that changed, with the code they are known by.
    pub changed: Vec<(Uuid, String)>,
    /// How many were so already.
    pub unchanged: usize,
    /// How many the tenant does not have.
    pub unknown: usize,
}

/// Does it to these coupons of the tenant, and writes an audit entry for each that changes.
///
/// # Errors
/// [`Error::Unprocessable`] for more than [`MOST`]; when the database does not answer.
pub async fn act(
    tx: &DatabaseTransaction,
    actor: &Actor,
    tenant: Uuid,
    action: Action,
    ids: &[Uuid],
    now: DateTime<Utc>,
) -> Result<Done, Error> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() > MOST {
        return Err(Error::Unprocessable(format!("At most {MOST} coupons at once.")));
    }
    let these = || Coupons::find().filter(Column::TenantId.eq(tenant)).filter(Column::Id.is_in(ids.clone()));
    these().order_by_asc(Column::Id).lock_exclusive().all(tx).await?;
    let found = rows::load(tx, tenant, &ids).await?;
    let changing: Vec<&Coupon> = found.values().filter(|coupon| action.changes(coupon)).collect();
    let changing_ids: Vec<Uuid> = changing.iter().map(|coupon| coupon.id).collect();
    let mut done = Done { changed: vec![], unchanged: found.len() - changing.len(), unknown: ids.len() - found.len() };
    if changing.is_empty() {
        return Ok(done);
    }
    let mut change = Coupons::update_many().col_expr(action.column(), Expr::value(action.value(now)));
    if action == Action::Resume {
        change = change.col_expr(Column::ResumedAt, Expr::value(now));
    }
    change
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::Id.is_in(changing_ids.clone()))
        .exec(tx)
        .await?;
    let codes = queries::first_codes(tx, tenant, &changing_ids).await?;
    let mut entries = Vec::new();
    for coupon in changing {
        let code = codes.get(&coupon.id).and_then(|code| CodeText::parse(&code.text).ok());
        done.changed.push((coupon.id, code.as_ref().map_or_else(|| coupon.name.clone(), ToString::to_string)));
        let (field, before) = match action.column() {
            Column::PausedAt => ("paused_at", coupon.paused_at),
            _ => ("deleted_at", coupon.deleted_at),
        };
        let change = Change::new(field, instant(before), instant(action.value(now)));
        let entry = Entry { action: action.entry(), changes: vec![change], ..subject(coupon, code.as_ref()) };
        entries.push((actor.clone(), tenant, entry));
    }
    audit::record_all(tx, entries, now).await?;
    Ok(done)
}

/// Does it to many coupons, piece by piece, each with its audit entries in a transaction of its own. All of them carry the
/// same instant, by which [`since`] finds them again.
///
/// # Errors
/// As [`act`]; [`Error::Unknown`] where the database went away after a piece, which stays done.
pub async fn act_on_many(
    db: &Db,
    actor: &Actor,
    tenant: Uuid,
    action: Action,
    ids: &[Uuid],
    now: DateTime<Utc>,
) -> Result<Done, Error> {
    let mut all = Done::default();
    for piece in ids.chunks(AT_ONCE) {
        let done = match act_on_piece(db, actor, tenant, action, piece, now).await {
            Err(Error::Unavailable(cause)) if !all.changed.is_empty() => return Err(Error::Unknown(cause)),
            done => done?,
        };
        all.changed.extend(done.changed);
        all.unchanged += done.unchanged;
        all.unknown += done.unknown;
    }
    Ok(all)
}

async fn act_on_piece(
    db: &Db,
    actor: &Actor,
    tenant: Uuid,
    action: Action,
    piece: &[Uuid],
    now: DateTime<Utc>,
) -> Result<Done, Error> {
    let tx = db.begin().await?;
    let done = act(&tx, actor, tenant, action, piece, now).await?;
    db::commit(tx).await?;
    Ok(done)
}

/// The coupons that were deleted at this instant, or paused; no other action leaves a mark.
///
/// # Errors
/// When the database does not answer.
pub async fn since(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    action: Action,
    at: DateTime<Utc>,
) -> Result<Vec<Uuid>, Error> {
    let mut ids: Vec<Uuid> = Vec::new();
    // In the words of the indexes of what is deleted and of what is paused.
    for gift in [false, true] {
        let found = Coupons::find().select_only().column(Column::Id).filter(Column::TenantId.eq(tenant));
        let found = found.filter(Column::Gift.eq(gift)).filter(action.column().is_not_null());
        let found = found.filter(action.column().eq(at)).limit(MOST_MATCHING as u64);
        ids.extend(found.into_tuple::<Uuid>().all(connection).await?);
    }
    Ok(ids)
}

fn instant(at: Option<DateTime<Utc>>) -> Value {
    json!(at)
}
