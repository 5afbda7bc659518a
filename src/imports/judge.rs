//! What a row that says a coupon would come to, against what is there and against the rows before it.

use super::fields::{Field, Mapping};
use super::queries;
use super::reading::Record;
use super::row::{Problem, Rows, Told};
use super::state::Outcome;
use crate::accounts::persons::Alias;
use crate::clock;
use crate::coupons::benefit::Benefit;
use crate::coupons::changes::{self, Names};
use crate::coupons::code::{Code, CodeKey, CodeText};
use crate::coupons::coupon::Coupon;
use crate::coupons::form::{self, Known};
use crate::coupons::queries::Choices;
use crate::coupons::{names, rows, save, summary, warnings};
use crate::db::tables::{import_rows, imports};
use crate::error::Error;
use crate::tenants::Tenant;
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// One import with all that its rows are read with.
#[derive(Clone, Copy, Debug)]
pub struct Import<'a> {
    /// Its row.
    pub row: &'a imports::Model,
    /// What the columns mean.
    pub mapping: &'a Mapping,
    /// What they are called.
    pub names: &'a [String],
    /// Whose it is.
    pub tenant: &'a Tenant,
    /// What the tenant has.
    pub choices: &'a Choices,
}

/// A coupon as a row says it.
#[derive(Clone, Debug)]
pub struct Drafted {
    /// The coupon.
    pub coupon: Coupon,
    /// Its code.
    pub code: CodeText,
    /// The addresses of the people it is for.
    pub people: Vec<String>,
    /// What is allowed and may still be a mistake.
    pub warnings: Vec<String>,
}

impl<'a> Import<'a> {
    /// What reads its rows.
    #[must_use]
    pub const fn rows(&self) -> Rows<'a> {
        Rows { mapping: self.mapping, names: self.names, tenant: self.tenant }
    }

    /// The coupon of a row, read by the form of a coupon; over `base`, where that is there already.
    ///
    /// # Errors
    /// All that is wrong with the row.
    pub fn draft(&self, record: &Record, base: Option<&Coupon>, now: DateTime<Utc>) -> Result<Drafted, Vec<Problem>> {
        let reader = self.rows();
        let Told { code, form, gives, paused, mut problems, warnings: mut said } = reader.coupon(record);
        let fresh = Benefit::Limits { changes: Vec::new() };
        let name = code.as_ref().map_or("No code", CodeText::as_str);
        let mut base =
            base.cloned().unwrap_or_else(|| Coupon::new(clock::id_at(now), self.tenant.id, name, fresh, now));
        name.clone_into(&mut base.name);
        let known =
            Known { tenant: self.tenant, choices: self.choices, products: BTreeMap::new(), skus: BTreeMap::new() };
        // The code was read as imports read codes; the form would ask for three letters.
        let read = form::read(&form, &known, &base, false);
        if let Err(errors) = &read {
            // What could not be read is empty in the form, which says no more about it.
            let is_told = |field: &str, column: &String| {
                let of_benefit = matches!(field, "benefit" | "percent" | "amount" | "credit");
                (of_benefit && !gives) || problems.iter().any(|problem| problem.column == *column)
            };
            let told = errors.iter().map(|(field, sentence)| (field, self.column_of(field), sentence));
            let more: Vec<Problem> = told
                .filter(|(field, column, _)| !is_told(field, column))
                .map(|(_, column, sentence)| Problem { column, sentence: sentence.to_owned() })
                .collect();
            problems.extend(more);
        }
        let (Ok(draft), Some(code), true) = (read, code, problems.is_empty()) else { return Err(problems) };
        let mut coupon = draft.coupon;
        coupon.paused_at = paused.then_some(now);
        said.extend(warnings::of(&coupon, Some(&code)));
        Ok(Drafted { coupon, code, people: draft.people, warnings: said })
    }

    /// The column that a field of the form was read from, or the field's own label.
    fn column_of(&self, field: &str) -> String {
        let field = match field {
            "maximum_discount" => Field::MaximumDiscount,
            "organization_uses" => Field::MaxUsesPerOrganization,
            "percent" | "amount" | "credit" => {
                let given = [Field::Percent, Field::Amount, Field::Credit, Field::Value];
                let of = |given: &Field| given.word() == field;
                let column = given.into_iter().find(|given| of(given) && self.mapping.has(*given));
                column.unwrap_or(Field::Value)
            }
            other => match Field::from_word(other) {
                Some(field) => field,
                None => return changes::label(other).to_owned(),
            },
        };
        self.rows().column(field)
    }
}

/// What is there of the codes of some rows.
pub(super) struct There {
    /// Their codes in the tenant, deleted ones too.
    codes: BTreeMap<CodeKey, Code>,
    /// The lines of earlier rows of this file, with the code there.
    earlier: BTreeMap<String, (i64, String)>,
    /// The codes that an import made and took back.
    taken_back: BTreeSet<Uuid>,
}

impl There {
    pub(super) async fn look(
        connection: &impl ConnectionTrait,
        import: &imports::Model,
        keys: &[CodeKey],
    ) -> Result<Self, Error> {
        let codes = rows::codes_by_key(connection, import.tenant_id, keys).await?;
        let gone: Vec<Uuid> = codes.values().map(|code| code.id).collect();
        Ok(Self {
            earlier: queries::earlier(connection, import, keys).await?,
            taken_back: queries::taken_back(connection, import.tenant_id, &gone).await?,
            codes,
        })
    }

    pub(super) fn code(&self, key: &CodeKey) -> Option<&Code> {
        self.codes.get(key)
    }

    pub(super) fn was_taken_back(&self, code: &Code) -> bool {
        self.taken_back.contains(&code.id)
    }

    /// The row's own code, where an earlier row has it; otherwise the row is noted as that earlier row.
    pub(super) fn earlier(&mut self, code: &CodeText, line: i64, place: &str) -> Option<String> {
        let key = code.key().as_str();
        match self.earlier.get(key) {
            Some((first, text)) if text == code.as_str() => {
                Some(format!("{code} comes in {} {first} already.", place.to_lowercase()))
            }
            Some((first, text)) => Some(format!("{code} reads like {text} in {} {first}.", place.to_lowercase())),
            None => {
                self.earlier.insert(key.to_owned(), (line, code.as_str().to_owned()));
                None
            }
        }
    }
}

/// What some rows would come to, in their order; the first of them is the row `first` of the file.
///
/// # Errors
/// When the database does not answer.
pub async fn coupons(
    connection: &impl ConnectionTrait,
    import: Import<'_>,
    (first, records): (i64, &[Record]),
    now: DateTime<Utc>,
) -> Result<Vec<import_rows::Model>, Error> {
    let tenant = import.tenant.id;
    let drafts: Vec<_> = records.iter().map(|record| import.draft(record, None, now)).collect();
    let keys: Vec<CodeKey> = drafts.iter().flatten().map(|draft| draft.code.key().clone()).collect();
    let mut there = There::look(connection, import.row, &keys).await?;
    let ids: Vec<Uuid> = there.codes.values().map(|code| code.coupon_id).collect();
    let coupons = rows::load(connection, tenant, &ids).await?;
    let mut judged = Vec::new();
    for ((record, draft), number) in records.iter().zip(drafts).zip(first..) {
        let mut row = blank(import, number, record);
        match draft {
            Err(problems) => reject(&mut row, Outcome::Rejected, problems),
            Ok(draft) => {
                row.said = said(import, &draft.coupon);
                row.text = draft.code.as_str().to_owned();
                row.key = Some(draft.code.key().as_str().to_owned());
                let code = there.code(draft.code.key()).cloned();
                let coupon = code.as_ref().and_then(|code| coupons.get(&code.coupon_id));
                let found = code.as_ref().zip(coupon);
                let place = place(import.row);
                if let Some(sentence) = there.earlier(&draft.code, record.number, &place) {
                    reject(&mut row, Outcome::Duplicate, vec![of_code(import, sentence)]);
                } else if let Some((code, coupon)) = found {
                    let back = there.was_taken_back(code);
                    meet(connection, import, &mut row, &draft, (code, coupon, back)).await?;
                } else {
                    row.warning = draft.warnings.join(" ");
                }
            }
        }
        judged.push(row);
    }
    Ok(judged)
}

/// A row whose code is there already.
async fn meet(
    connection: &impl ConnectionTrait,
    import: Import<'_>,
    row: &mut import_rows::Model,
    draft: &Drafted,
    (code, coupon, taken_back): (&Code, &Coupon, bool),
) -> Result<(), Error> {
    row.coupon_id = Some(coupon.id);
    let deleted = coupon.deleted_at.is_some() || code.deleted_at.is_some();
    let unused = coupon.counters.uses == 0 && coupon.counters.held == 0;
    if deleted && taken_back && unused {
        row.code_id = Some(code.id);
        row.warning = format!("{} was taken back with an earlier import, and comes back.", code.text);
        return Ok(());
    }
    let taken = |sentence: String| vec![of_code(import, sentence)];
    if deleted {
        let sentence = format!("{} exists already and is deleted. Restore it, or choose another code.", code.text);
        reject(row, Outcome::Duplicate, taken(sentence));
    } else if code.text != draft.code {
        let sentence = format!("{} reads like {}, which exists already.", draft.code, code.text);
        reject(row, Outcome::Duplicate, taken(sentence));
    } else {
        let differs = differing(connection, import.tenant, draft, coupon).await?;
        if differs.is_empty() {
            row.outcome = Outcome::Same.word().to_owned();
            row.code_id = None;
        } else {
            let sentence = format!(
                "{} exists already with another {}. An import changes nothing that is there.",
                code.text,
                differs.join(", ").to_lowercase()
            );
            reject(row, Outcome::Duplicate, taken(sentence));
        }
    }
    Ok(())
}

/// The labels of what a row says otherwise than the coupon that is there.
async fn differing(
    connection: &impl ConnectionTrait,
    tenant: &Tenant,
    draft: &Drafted,
    coupon: &Coupon,
) -> Result<Vec<String>, Error> {
    let folded = |address: &String| Alias::email(address).map_or_else(|| address.clone(), |alias| alias.words().1);
    let wanted: BTreeSet<String> = draft.people.iter().map(folded).collect();
    let people =
        if coupon.assigned_people_only { save::people_of(connection, tenant.id, coupon.id).await? } else { Vec::new() };
    let named = names::of(connection, tenant.id, &[], &people).await?;
    let there: BTreeSet<String> = named.people.values().map(folded).collect();
    let fields =
        |coupon: &Coupon| -> Vec<(&'static str, Value)> { changes::fields(tenant, coupon, &[], &Names::default()) };
    let pairs = fields(coupon).into_iter().zip(fields(&draft.coupon));
    let mut differs: Vec<String> =
        pairs.filter(|(old, new)| old.1 != new.1).map(|(old, _)| changes::label(old.0).to_owned()).collect();
    if wanted != there {
        differs.push(changes::label("people").to_owned());
    }
    Ok(differs)
}

/// A row of which nothing is known yet: it will be made.
pub(super) fn blank(import: Import<'_>, number: i64, record: &Record) -> import_rows::Model {
    import_rows::Model {
        tenant_id: import.tenant.id,
        import_id: import.row.id,
        number,
        line: record.number,
        key: None,
        text: import.rows().text(record).replace('\0', ""),
        outcome: Outcome::New.word().to_owned(),
        said: String::new(),
        problems: "[]".to_owned(),
        warning: String::new(),
        // Texts are always JSON.
        cells: serde_json::to_string(&record.cells).unwrap_or_default(),
        coupon_id: None,
        code_id: None,
    }
}

pub(super) fn reject(row: &mut import_rows::Model, outcome: Outcome, problems: Vec<Problem>) {
    outcome.word().clone_into(&mut row.outcome);
    row.problems = serde_json::to_string(&problems).unwrap_or_default();
    row.code_id = None;
}

pub(super) fn of_code(import: Import<'_>, sentence: String) -> Problem {
    Problem { column: import.rows().column(Field::Code), sentence }
}

/// What the rows of this file are counted in.
pub(super) fn place(import: &imports::Model) -> String {
    queries::looked(import).map_or("Row", |looked| looked.reading.place()).to_owned()
}

/// What a coupon is, in the words of a row.
fn said(import: Import<'_>, coupon: &Coupon) -> String {
    let mut said = summary::benefit(coupon, import.choices, import.tenant);
    match coupon.max_uses {
        Some(1) => said.push_str(", one use"),
        Some(most) => said.push_str(&format!(", {} uses", crate::money::grouped(most))),
        None => said.push_str(", unlimited uses"),
    }
    if let Some(until) = coupon.valid_until {
        said.push_str(&format!(", until {}", crate::calendar::end_moment(until, import.tenant.zone)));
    }
    if coupon.paused_at.is_some() {
        said.push_str(", paused");
    }
    said
}
