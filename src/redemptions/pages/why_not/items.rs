//! The lines in which support types what somebody wanted to buy.

use crate::coupons::basket::Basket;
use crate::coupons::queries::product_choices;
use crate::db::Db;
use crate::db::tables::products;
use crate::error::Error;
use crate::money;
use crate::redemptions::catalogue::Catalogue;
use crate::redemptions::items::{ItemSaid, item};
use crate::tenants::Tenant;
use crate::web::form::Errors;
use sea_orm::EntityTrait;
use uuid::Uuid;

/// Lines that are offered before anybody asks for more.
const OFFERED: usize = 3;
/// Lines that are offered at most.
const MOST: usize = 30;

/// A line as it was typed.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    pub product: String,
    pub product_type: String,
    pub unit_price: String,
    pub quantity: String,
}

impl Line {
    fn is_blank(&self) -> bool {
        [&self.product, &self.product_type, &self.unit_price, &self.quantity].iter().all(|text| text.trim().is_empty())
    }

    /// What a caller of the API would say.
    fn said(&self, tenant: &Tenant) -> Result<ItemSaid, String> {
        let quantity = match self.quantity.trim() {
            "" => 1,
            typed => money::parse_count(typed).map_err(|fault| fault.to_string())?,
        };
        let unit_price = match self.unit_price.trim() {
            "" => None,
            typed => Some(money::parse(typed, tenant.currency).map_err(|fault| fault.to_string())?),
        };
        let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let Some(sku) = some(&self.product) else { return Err("Say which product.".to_owned()) };
        Ok(ItemSaid {
            product_id: None,
            sku: Some(sku),
            product_type: some(&self.product_type),
            unit_price,
            quantity,
            retail_licensed: None,
            private: None,
        })
    }
}

/// The product that is meant: the one with this sku, or else the only one with this in its name. What has a type and a price
/// may be one that only the shop knows.
async fn product(
    said: &ItemSaid,
    known: &[products::Model],
    db: &Db,
    tenant: Uuid,
) -> Result<Option<products::Model>, Error> {
    if let Some(row) = known.iter().find(|row| said.sku.as_ref() == Some(&row.sku)) {
        return Ok(Some(row.clone()));
    }
    if said.product_type.is_some() && said.unit_price.is_some() {
        return Ok(None);
    }
    let typed = said.sku.as_deref().unwrap_or_default();
    match product_choices(db.search(), tenant, &[], typed).await?.as_slice() {
        [one] => Ok(products::Entity::find_by_id((tenant, one.id)).one(db.read()).await?),
        _ => Ok(None),
    }
}

/// The lines of a form whose columns are these, and some that are empty: more of them where `more` are asked for.
pub(super) fn lines(columns: [&[String]; 4], more: bool) -> Vec<Line> {
    let longest = columns.iter().map(|column| column.len()).max().unwrap_or_default();
    let line = |at| {
        let [product, product_type, unit_price, quantity] =
            columns.map(|column| column.get(at).cloned().unwrap_or_default());
        Line { product, product_type, unit_price, quantity }
    };
    let mut lines: Vec<Line> = (0..longest).map(line).collect();
    let wanted = if more { lines.len() + OFFERED } else { lines.len().max(OFFERED) };
    lines.resize(wanted.min(MOST), Line::default());
    lines
}

/// The basket of these lines; none where nothing was typed, or where something of it cannot be, which is noted.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn basket(
    lines: &[Line],
    (catalogue, db): (&Catalogue, &Db),
    tenant: &Tenant,
    errors: &mut Errors,
) -> Result<Option<Basket>, Error> {
    let typed = lines.iter().zip(1..).filter(|(line, _)| !line.is_blank());
    let typed: Vec<(i32, Result<ItemSaid, String>)> = typed.map(|(line, number)| (number, line.said(tenant))).collect();
    let said: Vec<ItemSaid> = typed.iter().filter_map(|(_, said)| said.clone().ok()).collect();
    let known = catalogue.find(tenant.id, &said).await?;
    let mut items = Vec::new();
    for (number, said) in typed {
        let made = match said {
            Ok(said) => {
                let product = product(&said, &known, db, tenant.id).await?;
                item(&said, product.as_ref(), true).map_err(|(_, why)| why.to_owned())
            }
            Err(why) => Err(why),
        };
        items.extend(errors.keep("items", made.map_err(|why| format!("Line {number}: {why}"))));
    }
    if items.is_empty() || !errors.is_empty() {
        return Ok(None);
    }
    Ok(errors.keep("items", Basket::new(items).map_err(|fault| fault.to_string())))
}
