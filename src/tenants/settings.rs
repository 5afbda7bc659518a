//! The settings that a tenant's own administrators change, as their form says them.

use crate::db::tables::tenants::Model;
use crate::money::{self, Currency};
use crate::tenants::{Tenant, fields};
use crate::web::form::Errors;
use chrono_tz::Tz;
use serde::Deserialize;

/// A day: longer no order stays unpaid.
const LONGEST_HOLD: i64 = 1_440;

/// What the form says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Typed {
    /// The version that was shown.
    pub version: i64,
    /// The tenant's name.
    pub name: String,
    /// The currency's code.
    pub currency: String,
    /// The time zone's name.
    pub time_zone: String,
    /// An amount.
    pub minimum_charge: String,
    /// What ends every refusal.
    pub support_contact: String,
    /// Whole minutes.
    pub hold_minutes: String,
    /// Ticked or absent.
    pub full_discount_single_item: Option<String>,
    /// A number, or empty for unlimited.
    pub free_claims_per_person: String,
    /// For links, or empty for the installation's.
    pub base_url: String,
    /// Begins a refusal because the code does not count, or empty.
    #[serde(default)]
    pub message_no_discount: String,
    /// Begins a refusal because of what is bought or the organization, or empty.
    #[serde(default)]
    pub message_requirements: String,
    /// Begins a refusal of 100 % over several different items, or empty.
    #[serde(default)]
    pub message_full_discount: String,
}

/// The same, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    name: String,
    currency: Currency,
    zone: Tz,
    minimum_charge: i64,
    support_contact: String,
    hold_minutes: i64,
    full_discount_single_item: bool,
    free_claims_per_person: Option<i64>,
    base_url: Option<String>,
    message_no_discount: Option<String>,
    message_requirements: Option<String>,
    message_full_discount: Option<String>,
}

impl Typed {
    /// The form as it stands.
    #[must_use]
    pub fn of(tenant: &Tenant) -> Self {
        let row = &tenant.row;
        Self {
            version: row.version,
            name: row.name.clone(),
            currency: row.currency.clone(),
            time_zone: row.time_zone.clone(),
            minimum_charge: tenant.currency.format(row.minimum_charge),
            support_contact: row.support_contact.clone(),
            hold_minutes: row.hold_minutes.to_string(),
            full_discount_single_item: row.full_discount_single_item.then(|| "yes".to_owned()),
            free_claims_per_person: row.free_claims_per_person.map(|count| count.to_string()).unwrap_or_default(),
            base_url: row.base_url.clone().unwrap_or_default(),
            message_no_discount: row.message_no_discount.clone().unwrap_or_default(),
            message_requirements: row.message_requirements.clone().unwrap_or_default(),
            message_full_discount: row.message_full_discount.clone().unwrap_or_default(),
        }
    }

    /// What it means, or what is wrong with it. `locked` is the currency that amounts exist in.
    #[must_use]
    pub fn read(&self, locked: Option<Currency>, errors: &mut Errors) -> Option<Settings> {
        let name = errors.keep("name", fields::line(&self.name, "Enter a name."));
        let currency = fields::currency(&self.currency).and_then(|currency| match locked {
            Some(fixed) if fixed != currency => Err(format!("Amounts exist in {fixed}, so it cannot change.")),
            _ => Ok(currency),
        });
        let currency = errors.keep("currency", currency);
        let minimum = currency.and_then(|currency| errors.keep("minimum_charge", self.minimum(currency)));
        let zone = errors.keep("time_zone", fields::zone(&self.time_zone));
        let hold = errors.keep("hold_minutes", self.hold());
        let contact = "Enter whom people ask: an e-mail address or a phone number.";
        let contact = errors.keep("support_contact", fields::line(&self.support_contact, contact));
        let base_url = errors.keep("base_url", fields::base_url(&self.base_url));
        let claims = match self.free_claims_per_person.trim() {
            "" => Ok(None),
            typed => money::parse_count(typed).map(Some).map_err(|fault| fault.to_string()),
        };
        let claims = errors.keep("free_claims_per_person", claims);
        let no_discount = errors.keep("message_no_discount", fields::message(&self.message_no_discount));
        let requirements = errors.keep("message_requirements", fields::message(&self.message_requirements));
        let full_discount = errors.keep("message_full_discount", fields::message(&self.message_full_discount));
        Some(Settings {
            name: name?,
            currency: currency?,
            zone: zone?,
            minimum_charge: minimum?,
            support_contact: contact?,
            hold_minutes: hold?,
            full_discount_single_item: self.full_discount_single_item.is_some(),
            free_claims_per_person: claims?,
            base_url: base_url?,
            message_no_discount: no_discount?,
            message_requirements: requirements?,
            message_full_discount: full_discount?,
        })
    }

    fn minimum(&self, currency: Currency) -> Result<i64, String> {
        if self.minimum_charge.trim().is_empty() {
            return Ok(0);
        }
        money::parse(&self.minimum_charge, currency).map_err(|fault| fault.to_string())
    }

    fn hold(&self) -> Result<i64, String> {
        match money::parse_count(&self.hold_minutes) {
            Ok(minutes) if (1..=LONGEST_HOLD).contains(&minutes) => Ok(minutes),
            _ => Err(format!("Enter whole minutes, from 1 to {LONGEST_HOLD}.")),
        }
    }
}

impl Settings {
    /// Writes them into a row.
    pub fn apply(self, row: &mut Model) {
        row.name = self.name;
        row.currency = self.currency.code().to_owned();
        row.time_zone = self.zone.name().to_owned();
        row.minimum_charge = self.minimum_charge;
        row.support_contact = self.support_contact;
        row.hold_minutes = self.hold_minutes;
        row.full_discount_single_item = self.full_discount_single_item;
        row.free_claims_per_person = self.free_claims_per_person;
        row.base_url = self.base_url;
        row.message_no_discount = self.message_no_discount;
        row.message_requirements = self.message_requirements;
        row.message_full_discount = self.message_full_discount;
    }
}

#[cfg(test)]
mod tests {
    use super::Typed;
    use crate::money::Currency;
    use crate::web::form::Errors;

    fn typed() -> Typed {
        Typed {
            version: 1,
            name: "Harbour Works".into(),
            currency: "EUR".into(),
            time_zone: "Europe/Zurich".into(),
            minimum_charge: "0.50".into(),
            support_contact: "help@harbour.test".into(),
            hold_minutes: "45".into(),
            ..Typed::default()
        }
    }

    fn refused(typed: &Typed, locked: Option<Currency>) -> Vec<&'static str> {
        let mut errors = Errors::default();
        assert_eq!(typed.read(locked, &mut errors).is_none(), !errors.is_empty());
        errors.iter().map(|(field, _)| field).collect()
    }

    #[test]
    fn good_settings_are_understood() {
        let mut errors = Errors::default();
        let read = typed().read(Currency::from_code("EUR"), &mut errors).unwrap();
        assert_eq!((read.minimum_charge, read.hold_minutes, read.free_claims_per_person), (50, 45, None));
        assert!(!read.full_discount_single_item);
    }

    #[test]
    fn each_fault_is_said_on_its_own_field() {
        type Spoil = fn(&mut Typed);
        let cases: [(&str, Spoil); 10] = [
            ("name", |t| t.name = " ".into()),
            ("currency", |t| t.currency = "XYZ".into()),
            ("time_zone", |t| t.time_zone = "Mars".into()),
            ("minimum_charge", |t| t.minimum_charge = "-5".into()),
            ("minimum_charge", |t| t.minimum_charge = "1e3".into()),
            ("support_contact", |t| t.support_contact = String::new()),
            ("hold_minutes", |t| t.hold_minutes = "1441".into()),
            ("free_claims_per_person", |t| t.free_claims_per_person = "9223372036854775808".into()),
            ("base_url", |t| t.base_url = "harbour".into()),
            ("message_requirements", |t| t.message_requirements = "x".repeat(201)),
        ];
        for (field, spoil) in cases {
            let mut bad = typed();
            spoil(&mut bad);
            assert_eq!(refused(&bad, None), [field]);
        }
    }

    #[test]
    fn a_currency_with_amounts_stays() {
        let other = Typed { currency: "JPY".into(), minimum_charge: "50".into(), ..typed() };
        assert_eq!(refused(&other, Currency::from_code("EUR")), ["currency"]);
        assert!(refused(&other, None).is_empty());
    }
}
