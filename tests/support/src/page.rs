//! A page as a reader sees it.

use crate::form::Form;
use scraper::{ElementRef, Html, Selector};

/// A parsed page or fragment.
pub struct Page(Html);

impl Page {
    /// Reads markup, forgiving as a browser.
    pub fn read(markup: &str) -> Self {
        Self(Html::parse_document(markup))
    }

    /// All elements that match.
    pub fn all(&self, selector: &str) -> Vec<ElementRef<'_>> {
        self.0.select(&parse(selector)).collect()
    }

    /// Whether something matches.
    pub fn has(&self, selector: &str) -> bool {
        !self.all(selector).is_empty()
    }

    /// The words of the first element that matches, with single spaces.
    #[track_caller]
    pub fn text(&self, selector: &str) -> String {
        let found = self.all(selector);
        words_of(found.first().unwrap_or_else(|| panic!("no {selector} in: {}", self.words())))
    }

    /// The words of every element that matches.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        self.all(selector).iter().map(words_of).collect()
    }

    /// An attribute of the first element that matches.
    pub fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        self.all(selector).first().and_then(|element| element.attr(name)).map(str::to_owned)
    }

    /// The value of the field with this name.
    pub fn value_of(&self, name: &str) -> Option<String> {
        let input = self.attribute(&format!("input[name='{name}']"), "value");
        let area = || self.texts(&format!("textarea[name='{name}']")).first().cloned();
        let option = || self.attribute(&format!("select[name='{name}'] option[selected]"), "value");
        input.or_else(area).or_else(option)
    }

    /// The sentences beside fields that were refused.
    pub fn field_errors(&self) -> Vec<String> {
        self.texts(".field__error").iter().map(|text| text.trim_start_matches("Error: ").to_owned()).collect()
    }

    /// The status line.
    pub fn status(&self) -> String {
        self.texts("#status").join(" ")
    }

    /// The form that matches, as the browser would send it.
    #[track_caller]
    pub fn form(&self, selector: &str) -> Form {
        let found = self.all(selector);
        Form::read(found.first().unwrap_or_else(|| panic!("no {selector} in: {}", self.words())), &self.0)
    }

    /// All its words.
    pub fn words(&self) -> String {
        let body = self.all("body");
        body.first().map(words_of).unwrap_or_default()
    }
}

pub(crate) fn parse(selector: &str) -> Selector {
    Selector::parse(selector).unwrap_or_else(|error| panic!("{selector}: {error}"))
}

fn words_of(element: &ElementRef<'_>) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}
