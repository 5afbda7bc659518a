//! The lines in which support types what somebody wanted to buy.

use crate::coupons::basket::Basket;
use crate::coupons::queries::product_choices;
use crate::db::Db;
use crate::error::Error;
use crate::money;
use crate::redemptions::api::catalogue::Catalogue;
use crate::redemptions::api::items::{ItemSaid, item};
use crate::tenants::Tenant;
use crate::web::form::Errors;
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

    /// What a caller of the API would say; the name of one product of the catalogue is as good as its sku.
    async fn said(&self, (catalogue, db): (&Catalogue, &Db), tenant: &Tenant) -> Result<ItemSaid, String> {
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
        let (product_id, product_type) = (None, some(&self.product_type));
        let said = ItemSaid {
            product_id,
            sku: Some(sku),
            product_type,
            unit_price,
            quantity,
            retail_licensed: None,
            private: None,
        };
        Ok(match named(&said, (catalogue, db), tenant.id).await.unwrap_or_default() {
            Some(id) => ItemSaid { product_id: Some(id), sku: None, ..said },
            None => said,
        })
    }
}

/// The one product of the catalogue whose name was typed in place of its sku.
async fn named(said: &ItemSaid, (catalogue, db): (&Catalogue, &Db), tenant: Uuid) -> Result<Option<Uuid>, Error> {
    let typed = said.sku.as_deref().unwrap_or_default();
    let is_elsewhere = said.product_type.is_some() && said.unit_price.is_some();
    if is_elsewhere || !catalogue.find(tenant, std::slice::from_ref(said)).await?.is_empty() {
        return Ok(None);
    }
    let found = product_choices(db.search(), tenant, &[], typed).await?;
    Ok(if let [one] = found.as_slice() { Some(one.id) } else { None })
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
    let mut items = Vec::new();
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| !line.is_blank()) {
        let made = match line.said((catalogue, db), tenant).await {
            Ok(said) => {
                let known = catalogue.find(tenant.id, std::slice::from_ref(&said)).await?;
                item(&said, known.first(), true).map_err(|(_, why)| why.to_owned())
            }
            Err(why) => Err(why),
        };
        items.extend(errors.keep("items", made.map_err(|why| format!("Line {}: {why}", at + 1))));
    }
    if items.is_empty() || !errors.is_empty() {
        return Ok(None);
    }
    Ok(errors.keep("items", Basket::new(items).map_err(|fault| fault.to_string())))
}
