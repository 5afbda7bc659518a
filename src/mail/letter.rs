//! What a letter says, as plain text and as HTML.

use askama::Template;
use serde::{Deserialize, Serialize};

/// A short letter: a few sentences, and at most one thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Whom it goes to.
    pub to: String,
    /// Who writes: the tenant's name.
    pub from_name: String,
    /// The subject.
    pub subject: String,
    /// What it says, one paragraph each.
    pub paragraphs: Vec<String>,
    /// What to do: the words of the link, and where it leads.
    pub action: Option<(String, String)>,
    /// What stands below the link.
    pub after: Vec<String>,
    /// The same letter sent again has the same id.
    pub id: String,
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'a> {
    letter: &'a Letter,
}

impl Letter {
    /// The part for programs that show no HTML.
    #[must_use]
    pub fn text(&self) -> String {
        let mut parts = self.paragraphs.clone();
        parts.extend(self.action.iter().map(|(words, link)| format!("{words}:\n{link}")));
        parts.extend(self.after.iter().cloned());
        parts.push(format!("-- \n{}", self.from_name));
        parts.join("\n\n") + "\n"
    }

    /// The part for those that do.
    ///
    /// # Errors
    /// When the template cannot be rendered.
    pub fn html(&self) -> Result<String, askama::Error> {
        Html { letter: self }.render()
    }
}
