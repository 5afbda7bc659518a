//! From one row to what the form of a coupon says, or to what is wrong with it.

use super::cells::{self, is_nothing};
use super::dates::{self, Edge};
use super::faces::kinds::{self, Kind};
use super::faces::presets;
use super::fields::{Field, Mapping};
use super::reading::Record;
use crate::coupons::code::CodeText;
use crate::coupons::form::{CouponForm, Exact};
use crate::money;
use crate::tenants::Tenant;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The name of its column; empty for the whole row.
    pub column: String,
    /// The sentence.
    pub sentence: String,
}

/// A row that says a coupon.
#[derive(Clone, Debug)]
pub struct Told {
    /// What people type; `None` where that cannot be a code.
    pub code: Option<CodeText>,
    /// What its form would say.
    pub form: CouponForm,
    /// Whether it is understood what it gives.
    pub gives: bool,
    /// Whether it cannot be used for now.
    pub paused: bool,
    /// What is wrong with the row, as far as it is seen before its form is read.
    pub problems: Vec<Problem>,
    /// What is allowed and may still be a mistake.
    pub warnings: Vec<String>,
}

/// A row that says a code of a coupon.
#[derive(Clone, Debug)]
pub struct ToldCode {
    /// What people type.
    pub code: CodeText,
    /// How often it can be used; `None` is unlimited.
    pub max_uses: Option<i64>,
    /// What is allowed and may still be a mistake.
    pub warnings: Vec<String>,
}

/// Reads rows of one file.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// What its columns mean.
    pub mapping: &'a Mapping,
    /// What they are called.
    pub names: &'a [String],
    /// Whose it is.
    pub tenant: &'a Tenant,
}

/// One row under way.
struct Under<'a> {
    rows: Rows<'a>,
    record: &'a Record,
    problems: Vec<Problem>,
    warnings: Vec<String>,
}

impl Rows<'_> {
    /// The name of the column with this meaning.
    #[must_use]
    pub fn column(&self, field: Field) -> String {
        let name = self.mapping.column(field).and_then(|at| self.names.get(at));
        name.cloned().unwrap_or_else(|| field.label().to_owned())
    }

    /// What a row calls itself, whatever else is wrong with it.
    #[must_use]
    pub fn text(&self, record: &Record) -> String {
        let cell = self.mapping.column(Field::Code).and_then(|at| record.cells.get(at));
        cell.map(|cell| cell.trim().chars().take(80).collect()).unwrap_or_default()
    }

    fn under<'a>(&'a self, record: &'a Record) -> Under<'a> {
        Under { rows: *self, record, problems: Vec::new(), warnings: Vec::new() }
    }

    /// A code of a coupon that is there.
    ///
    /// # Errors
    /// What is wrong with the row.
    pub fn code(&self, record: &Record) -> Result<ToldCode, Vec<Problem>> {
        let mut row = self.under(record);
        row.fault();
        let code = row.code();
        let (most, _) = row.uses();
        let max_uses = match most.as_str() {
            "" => None,
            typed => row.keep(Field::MaxUses, money::parse_count(typed).map_err(|fault| fault.to_string())),
        };
        match code {
            Some(code) if row.problems.is_empty() => Ok(ToldCode { code, max_uses, warnings: row.warnings }),
            _ => Err(row.problems),
        }
    }

    /// A whole coupon.
    #[must_use]
    pub fn coupon(&self, record: &Record) -> Told {
        let mut row = self.under(record);
        row.fault();
        row.condition();
        let code = row.code();
        let mut form = CouponForm::default();
        let before = row.problems.len();
        row.benefit(&mut form);
        let gives = row.problems.len() == before;
        row.money(&mut form);
        let (most, said) = row.uses();
        form.max_uses = most;
        form.max_uses_per_person = row.count(Field::MaxUsesPerPerson);
        let per_organization = row.count(Field::MaxUsesPerOrganization);
        if self.mapping.has(Field::MaxUsesPerOrganization) {
            form.organization_uses = Some(per_organization.clone());
        }
        form.max_uses_per_organization = per_organization;
        form.discounted_periods = row.periods();
        form.exact = Some(Exact {
            valid_from: row.moment(Field::ValidFrom, Edge::Start),
            valid_until: row.moment(Field::ValidUntil, Edge::End),
            ..Exact::default()
        });
        row.words(&mut form, said);
        let active = cells::yes_or_no(row.cell(Field::Active));
        let paused = row.keep(Field::Active, active).flatten() == Some(false);
        if form.percent.starts_with("0.") || form.percent.starts_with("0,") {
            row.warnings.push(format!(
                "{} % is less than one percent. If {} was meant as a fraction, say so above.",
                form.percent, form.percent
            ));
        }
        Told { code, form, gives, paused, problems: row.problems, warnings: row.warnings }
    }
}

impl<'a> Under<'a> {
    fn cell(&self, field: Field) -> &'a str {
        let cell = self.rows.mapping.column(field).and_then(|at| self.record.cells.get(at));
        cell.map_or("", |cell| cell.trim())
    }

    /// The cells of every column with this meaning.
    fn cells(&self, field: Field) -> Vec<(&'a str, String)> {
        let columns = self.rows.mapping.columns.iter().enumerate().filter(|(_, column)| **column == Some(field));
        let cell = |(at, _): (usize, &Option<Field>)| {
            let name = self.rows.names.get(at).cloned().unwrap_or_default();
            Some((self.record.cells.get(at)?.trim(), name))
        };
        columns.filter_map(cell).collect()
    }

    fn problem(&mut self, column: String, sentence: String) {
        self.problems.push(Problem { column, sentence });
    }

    fn keep<T>(&mut self, field: Field, value: Result<T, String>) -> Option<T> {
        match value {
            Ok(value) => Some(value),
            Err(sentence) => {
                self.problem(self.rows.column(field), sentence);
                None
            }
        }
    }

    fn fault(&mut self) {
        if let Some(fault) = &self.record.fault {
            self.problem(String::new(), fault.clone());
        }
    }

    fn code(&mut self) -> Option<CodeText> {
        let cell = self.cell(Field::Code);
        let is_rounded =
            cell.contains("E+") && cell.chars().all(|letter| letter.is_ascii_digit() || ".,E+".contains(letter));
        let parsed = if is_rounded {
            Err("A spreadsheet made a rounded number of this code. Format its column as text, and save it again."
                .to_owned())
        } else {
            CodeText::parse(cell).map_err(|fault| match cell {
                "" => "There is no code in this row.".to_owned(),
                _ => fault.to_string(),
            })
        };
        let code = self.keep(Field::Code, parsed)?;
        if code.is_short() {
            self.warnings.push(format!("{code} is very short: whoever tries a few codes finds it."));
        }
        Some(code)
    }

    fn condition(&mut self) {
        for (cell, name) in self.cells(Field::Condition) {
            let none = is_nothing(cell)
                || matches!(cell.to_lowercase().as_str(), "0" | "no" | "false" | "any product" | "any" | "[]" | "{}");
            if !none {
                let shown: String = cell.chars().take(60).collect();
                let sentence = format!(
                    "“{shown}” is a condition that cannot be brought along, and without it the coupon would be too generous. \
                     Make it by hand, or leave this column out."
                );
                self.problem(name, sentence);
            }
        }
    }

    fn count(&self, field: Field) -> String {
        cells::count(self.cell(field), self.rows.mapping.zero_is_unlimited)
    }

    fn amount(&mut self, field: Field) -> String {
        let cell = self.cell(field);
        if is_nothing(cell) {
            return String::new();
        }
        let mapping = self.rows.mapping;
        let read = cells::amount(cell, self.rows.tenant.currency, mapping.decimals, mapping.minor_units);
        self.keep(field, read).unwrap_or_default()
    }

    fn percent(&mut self, field: Field) -> String {
        let mapping = self.rows.mapping;
        let read = cells::percent(self.cell(field), mapping.decimals, mapping.fractions);
        self.keep(field, read).unwrap_or_default()
    }

    /// What it gives: the one column that says something.
    fn benefit(&mut self, form: &mut CouponForm) {
        let said: Vec<Field> =
            [Field::Percent, Field::Amount, Field::Credit].into_iter().filter(|field| self.says(*field)).collect();
        let kind = self.kind();
        let field = match (said.as_slice(), kind) {
            ([one], _) => *one,
            ([], Some(_)) if self.rows.mapping.has(Field::Value) => Field::Value,
            ([], _) => {
                let field = [Field::Percent, Field::Amount, Field::Credit]
                    .into_iter()
                    .find(|field| self.rows.mapping.has(*field));
                let column = self.rows.column(field.unwrap_or(Field::Value));
                return self.problem(column, "It is not said what this coupon gives.".to_owned());
            }
            (some, _) => {
                let names: Vec<String> = some.iter().map(|field| format!("“{}”", self.rows.column(*field))).collect();
                let sentence =
                    format!("It gives two things at once, by {}. A coupon here gives one.", names.join(" and "));
                return self.problem(String::new(), sentence);
            }
        };
        let kind = match (field, kind) {
            (Field::Percent, _) => Kind::Percent,
            (Field::Credit, _) => Kind::Credit,
            (Field::Amount, Some(Kind::AmountEach)) => Kind::AmountEach,
            (Field::Amount, _) => Kind::Amount,
            (_, Some(kind)) => kind,
            (_, None) => return,
        };
        let (word, each) = match kind {
            Kind::Percent => ("percentage", true),
            Kind::AmountEach => ("fixed_amount", true),
            Kind::Credit => ("credit", false),
            Kind::Amount => ("fixed_amount", false),
            Kind::Silent => {
                let column = self.rows.column(Field::Kind);
                return self
                    .problem(column, "It is not said whether the value is a percentage or an amount.".to_owned());
            }
        };
        word.clone_into(&mut form.benefit);
        if matches!(kind, Kind::AmountEach | Kind::Amount) {
            (if each { "unit" } else { "order" }).clone_into(&mut form.uses_per);
        }
        match kind {
            Kind::Percent => form.percent = self.percent(field),
            Kind::Credit => form.credit = self.amount(field),
            _ => form.amount = self.amount(field),
        }
    }

    /// The first of the kinds that says something; `None` where one cannot be understood, which is told.
    fn kind(&mut self) -> Option<Kind> {
        let mut found = Kind::Silent;
        for (cell, name) in self.cells(Field::Kind) {
            match kinds::kind(cell) {
                Ok(Kind::Silent) => {}
                Ok(kind) if found == Kind::Silent => found = kind,
                Ok(_) => {}
                Err(sentence) => {
                    self.problem(name, sentence);
                    return None;
                }
            }
        }
        Some(found)
    }

    /// Whether a number is said that is more than nothing.
    fn says(&self, field: Field) -> bool {
        let cell = self.cell(field);
        !is_nothing(cell) && !cell.bytes().all(|byte| matches!(byte, b'0' | b'.' | b','))
    }

    fn money(&mut self, form: &mut CouponForm) {
        let bounds = [Field::MaximumDiscount, Field::MinimumAmount, Field::Budget];
        if form.benefit != "percentage" || bounds.into_iter().any(|field| self.says(field)) {
            let said = cells::same_currency(self.cell(Field::Currency), self.rows.tenant.currency);
            self.keep(Field::Currency, said);
        }
        form.maximum_discount = self.amount(Field::MaximumDiscount);
        if form.benefit != "percentage" {
            form.maximum_discount.clear();
        }
        form.minimum_amount = self.amount(Field::MinimumAmount);
        form.budget = self.amount(Field::Budget);
    }

    /// The maximum that is left, and a note where some of it was used elsewhere.
    fn uses(&mut self) -> (String, String) {
        let most = self.count(Field::MaxUses);
        let spent = match cells::count(self.cell(Field::Used), false).as_str() {
            "" => 0,
            used => {
                self.keep(Field::Used, money::parse_count(used).map_err(|fault| fault.to_string())).unwrap_or_default()
            }
        };
        let (Ok(total), 1..) = (money::parse_count(&most), spent) else { return (most, String::new()) };
        let left = (total - spent).max(0);
        let (left_words, total_words) = (money::grouped(left), money::grouped(total));
        self.warnings.push(format!(
            "{} of {total_words} uses were made in the other system; {left_words} are left.",
            money::grouped(spent)
        ));
        let note = format!("{} of {total_words} uses were made before the import.", money::grouped(spent));
        (left.to_string(), note)
    }

    fn periods(&mut self) -> String {
        let months = self.count(Field::Periods);
        match self.cell(Field::Duration).to_lowercase().as_str() {
            "once" => "1".to_owned(),
            "forever" => String::new(),
            "repeating" | "" => months,
            other => {
                let sentence = format!("“{other}” is no duration: it is once, repeating or forever.");
                self.problem(self.rows.column(Field::Duration), sentence);
                String::new()
            }
        }
    }

    fn moment(&mut self, field: Field, edge: Edge) -> Option<DateTime<Utc>> {
        let utc = presets::is_utc(&self.rows.column(field));
        let zone = if utc { Tz::UTC } else { self.rows.tenant.zone };
        let read = dates::moment(self.cell(field), self.rows.mapping.dates, zone, edge);
        self.keep(field, read).flatten()
    }

    fn words(&mut self, form: &mut CouponForm, said_of_uses: String) {
        let lines = |cells: Vec<(&str, String)>| -> Vec<String> {
            cells.into_iter().map(|(cell, _)| cell.to_owned()).filter(|cell| !is_nothing(cell)).collect()
        };
        self.cell(Field::Name).clone_into(&mut form.name);
        self.cell(Field::Description).clone_into(&mut form.description);
        let mut notes = lines(self.cells(Field::Note));
        notes.extend(Some(said_of_uses).filter(|said| !said.is_empty()));
        form.note = notes.join("\n");
        let mut tags = lines(self.cells(Field::Tags));
        tags.push(self.rows.mapping.tag.clone());
        form.tags = tags.join(",");
        let list = |cell: &str| cell.trim_matches(['[', ']']).replace(['|', ' '], ",");
        if !is_nothing(self.cell(Field::People)) {
            form.people = list(self.cell(Field::People)).replace('"', "");
        }
        let types = self.cell(Field::ProductTypes);
        if !is_nothing(types) && !types.eq_ignore_ascii_case("all") {
            "types".clone_into(&mut form.applies);
            let keys = list(types).replace(';', ",");
            let keys = keys.split(',').map(|key| key.trim().trim_matches('"').to_owned()).filter(|key| !key.is_empty());
            form.product_types = keys.collect();
        }
    }
}
