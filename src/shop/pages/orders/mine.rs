//! `/orders`: what a member ordered, or somebody for one of the member's organizations.

use super::shown::{Row, rows};
use crate::accounts::guards::Member;
use crate::accounts::shell::{Section, Shell};
use crate::db::Db;
use crate::error::Error;
use crate::organizations::queries::of_user;
use crate::shop::orders::{self, Filter};
use crate::web::form::Query;
use crate::web::html;
use crate::web::paging::Cursor;
use actix_web::{HttpResponse, web};
use askama::Template;

#[derive(Template)]
#[template(path = "shop/orders.html")]
struct Page {
    shell: Shell,
    rows: Vec<Row>,
    newer: Option<String>,
    older: Option<String>,
}

/// `GET /orders`
///
/// # Errors
/// [`Error::BadQuery`] for a page that there is not.
pub async fn index(who: Member, cursor: Query<Cursor>, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let own = of_user(db.read(), who.tenant.id, who.user.id).await?;
    let own = own.into_iter().map(|(organization, _)| organization.id).collect();
    let filter = Filter { of: Some((who.user.id, own)), ..Filter::default() };
    let found = orders::page(db.read(), who.tenant.id, &filter, &cursor.0).await?;
    let rows = rows(db.read(), &who.tenant, found.rows, who.now).await?;
    let shell = who.shell(Section::Orders);
    html::page(&Page { shell, rows, newer: found.previous, older: found.next })
}
