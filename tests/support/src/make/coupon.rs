use crate::app::App;
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;
use vouchsafe::coupons::code::CodeText;
use vouchsafe::db::Db;
use vouchsafe::db::tables::{codes, coupon_limits, coupons};
use vouchsafe::money::{BasisPoints, Currency};

/// A coupon that was made.
#[derive(Clone, Debug)]
pub struct Coupon {
    /// Its id.
    pub id: Uuid,
    /// The id of its code.
    pub code_id: Uuid,
    /// The text of its code.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// A coupon to be made.
pub struct NewCoupon {
    code: String,
    name: Option<String>,
    row: coupons::ActiveModel,
    limits: Vec<(String, &'static str, Option<i64>)>,
}

/// A coupon of 10 % without conditions, unless said otherwise.
pub fn coupon() -> NewCoupon {
    let row = coupons::ActiveModel {
        description: Set(String::new()),
        note: Set(String::new()),
        benefit: Set("percentage".to_owned()),
        percentage_bp: Set(Some(1_000)),
        amount: Set(None),
        maximum_discount: Set(None),
        minimum_amount: Set(0),
        valid_from: Set(None),
        valid_until: Set(None),
        uses_per: Set("unit".to_owned()),
        max_uses: Set(None),
        max_uses_per_person: Set(None),
        max_uses_per_organization: Set(None),
        max_uses_per_product: Set(None),
        budget: Set(None),
        discounted_periods: Set(None),
        benefit_ends: Set("never".to_owned()),
        restore_uses: Set("always".to_owned()),
        gift: Set(false),
        leak_uses: Set(None),
        leak_minutes: Set(None),
        created_by: Set(None),
        paused_at: Set(None),
        deleted_at: Set(None),
        uses: Set(0),
        held: Set(0),
        spent: Set(0),
        spent_held: Set(0),
        version: Set(1),
        ..Default::default()
    };
    NewCoupon { code: format!("TEST-{:04}-XW", super::next()), name: None, row, limits: Vec::new() }
}

impl NewCoupon {
    /// With this code.
    pub fn code(mut self, text: &str) -> Self {
        self.code = text.to_owned();
        self
    }

    /// With this name; the code otherwise.
    pub fn name(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// So many percent off, as typed.
    pub fn percent(self, percent: &str) -> Self {
        let points = BasisPoints::parse(percent).unwrap_or_else(|_| panic!("{percent} %")).get();
        self.benefit("percentage", Some(points), None, "unit")
    }

    /// An amount of euros off each order, as typed.
    pub fn fixed(self, amount: &str) -> Self {
        self.benefit("fixed_amount", None, Some(euros(amount)), "order")
    }

    /// Credit for an organization, in euros as typed; once for each.
    pub fn credit(self, amount: &str) -> Self {
        self.benefit("credit", None, Some(euros(amount)), "order").once_per_organization()
    }

    /// Raises a limit of an organization, once for each.
    pub fn raise(mut self, key: &str, to: i64) -> Self {
        self.limits.push((key.to_owned(), "raise_to", Some(to)));
        self.benefit("limits", None, None, "order").once_per_organization()
    }

    /// Sets a limit of an organization, once for each; no value means unlimited.
    pub fn set(mut self, key: &str, to: Option<i64>) -> Self {
        self.limits.push((key.to_owned(), "set", to));
        self.benefit("limits", None, None, "order").once_per_organization()
    }

    fn benefit(mut self, word: &str, points: Option<i64>, amount: Option<i64>, uses_per: &str) -> Self {
        self.row.benefit = Set(word.to_owned());
        self.row.percentage_bp = Set(points);
        self.row.amount = Set(amount);
        self.row.uses_per = Set(uses_per.to_owned());
        self
    }

    fn once_per_organization(mut self) -> Self {
        self.row.max_uses_per_organization = Set(Some(1));
        self
    }

    /// As often for each organization; none means unlimited.
    pub fn per_organization(mut self, uses: Option<i64>) -> Self {
        self.row.max_uses_per_organization = Set(uses);
        self
    }

    /// As often for each product.
    pub fn per_product(mut self, uses: i64) -> Self {
        self.row.max_uses_per_product = Set(Some(uses));
        self
    }

    /// Under an id that somebody else names.
    pub fn id(mut self, id: Uuid) -> Self {
        self.row.id = Set(id);
        self
    }

    /// At most so many uses.
    pub fn max_uses(mut self, uses: i64) -> Self {
        self.row.max_uses = Set(Some(uses));
        self
    }

    /// As used already.
    pub fn used(mut self, uses: i64) -> Self {
        self.row.uses = Set(uses);
        self
    }

    /// Not before this instant.
    pub fn starts_at(mut self, from: DateTime<Utc>) -> Self {
        self.row.valid_from = Set(Some(from));
        self
    }

    /// Not from this instant on.
    pub fn ends_at(mut self, until: DateTime<Utc>) -> Self {
        self.row.valid_until = Set(Some(until));
        self
    }

    /// Paused since.
    pub fn paused_at(mut self, at: DateTime<Utc>) -> Self {
        self.row.paused_at = Set(Some(at));
        self
    }

    /// Deleted since.
    pub fn deleted_at(mut self, at: DateTime<Utc>) -> Self {
        self.row.deleted_at = Set(Some(at));
        self
    }

    /// With any column as the test wants it.
    pub fn with(mut self, change: impl FnOnce(&mut coupons::ActiveModel)) -> Self {
        change(&mut self.row);
        self
    }

    /// Makes it in the tenant of the app.
    pub async fn create(self, app: &App) -> Coupon {
        let tenant = app.tenant;
        self.create_in(app, tenant).await
    }

    /// Makes it in another tenant.
    pub async fn create_in(self, app: &App, tenant: Uuid) -> Coupon {
        self.create_at(&app.db, tenant, app.now()).await
    }

    /// Makes it in a database that no app of this test serves.
    pub async fn create_at(self, db: &Db, tenant: Uuid, now: DateTime<Utc>) -> Coupon {
        let limits = self.limits.clone();
        let (row, code, made) = self.rows(tenant, now);
        let tx = db.begin().await.expect("a transaction");
        coupons::Entity::insert(row).exec_without_returning(&tx).await.expect("a coupon");
        for (key, mode, value) in limits {
            let row = coupon_limits::ActiveModel {
                tenant_id: Set(tenant),
                coupon_id: Set(made.id),
                limit_key: Set(key),
                mode: Set(mode.to_owned()),
                value: Set(value),
            };
            coupon_limits::Entity::insert(row).exec_without_returning(&tx).await.expect("a limit of a coupon");
        }
        codes::Entity::insert(code).exec_without_returning(&tx).await.expect("a code");
        tx.commit().await.expect("the coupon is kept");
        made
    }

    /// Its rows, without those of its limits.
    fn rows(mut self, tenant: Uuid, now: DateTime<Utc>) -> (coupons::ActiveModel, codes::ActiveModel, Coupon) {
        let id = self.row.id.take().unwrap_or_else(Uuid::now_v7);
        let code_id = Uuid::now_v7();
        let text = CodeText::parse(&self.code).unwrap_or_else(|fault| panic!("{}: {fault:?}", self.code));
        let name = self.name.unwrap_or_else(|| text.as_str().to_owned());
        self.row.tenant_id = Set(tenant);
        self.row.id = Set(id);
        self.row.name = Set(name.clone());
        self.row.name_folded = Set(name.to_lowercase());
        self.row.created_at = Set(now);
        self.row.updated_at = Set(now);
        let deleted_at = self.row.deleted_at.clone();
        let code = codes::ActiveModel { deleted_at, ..code_row((tenant, id, code_id), &text, now) };
        (self.row, code, Coupon { id, code_id, code: text.as_str().to_owned(), name })
    }
}

/// Rows of one statement, below SQLite's limit of parameters.
const ROWS_A_STATEMENT: usize = 500;

/// A coupon for each of these codes, and nothing else of it: for measuring.
pub async fn many_coupons(db: &Db, tenant: Uuid, one: impl Fn() -> NewCoupon, codes: &[String], now: DateTime<Utc>) {
    for texts in codes.chunks(ROWS_A_STATEMENT) {
        let rows = texts.iter().map(|text| one().code(text).rows(tenant, now));
        let (mut offers, mut texts) = (Vec::new(), Vec::new());
        for (coupon, code, _) in rows {
            offers.push(coupon);
            texts.push(code);
        }
        let tx = db.begin().await.expect("a transaction");
        coupons::Entity::insert_many(offers).exec_without_returning(&tx).await.expect("coupons");
        codes::Entity::insert_many(texts).exec_without_returning(&tx).await.expect("codes");
        tx.commit().await.expect("they are kept");
    }
}

/// A coupon with all of these codes: for measuring.
pub async fn many_codes(db: &Db, tenant: Uuid, coupon: NewCoupon, codes: &[String], now: DateTime<Utc>) -> Uuid {
    let (row, _, made) = coupon.rows(tenant, now);
    let tx = db.begin().await.expect("a transaction");
    coupons::Entity::insert(row).exec_without_returning(&tx).await.expect("a coupon");
    tx.commit().await.expect("it is kept");
    for texts in codes.chunks(ROWS_A_STATEMENT) {
        let row = |text: &String| {
            let text = CodeText::parse(text).unwrap_or_else(|fault| panic!("{text}: {fault:?}"));
            code_row((tenant, made.id, Uuid::now_v7()), &text, now)
        };
        let tx = db.begin().await.expect("a transaction");
        codes::Entity::insert_many(texts.iter().map(row)).exec_without_returning(&tx).await.expect("codes");
        tx.commit().await.expect("they are kept");
    }
    made.id
}

fn code_row((tenant, coupon, id): (Uuid, Uuid, Uuid), text: &CodeText, now: DateTime<Utc>) -> codes::ActiveModel {
    codes::ActiveModel {
        tenant_id: Set(tenant),
        id: Set(id),
        coupon_id: Set(coupon),
        text: Set(text.as_str().to_owned()),
        key: Set(text.key().as_str().to_owned()),
        max_uses: Set(None),
        canary: Set(false),
        uses: Set(0),
        held: Set(0),
        created_at: Set(now),
        deleted_at: Set(None),
        batch_id: Set(None),
    }
}

/// One more code for a coupon of the seeded tenant.
pub async fn code(app: &App, coupon: Uuid, text: &str) {
    let text = CodeText::parse(text).unwrap_or_else(|fault| panic!("{text}: {fault:?}"));
    let row = code_row((app.tenant, coupon, Uuid::now_v7()), &text, app.now());
    let tx = app.db.begin().await.expect("a transaction");
    codes::Entity::insert(row).exec_without_returning(&tx).await.expect("a code");
    tx.commit().await.expect("the code is kept");
}

fn euros(text: &str) -> i64 {
    let euro = Currency::from_code("EUR").expect("the euro");
    vouchsafe::money::parse(text, euro).unwrap_or_else(|_| panic!("{text} €"))
}

/// A coupon as the database has it.
pub async fn coupon_row(app: &App, id: Uuid) -> coupons::Model {
    let found = coupons::Entity::find().filter(coupons::Column::Id.eq(id)).one(app.db.read()).await;
    found.expect("the coupons").expect("a coupon with this id")
}
