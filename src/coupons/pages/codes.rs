//! `GET /dashboard/coupons/{id}/codes`: every code of a coupon, in the order of the alphabet, for support.

use crate::accounts::guards::CouponReader;
use crate::accounts::role::Role;
use crate::accounts::shell::{Section, Shell};
use crate::coupons::code::{Code, CodeKey};
use crate::coupons::{queries, rows};
use crate::db::Db;
use crate::error::Error;
use crate::web::form::Query;
use crate::web::html;
use crate::web::paging::{self, Cursor, Slice};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

/// Codes a page.
const PAGE: usize = 50;

/// What the URL asks of the codes. A name that is not here is refused.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    /// The beginning of a code, as somebody types it.
    q: String,
    after: Option<String>,
    before: Option<String>,
}

#[derive(Template)]
#[template(path = "coupons/codes.html")]
struct Page {
    shell: Shell,
    /// What the coupon is called.
    name: String,
    list: List,
}

#[derive(Template)]
#[template(path = "coupons/codes_fragment.html")]
struct Fragment {
    list: List,
}

/// The part of the page that a search changes.
struct List {
    coupon: Uuid,
    q: String,
    codes: Vec<Code>,
    /// Whether codes can be added and deleted.
    may_change: bool,
    newer: Option<String>,
    older: Option<String>,
}

/// `GET /dashboard/coupons/{id}/codes`.
///
/// # Errors
/// [`Error::NotFound`] for a coupon the tenant does not have.
pub async fn index(
    who: CouponReader,
    db: web::Data<Db>,
    path: web::Path<Uuid>,
    wanted: Query<Wanted>,
) -> Result<HttpResponse, Error> {
    let (tenant, id, wanted) = (who.tenant.id, *path, wanted.0);
    let coupon = rows::load(db.read(), tenant, &[id]).await?.remove(&id).ok_or(Error::NotFound)?;
    let typed = wanted.q.trim();
    let cursor = Cursor { after: wanted.after, before: wanted.before };
    let found = match (typed.is_empty(), CodeKey::fold(typed)) {
        (true, _) => queries::codes_from(db.read(), tenant, id, None, (&cursor, PAGE), who.now).await?,
        (false, Ok(start)) => {
            queries::codes_from(db.read(), tenant, id, Some(&start), (&cursor, PAGE), who.now).await?
        }
        (false, Err(_)) => Slice { rows: Vec::new(), next: None, previous: None },
    };
    let list = List::of(id, wanted.q, found, who.reaches(Role::Admin) && coupon.deleted_at.is_none());
    if who.fragment {
        return html::with_status(StatusCode::OK, &Fragment { list });
    }
    html::page(&Page { shell: who.shell(Section::Coupons), name: coupon.name, list })
}

impl List {
    fn of(coupon: Uuid, q: String, found: Slice<Code>, may_change: bool) -> Self {
        let link = |direction, key: String| {
            format!("/dashboard/coupons/{coupon}/codes{}", paging::query(&[("q", &q), (direction, &key)]))
        };
        Self {
            newer: found.previous.map(|key| link("before", key)),
            older: found.next.map(|key| link("after", key)),
            codes: found.rows,
            may_change,
            coupon,
            q,
        }
    }

    /// What stands beside the pager, and what a screen reader is told after a search.
    fn summary(&self) -> String {
        match self.codes.len() {
            0 => "No codes".to_owned(),
            1 if self.newer.is_none() && self.older.is_none() => "1 code".to_owned(),
            count if self.newer.is_none() && self.older.is_none() => format!("{count} codes"),
            _ => format!("{PAGE} codes a page"),
        }
    }
}
