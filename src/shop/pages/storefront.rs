//! `/shop`: what members can buy.

use crate::accounts::guards::Member;
use crate::accounts::shell::{Section, Shell};
use crate::db::Db;
use crate::error::Error;
use crate::money::Currency;
use crate::shop::products::{self, Product};
use crate::shop::types::{self, ProductType};
use crate::web::form::Query;
use crate::web::html;
use crate::web::paging::{self, Cursor, Slice};
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

/// What the URL asks of the shop.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Filter {
    q: String,
    /// The key of a type.
    kind: String,
    /// A code that somebody brings along, from a link; it is shown and not applied.
    code: String,
    after: Option<String>,
    before: Option<String>,
}

#[derive(Template)]
#[template(path = "shop/storefront.html")]
struct Page {
    shell: Shell,
    filter: Filter,
    found: Slice<Product>,
    types: Vec<ProductType>,
    currency: Currency,
    is_admin: bool,
}

impl Page {
    fn price(&self, product: &Product) -> String {
        product.price.map(|price| self.currency.money(price).to_string()).unwrap_or_default()
    }

    fn type_of(&self, product: &Product) -> Option<&ProductType> {
        self.types.iter().find(|kind| kind.key == product.product_type)
    }

    fn kind<'a>(&'a self, product: &'a Product) -> &'a str {
        self.type_of(product).map_or(product.product_type.as_str(), |kind| kind.label.as_str())
    }

    fn path(&self, product: &Product) -> String {
        format!("{}{}", path(product, &self.types), paging::query(&[("code", &self.filter.code)]))
    }

    fn is_filtered(&self) -> bool {
        !self.filter.q.trim().is_empty() || !self.filter.kind.is_empty()
    }

    fn this_page(&self) -> String {
        let (direction, key) = match (&self.filter.before, &self.filter.after) {
            (Some(key), _) => ("before", key.as_str()),
            (None, Some(key)) => ("after", key.as_str()),
            (None, None) => ("", ""),
        };
        self.here(direction, key)
    }

    fn here(&self, direction: &str, key: &str) -> String {
        let Filter { q, kind, code, .. } = &self.filter;
        let pairs = [("q", q.as_str()), ("kind", kind), ("code", code), (direction, key)];
        format!("/shop{}", paging::query(&pairs))
    }
}

/// Where a product stands in the shop: what recurs is a plan.
pub(super) fn path(product: &Product, types: &[ProductType]) -> String {
    let recurs = types.iter().any(|kind| kind.key == product.product_type && kind.recurring);
    format!("/{}/{}", if recurs { "plans" } else { "products" }, product.id)
}

/// `GET /shop`
///
/// # Errors
/// [`Error::BadQuery`] for a page that there is not.
pub async fn index(who: Member, db: web::Data<Db>, filter: Query<Filter>) -> Result<HttpResponse, Error> {
    let filter = filter.0;
    let cursor = Cursor { after: filter.after.clone(), before: filter.before.clone() };
    let wanted = (filter.q.as_str(), filter.kind.as_str());
    let found = products::on_sale(db.search(), who.tenant.id, wanted, &cursor).await?;
    let types = types::all(db.read(), who.tenant.id).await?;
    let (currency, is_admin) = (who.tenant.currency, who.reaches(crate::accounts::role::Role::Admin));
    html::page(&Page { shell: who.shell(Section::Shop), filter, found, types, currency, is_admin })
}
