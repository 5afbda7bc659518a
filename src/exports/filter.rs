//! Which rows of a subject: the words of the list they are exported from.

use super::subject::Subject;
use crate::coupons::queries::{Choices, Filter as CouponFilter, Words};
use crate::error::Error;
use crate::redemptions::log;
use crate::web::form::Errors;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Narrows an export. Which fields do is the subject's to say; an empty one asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Filter {
    /// The coupon, of `coupon_usage`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coupon_id: Option<Uuid>,
    /// The batch, of `codes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_id: Option<Uuid>,
    /// A part of a code or a name, of `coupons`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub q: String,
    /// Of this status, of `coupons`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub status: String,
    /// With this kind of benefit, of `coupons`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub benefit: String,
    /// For this product type, of `coupons`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub product_type: String,
    /// With this tag, of `coupons`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tag: String,
    /// `gifts` for the gifts, of `coupons`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tab: String,
    /// A part of the name or e-mail address of who did it, of `audit`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub person: String,
    /// A part of the organization's name, or its id, of `audit`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub organization: String,
    /// A code as somebody types it, of `audit`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// The word of an action, of `audit`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub action: String,
    /// The first day in the tenant's zone, or an instant.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub from: String,
    /// The last day, which counts whole, or an instant.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub until: String,
}

/// The first instant, and the first after the last.
pub type Span = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

impl Filter {
    /// Every field that asks for something, with its words.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        let all = [
            ("coupon_id", id(self.coupon_id)),
            ("batch_id", id(self.batch_id)),
            ("tab", self.tab.clone()),
            ("q", self.q.clone()),
            ("status", self.status.clone()),
            ("benefit", self.benefit.clone()),
            ("product_type", self.product_type.clone()),
            ("tag", self.tag.clone()),
            ("code", self.code.clone()),
            ("person", self.person.clone()),
            ("organization", self.organization.clone()),
            ("action", self.action.clone()),
            ("from", self.from.clone()),
            ("until", self.until.clone()),
        ];
        all.into_iter().filter(|(_, value)| !value.trim().is_empty()).collect()
    }

    /// What it asks for in words, without what its subject names anyhow: `status active, tag spring`.
    #[must_use]
    pub fn words(&self) -> String {
        let named = |name: &&'static str| !["coupon_id", "batch_id"].contains(name);
        let words = |(name, value): (&str, String)| match name {
            "q" => format!("“{value}”"),
            "tab" => value,
            _ => format!("{} {value}", name.replace('_', " ")),
        };
        self.pairs().into_iter().filter(|(name, _)| named(name)).map(words).collect::<Vec<_>>().join(", ")
    }

    /// Fields that say nothing about this subject.
    pub(super) fn strays(&self, subject: Subject, errors: &mut Errors) {
        for (name, _) in self.pairs() {
            if !subject.narrowed_by().contains(&name) {
                errors.add(name, format!("An export of {} is not narrowed by this.", subject.word()));
            }
        }
    }

    /// The span of time.
    ///
    /// # Errors
    /// The field and what is wrong with it.
    pub fn span(&self, zone: Tz) -> Result<Span, (&'static str, String)> {
        let from = log::filter::first_day(&self.from, zone).map_err(|error| ("from", error.fault().detail))?;
        let until = log::filter::last_day(&self.until, zone).map_err(|error| ("until", error.fault().detail))?;
        let backwards = log::filter::backwards((&self.from, &self.until), zone);
        match backwards.map_err(|error| ("until", error.fault().detail))? {
            Some(sentence) => Err(("until", sentence.to_owned())),
            None => Ok((from, until)),
        }
    }

    /// As the list of coupons is asked: newest first, whatever order people look at.
    ///
    /// # Errors
    /// [`Error::BadQuery`] for a word that there is not.
    pub fn of_coupons(&self, choices: &Choices) -> Result<CouponFilter, Error> {
        let words = Words {
            tab: &self.tab,
            typed: &self.q,
            status: &self.status,
            benefit: &self.benefit,
            product_type: &self.product_type,
            tag: &self.tag,
            sort: "",
        };
        words.filter(choices)
    }

    /// As the audit log is asked.
    #[must_use]
    pub fn of_entries(&self) -> log::filter::Filter {
        let mut filter = log::filter::Filter::default();
        filter.person.clone_from(&self.person);
        filter.organization.clone_from(&self.organization);
        filter.code.clone_from(&self.code);
        filter.action.clone_from(&self.action);
        filter.from.clone_from(&self.from);
        filter.until.clone_from(&self.until);
        filter
    }
}
