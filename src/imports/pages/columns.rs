//! `/dashboard/imports/{id}/columns`: how the file is read, and what its columns mean.

pub use super::columns_form::Fields;
use super::upload;
use crate::accounts::guards::CouponAdmin;
use crate::accounts::shell::{Section, Shell};
use crate::config::Config;
use crate::coupons::queries as coupons;
use crate::db::tables::imports::Model;
use crate::db::{self, Db};
use crate::error::Error;
use crate::imports::cells::Decimals;
use crate::imports::check::{blocking, fetch};
use crate::imports::dates::Order;
use crate::imports::faces::presets::{self, PRESETS};
use crate::imports::fields::{Field, Mapping};
use crate::imports::reading::{self, Encoding, Format, Looked, Reading, Separator};
use crate::imports::state::State;
use crate::imports::{create, queries};
use crate::web::form::{Errors, Form};
use crate::web::html;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use anyhow::anyhow;
use askama::Template;
use uuid::Uuid;

/// A column as the form shows it.
struct Column {
    id: String,
    name: String,
    samples: Vec<String>,
    field: &'static str,
}

#[derive(Template)]
#[template(path = "imports/columns.html")]
struct Page {
    shell: Shell,
    id: Uuid,
    file: String,
    size: String,
    into: Option<String>,
    currency: &'static str,
    reading: Reading,
    sheets: Vec<(String, String)>,
    columns: Vec<Column>,
    mapping: Mapping,
    errors: Errors,
    problem: Option<String>,
}

impl Page {
    fn is_text(&self) -> bool {
        self.reading.format == Format::Delimited
    }

    fn kind(&self) -> &'static str {
        match self.reading.format {
            Format::Delimited => "a table of text (CSV)",
            Format::Workbook => "an Excel workbook",
            Format::Json => "a JSON array",
        }
    }

    fn amounts_hint(&self) -> String {
        format!("In {}.", self.currency)
    }

    fn head(&self) -> &'static str {
        if self.reading.header { "yes" } else { "no" }
    }

    fn encodings() -> Vec<(&'static str, &'static str)> {
        Encoding::ALL.into_iter().map(|encoding| (encoding.word(), encoding.label())).collect()
    }

    fn separators() -> Vec<(&'static str, &'static str)> {
        Separator::ALL.into_iter().map(|separator| (separator.word(), separator.label())).collect()
    }

    fn presets() -> Vec<(&'static str, &'static str)> {
        PRESETS.iter().map(|preset| (preset.word, preset.label)).collect()
    }

    fn system(&self) -> Option<&'static str> {
        let preset = presets::from_word(&self.mapping.preset)?;
        (!preset.word.is_empty()).then_some(preset.label)
    }

    fn meanings(&self) -> Vec<(&'static str, &'static str)> {
        let of_codes = self.into.is_some();
        let fields = Field::ALL.iter().filter(|field| !of_codes || field.is_of_codes());
        let label = |field: &Field| match field {
            Field::MaxUses if of_codes => "Uses of each code",
            other => other.label(),
        };
        std::iter::once(("", "Leave out")).chain(fields.map(|field| (field.word(), label(field)))).collect()
    }

    fn words(&self) -> (&'static str, &'static str, &'static str) {
        let mapping = &self.mapping;
        let zero = if mapping.zero_is_unlimited { "unlimited" } else { "closed" };
        let amounts = if mapping.minor_units { "minor" } else { "major" };
        (zero, amounts, if mapping.fractions { "fraction" } else { "percent" })
    }
}

/// `GET /dashboard/imports/{id}/columns`.
///
/// # Errors
/// [`Error::NotFound`] for an import that the tenant does not have; [`Error::Conflict`] for one that has run.
pub async fn edit(who: CouponAdmin, db: web::Data<Db>, id: web::Path<Uuid>) -> Result<HttpResponse, Error> {
    let (import, looked) = open(&who, &db, *id).await?;
    let mapping = queries::mapping(&import);
    html::page(&page(&who, &db, &import, looked, mapping, Errors::default()).await?)
}

/// `POST /dashboard/imports/{id}/columns`: looks again, or has the rows checked.
///
/// # Errors
/// As [`edit`].
pub async fn update(
    who: CouponAdmin,
    db: web::Data<Db>,
    config: web::Data<Config>,
    id: web::Path<Uuid>,
    Form(fields): Form<Fields>,
) -> Result<HttpResponse, Error> {
    let (import, looked) = open(&who, &db, *id).await?;
    let (reading, for_codes) = (fields.reading(&looked.reading)?, import.coupon_id.is_some());
    let mapping = fields.mapping(&looked, for_codes)?;
    let again = reading != looked.reading || mapping.preset != queries::mapping(&import).preset;
    if again || fields.then == "look" {
        return look_again(&who, &db, (&import, looked, reading), mapping, config.largest_upload).await;
    }
    let subject = (who.tenant.id, import.id);
    if let Err(sentence) = mapping.check(&looked.columns, for_codes) {
        let mut errors = Errors::default();
        errors.add("columns", sentence);
        let page = page(&who, &db, &import, looked, mapping, errors).await?;
        return html::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let tx = db.begin().await?;
    create::check(&tx, subject, (&looked, &mapping), who.now).await?;
    db::commit(tx).await?;
    Ok(html::see_other(&format!("/dashboard/imports/{}", import.id)))
}

/// Reads the file as it was said to be, and guesses its columns anew where they are others now.
async fn look_again(
    who: &CouponAdmin,
    db: &Db,
    (import, before, reading): (&Model, Looked, Reading),
    mapping: Mapping,
    largest: u64,
) -> Result<HttpResponse, Error> {
    let Some(mut file) = fetch(db, import, who.now).await? else {
        return Err(Error::Conflict("The file is not kept any more. Please upload it again.".to_owned()));
    };
    let seen = blocking(move || reading::look(&mut file, Some(reading), largest)).await?;
    let looked = match seen {
        Ok(looked) => looked,
        Err(unreadable) => {
            let mut errors = Errors::default();
            errors.add("reading", unreadable.to_string());
            let page = page(who, db, import, before, mapping, errors).await?;
            return html::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    let for_codes = import.coupon_id.is_some();
    let chosen = mapping.preset != queries::mapping(import).preset;
    let mapping = match presets::from_word(&mapping.preset) {
        Some(preset) if chosen => presets::with(preset, &looked.columns, for_codes),
        _ if looked.columns != before.columns => presets::guess(&looked.columns, for_codes),
        _ => mapping,
    };
    let tx = db.begin().await?;
    create::keep(&tx, (who.tenant.id, import.id), (&looked, &mapping)).await?;
    db::commit(tx).await?;
    Ok(html::see_other(&format!("/dashboard/imports/{}/columns", import.id)))
}

async fn open(who: &CouponAdmin, db: &Db, id: Uuid) -> Result<(Model, Looked), Error> {
    let import = queries::by_id(db.read(), who.tenant.id, id).await?.ok_or(Error::NotFound)?;
    let state = State::of(&import.state);
    if !state.is_open() && state != State::Checking {
        return Err(Error::Conflict("This import has run. Upload the file again to read it otherwise.".to_owned()));
    }
    let looked = queries::looked(&import).ok_or_else(|| anyhow!("an import has no look"))?;
    Ok((import, looked))
}

async fn page(
    who: &CouponAdmin,
    db: &Db,
    import: &Model,
    looked: Looked,
    mapping: Mapping,
    errors: Errors,
) -> Result<Page, Error> {
    let into = match import.coupon_id {
        Some(coupon) => {
            let code = coupons::first_code(db.read(), who.tenant.id, coupon).await?;
            Some(code.map_or_else(|| "a coupon".to_owned(), |code| code.to_string()))
        }
        None => None,
    };
    let columns = looked.columns.iter().enumerate().map(|(at, name)| Column {
        id: format!("import-column-{}", at + 1),
        name: name.clone(),
        samples: samples(&looked, at),
        field: mapping.columns.get(at).copied().flatten().map_or("", Field::word),
    });
    Ok(Page {
        shell: who.shell(Section::Imports),
        id: import.id,
        file: import.file_name.clone(),
        size: upload::words(import.size.unsigned_abs()),
        into,
        currency: who.tenant.currency.code(),
        columns: columns.collect(),
        reading: looked.reading,
        sheets: looked.sheets.iter().map(|sheet| (sheet.clone(), sheet.clone())).collect(),
        mapping,
        errors,
        problem: import.problem.clone(),
    })
}

/// The first cells of a column that say something.
fn samples(looked: &Looked, at: usize) -> Vec<String> {
    let cells = looked.sample.iter().filter_map(|record| record.cells.get(at)).map(|cell| cell.trim());
    let shown = cells.filter(|cell| !cell.is_empty()).map(|cell| {
        let cut: String = cell.chars().take(40).collect();
        if cut.len() < cell.len() { format!("{cut}…") } else { cut }
    });
    shown.take(3).collect()
}
