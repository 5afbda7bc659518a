//! A form as a browser without scripts sends it: every field it has, hidden ones too.

use crate::page::parse;
use scraper::{ElementRef, Html};

/// A form that was read from a page.
#[derive(Clone, Debug)]
pub struct Form {
    /// Where it goes.
    pub action: String,
    /// `get` or `post`.
    pub method: String,
    /// Names and values, in the order of the page.
    pub fields: Vec<(String, String)>,
}

impl Form {
    pub(crate) fn read(form: &ElementRef<'_>, page: &Html) -> Self {
        let word = |name, default: &str| form.attr(name).unwrap_or(default).to_lowercase();
        let mut fields = Vec::new();
        for field in form.select(&parse("input, select, textarea")) {
            collect(&field, &mut fields);
        }
        if let Some(id) = form.attr("id") {
            for field in page.select(&parse(&format!("input[form='{id}'], select[form='{id}'], textarea[form='{id}']")))
            {
                collect(&field, &mut fields);
            }
        }
        Self { action: form.attr("action").expect("a real action").to_owned(), method: word("method", "get"), fields }
    }

    /// Types into the field with this name, or ticks it.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(field, _)| field != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds one more value of a field that takes several.
    #[must_use]
    pub fn and(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Unticks a field.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(field, _)| field != name);
        self
    }

    /// The value it would send.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }
}

fn collect(field: &ElementRef<'_>, fields: &mut Vec<(String, String)>) {
    let Some(name) = field.attr("name") else { return };
    if field.attr("disabled").is_some() {
        return;
    }
    let value = match field.value().name() {
        "textarea" => Some(field.text().collect()),
        "select" => {
            let options: Vec<_> = field.select(&parse("option")).collect();
            let chosen = options.iter().find(|option| option.attr("selected").is_some()).or(options.first());
            chosen.map(|option| option.attr("value").map_or_else(|| option.text().collect(), str::to_owned))
        }
        _ => match field.attr("type").unwrap_or("text") {
            "submit" | "button" | "reset" | "file" => None,
            "checkbox" | "radio" => field.attr("checked").map(|_| field.attr("value").unwrap_or("on").to_owned()),
            _ => Some(field.attr("value").unwrap_or_default().to_owned()),
        },
    };
    if let Some(value) = value {
        fields.push((name.to_owned(), value));
    }
}
