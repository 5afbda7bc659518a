//! `/api/v1/organizations` and `/api/v1/organizations/{id}`.

use super::view;
use crate::accounts::caller::SeesOrganizations;
use crate::db::{Db, like};
use crate::error::Error;
use crate::organizations::{list, queries};
use crate::web::api::{self, Id, Limit, List, Query};
use crate::web::paging::{Cursor, Slice};
use actix_web::{HttpResponse, web};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

/// The query of a list of organizations.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    /// A part of the name, or of a member's e-mail address.
    pub q: String,
    /// The `next` of the page before.
    #[schemars(with = "Option<Uuid>")]
    pub after: Option<String>,
    /// So many at once.
    pub limit: Option<Limit>,
}

/// `GET /api/v1/organizations`: all of them newest first, or a member's own by name.
///
/// # Errors
/// [`Error::BadQuery`] for a cursor that is none.
pub async fn index(
    who: SeesOrganizations,
    db: web::Data<Db>,
    Query(wanted): Query<Wanted>,
) -> Result<HttpResponse, Error> {
    let tenant = who.tenant.id;
    let cursor = Cursor { after: wanted.after, before: None };
    let page = match who.as_user().filter(|_| !who.sees_all()) {
        None => {
            let connection = if wanted.q.trim().is_empty() { db.read() } else { db.search() };
            list::page_of(connection, tenant, &wanted.q, (&cursor, wanted.limit.unwrap_or_default().get())).await?
        }
        Some(user) => {
            let own = queries::of_user(db.read(), tenant, user.user.id).await?.into_iter().map(|(row, _)| row);
            let needle = like::folded(&wanted.q);
            Slice { rows: own.filter(|row| row.name_folded.contains(&needle)).collect(), next: None, previous: None }
        }
    };
    let rows = view::of(db.read(), &who.tenant, page.rows).await?;
    api::json(&List { items: rows, next: page.next })
}

/// `GET /api/v1/organizations/{id}`.
///
/// # Errors
/// [`Error::NotFound`] for one that the caller may not see.
pub async fn show(who: SeesOrganizations, db: web::Data<Db>, id: Id) -> Result<HttpResponse, Error> {
    view::seen(db.read(), &who, *id).await?;
    api::json(&view::one(db.read(), &who.tenant, *id).await?)
}
