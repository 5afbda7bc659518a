//! The form as a page shows it: what was typed, what is wrong with it, and what there is to choose from.

use crate::calendar;
use crate::coupons::changes;
use crate::coupons::coupon::Coupon;
use crate::coupons::create::CodeTaken;
use crate::coupons::form::CouponForm;
use crate::coupons::queries::{self, Choices, LimitChoice, ProductChoice};
use crate::coupons::save::{self, Theirs};
use crate::coupons::summary;
use crate::coupons::{names, warnings};
use crate::db::tables::products;
use crate::error::Error;
use crate::money::parse_count;
use crate::tenants::Tenant;
use crate::web::form::Errors;
use crate::web::token;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

/// A form with all that is said around it.
#[derive(Clone, Debug)]
pub struct Editor {
    /// What was typed.
    pub form: CouponForm,
    /// What is wrong with it.
    pub errors: Errors,
    /// The coupon that is edited and its code; `None` while it is new.
    pub edited: Option<(Coupon, String)>,
    /// What there is to choose from.
    pub choices: Choices,
    /// The products of the selector, the ticked ones first.
    pub products: Vec<ProductChoice>,
    /// What is allowed and may be a mistake.
    pub warnings: Vec<String>,
    /// Where the deleted coupon or code comes back that has this code, and how it is written.
    pub restore: Option<(String, String)>,
    /// What somebody else saved meanwhile: who and when, and each field in both versions.
    pub theirs: Option<(String, Vec<Side>)>,
    /// The tenant's currency.
    pub currency: String,
    /// The tenant's time zone.
    pub zone: String,
}

/// A field in two versions.
#[derive(Clone, Debug)]
pub struct Side {
    /// What people call it.
    pub label: String,
    /// What was typed.
    pub yours: String,
    /// What somebody else saved.
    pub theirs: String,
}

/// A limit of the tenant as a line of the form.
#[derive(Clone, Debug)]
pub struct LimitLine {
    /// Its key.
    pub key: String,
    /// What people call it.
    pub label: String,
    /// Its default in words.
    pub default: String,
    /// What is chosen for it.
    pub mode: String,
    /// The value that was typed.
    pub value: String,
}

impl Editor {
    /// A form with its choices.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn new(connection: &impl ConnectionTrait, tenant: &Tenant, mut form: CouponForm) -> Result<Self, Error> {
        if form.request_key.is_empty() {
            form.request_key = token::random(24)?;
        }
        let typed = form.product_search.replace('\0', "");
        let products = queries::product_choices(connection, tenant.id, &form.product_ids(), &typed).await?;
        Ok(Self {
            choices: Choices::load(connection, tenant.id).await?,
            products,
            form,
            errors: Errors::default(),
            edited: None,
            warnings: Vec::new(),
            restore: None,
            theirs: None,
            currency: tenant.currency.to_string(),
            zone: tenant.row.time_zone.clone(),
        })
    }

    /// The form of a coupon as it stands.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of(connection: &impl ConnectionTrait, tenant: &Tenant, coupon: Coupon) -> Result<Self, Error> {
        let code = save::first_code(connection, tenant.id, coupon.id).await?;
        let people = save::people_of(connection, tenant.id, coupon.id).await?;
        let names = names::of(connection, tenant.id, &[], &people).await?;
        let people = names.addresses(&people);
        let excluded = excluded_skus(connection, tenant.id, &coupon).await?;
        let label = code.as_ref().map(ToString::to_string).unwrap_or_default();
        let form = CouponForm::of(&coupon, tenant, &label, &people, &excluded);
        let warnings = warnings::of(&coupon, code.as_ref());
        let editor = Self::new(connection, tenant, form).await?;
        Ok(Self { edited: Some((coupon, label)), warnings, ..editor })
    }

    /// The form that was sent for this coupon.
    #[must_use]
    pub fn editing(mut self, coupon: Coupon, code: String) -> Self {
        self.form.code.clone_from(&code);
        self.edited = Some((coupon, code));
        self
    }

    /// With what is wrong with it.
    #[must_use]
    pub fn with_errors(self, errors: Errors) -> Self {
        Self { errors, ..self }
    }

    /// With the code that is taken.
    #[must_use]
    pub fn with_taken(mut self, taken: &CodeTaken) -> Self {
        self.errors.add("code", taken.sentence());
        self.restore = taken.gone.map(|gone| (format!("/dashboard{}", gone.path()), taken.there.to_string()));
        self
    }

    /// With both sides of a conflict; what was typed is kept, and saving again writes it over theirs.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn with_theirs(
        mut self,
        connection: &impl ConnectionTrait,
        tenant: &Tenant,
        theirs: Theirs,
    ) -> Result<Self, Error> {
        let saved = Self::of(connection, tenant, theirs.coupon.clone()).await?;
        let sides = sides(&self.form, &saved.form);
        let when = calendar::moment(theirs.at, tenant.zone);
        self.theirs = Some((format!("{} saved it on {when}.", theirs.by), sides));
        self.form.version = saved.form.version;
        self.edited = saved.edited;
        Ok(self)
    }

    /// What is wrong, each with the name and the label of its field.
    pub fn faults(&self) -> impl Iterator<Item = (&'static str, String, &str)> {
        self.errors.iter().map(|(field, sentence)| (field, label(field), sentence))
    }

    /// The heading.
    #[must_use]
    pub fn title(&self) -> String {
        self.edited.as_ref().map_or_else(|| "New coupon".to_owned(), |(_, code)| format!("Edit {code}"))
    }

    /// Where the form goes.
    #[must_use]
    pub fn action(&self) -> String {
        match &self.edited {
            Some((coupon, _)) => format!("/dashboard/coupons/{}", coupon.id),
            None => "/dashboard/coupons".to_owned(),
        }
    }

    /// Where Cancel leads.
    #[must_use]
    pub fn back(&self) -> String {
        self.action()
    }

    /// The word on the button that saves.
    #[must_use]
    pub fn submit(&self) -> &'static str {
        match (&self.theirs, &self.edited) {
            (Some(_), _) => "Save mine over theirs",
            (None, Some(_)) => "Save",
            (None, None) => "Create coupon",
        }
    }

    /// Whether this kind of benefit is chosen.
    #[must_use]
    pub fn gives(&self, kind: &str) -> bool {
        self.form.kind() == kind
    }

    /// Whether it is for chosen types or products only.
    #[must_use]
    pub fn is_narrowed(&self) -> bool {
        self.form.applies == "types"
    }

    /// Whether this type is ticked.
    #[must_use]
    pub fn has_type(&self, key: &str) -> bool {
        self.form.product_types.iter().any(|ticked| ticked == key)
    }

    /// Whether this product is ticked.
    #[must_use]
    pub fn has_product(&self, id: &Uuid) -> bool {
        self.form.product_ids().contains(id)
    }

    /// The uses at which the coupon could be closed now, where less was typed.
    #[must_use]
    pub fn close_uses(&self) -> Option<i64> {
        let (coupon, _) = self.edited.as_ref()?;
        let used = coupon.counters.uses + coupon.counters.held;
        parse_count(&self.form.max_uses).ok().filter(|max| *max < used && self.errors.of("max_uses").is_some())?;
        Some(used)
    }

    /// The same for the budget, as the field takes it.
    #[must_use]
    pub fn close_budget(&self) -> Option<String> {
        let (coupon, _) = self.edited.as_ref()?;
        self.errors.of("budget")?;
        let currency = crate::money::Currency::from_code(&self.currency)?;
        let spent = coupon.counters.spent + coupon.counters.spent_held;
        (spent > 0).then(|| currency.format(spent))
    }

    /// Every limit of the tenant.
    #[must_use]
    pub fn limits(&self) -> Vec<LimitLine> {
        let typed = |key: &str| {
            let at = self.form.limit_key.iter().position(|typed| typed == key)?;
            Some((self.form.limit_mode.get(at)?.clone(), self.form.limit_value.get(at)?.clone()))
        };
        let line = |row: &LimitChoice| {
            let (mode, value) = typed(&row.key).unwrap_or_default();
            let default = row.default_value.map_or_else(|| "unlimited".to_owned(), |value| value.to_string());
            LimitLine { key: row.key.clone(), label: row.label.clone(), default, mode, value }
        };
        self.choices.limits.iter().map(line).collect()
    }

    /// The value of the field for uses by one organization, where the benefit is for organizations.
    #[must_use]
    pub fn organization_uses(&self) -> &str {
        self.form.organization_uses.as_deref().unwrap_or("1")
    }

    /// Whether the folded part holds an error, or something that differs from a fresh form.
    #[must_use]
    pub fn unfolds(&self) -> bool {
        const FOLDED: [&str; 13] = [
            "name",
            "description",
            "note",
            "tags",
            "minimum_amount",
            "budget",
            "discounted_periods",
            "leak_uses",
            "leak_minutes",
            "max_uses_per_product",
            "excluded_products",
            "uses_per",
            "restore_uses",
        ];
        self.errors.iter().any(|(field, _)| FOLDED.contains(&field))
    }

    /// What describes the code's input.
    #[must_use]
    pub fn code_described(&self) -> &'static str {
        if self.errors.of("code").is_some() { "coupon-code-hint coupon-code-error" } else { "coupon-code-hint" }
    }

    /// Whether the code is where typing starts.
    #[must_use]
    pub fn starts_at_code(&self) -> bool {
        self.edited.is_none() && self.errors.is_empty()
    }

    /// What is said about the start.
    #[must_use]
    pub fn from_hint(&self) -> String {
        format!("{}. Empty: at once.", self.zone)
    }

    /// The options of a choice, with their words.
    #[must_use]
    pub fn options(name: &str) -> &'static [(&'static str, &'static str)] {
        match name {
            "uses_per" => &[
                ("", "As usual: a unit for percentages, an order for amounts"),
                ("unit", "Each discounted unit"),
                ("order", "Each order"),
            ],
            "benefit_ends" => {
                &[("never", "With its periods"), ("end_of_redeem_month", "With the month of its redemption")]
            }
            "restore_uses" => &[("always", "Are given back"), ("never", "Stay used")],
            _ => {
                &[("", "Leave as it is"), ("raise_to", "Raise to"), ("set", "Set to"), ("unlimited", "Make unlimited")]
            }
        }
    }
}

async fn excluded_skus(connection: &impl ConnectionTrait, tenant: Uuid, coupon: &Coupon) -> Result<Vec<String>, Error> {
    let listed: Vec<Uuid> = changes::listed_products(coupon);
    let excluded =
        listed.into_iter().filter(|id| coupon.scope.excluded.contains(&crate::coupons::coupon::ProductKey::Id(*id)));
    let rows = products::Entity::find()
        .filter(products::Column::TenantId.eq(tenant))
        .filter(products::Column::Id.is_in(excluded));
    Ok(rows.all(connection).await?.into_iter().map(|row| row.sku).collect())
}

/// The fields that differ between two forms, as typed.
fn sides(yours: &CouponForm, theirs: &CouponForm) -> Vec<Side> {
    let fields = |form: &CouponForm| match serde_json::to_value(form) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let words = |value: Option<&serde_json::Value>| match value {
        Some(serde_json::Value::String(text)) => text.trim().replace("\r\n", "\n"),
        Some(serde_json::Value::Array(items)) => {
            items.iter().filter_map(|item| item.as_str()).collect::<Vec<_>>().join(", ")
        }
        _ => String::new(),
    };
    const NOT_SHOWN: [&str; 8] =
        ["version", "then", "code", "product_search", "applies", "limit_key", "limit_mode", "limit_value"];
    let limits = Side { label: "Limits".to_owned(), yours: limit_words(yours), theirs: limit_words(theirs) };
    let (yours, theirs) = (fields(yours), fields(theirs));
    let differing = theirs.iter().filter(|(field, _)| !NOT_SHOWN.contains(&field.as_str()));
    differing
        .map(|(field, value)| Side { label: label(field), yours: words(yours.get(field)), theirs: words(Some(value)) })
        .chain([limits])
        .filter(|side| side.yours != side.theirs)
        .collect()
}

/// The limits that are chosen in a form: a form that was sent also names those that stay as they are.
fn limit_words(form: &CouponForm) -> String {
    let lines = form.limit_key.iter().zip(&form.limit_mode).zip(&form.limit_value);
    let chosen = lines.filter(|((_, mode), _)| !mode.is_empty());
    let words =
        chosen.map(|((key, mode), value)| format!("{key} {} {value}", mode.replace('_', " ")).trim().to_owned());
    words.collect::<Vec<_>>().join(", ")
}

/// What people call a field of the form.
fn label(field: &str) -> String {
    match field {
        "code" => "Code",
        "limits" => "Limits",
        "leak_uses" => "Alarm at so many uses",
        "percent" => "Percentage",
        "maximum_discount" => "At most",
        "amount" => "Amount off",
        "credit" => "Credit",
        "organization_uses" => "Uses per organization",
        "valid_from_time" => "Valid from, time",
        "valid_until_time" => "Valid until, time",
        "benefit" => "What it gives",
        other => changes::label(other),
    }
    .to_owned()
}

/// What a coupon gives and is for, in one line.
#[must_use]
pub fn summary(coupon: &Coupon, choices: &Choices, tenant: &Tenant) -> String {
    format!("{}. {}.", summary::benefit(coupon, choices, tenant), summary::applies_to(coupon, choices))
}
