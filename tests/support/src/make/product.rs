use crate::app::App;
use sea_orm::{ActiveValue::Set, EntityTrait};
use uuid::Uuid;
use vouchsafe::db::like;
use vouchsafe::db::tables::products;

/// A product to be made.
pub struct NewProduct {
    name: String,
    product_type: &'static str,
    price: Option<i64>,
    licensed: bool,
}

/// A product of this name: an issue at 9.90 unless said otherwise.
pub fn product(name: &str) -> NewProduct {
    NewProduct { name: name.to_owned(), product_type: "issue", price: Some(990), licensed: false }
}

impl NewProduct {
    /// Of another kind.
    pub fn of_type(mut self, product_type: &'static str) -> Self {
        self.product_type = product_type;
        self
    }

    /// At this price in minor units; none means private.
    pub fn price(mut self, price: Option<i64>) -> Self {
        self.price = price;
        self
    }

    /// Sold under a licence that allows no discount.
    pub fn licensed(mut self) -> Self {
        self.licensed = true;
        self
    }

    /// Makes it; its id.
    pub async fn create(self, app: &App) -> Uuid {
        let (id, now) = (Uuid::now_v7(), app.now());
        let row = products::ActiveModel {
            tenant_id: Set(app.tenant),
            id: Set(id),
            product_type: Set(self.product_type.to_owned()),
            name_folded: Set(like::folded(&self.name)),
            name: Set(self.name),
            sku: Set(format!("SKU-{}", super::next())),
            price: Set(self.price),
            private: Set(self.price.is_none()),
            retail_licensed: Set(self.licensed),
            created_at: Set(now),
            updated_at: Set(now),
            archived_at: Set(None),
        };
        let tx = app.db.begin().await.expect("a transaction");
        products::Entity::insert(row).exec_without_returning(&tx).await.expect("a product");
        tx.commit().await.expect("the product is kept");
        id
    }
}
