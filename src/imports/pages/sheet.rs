//! An import as its pages show it.

use super::upload;
use crate::accounts::guards::CouponAdmin;
use crate::calendar;
use crate::db::tables::import_rows;
use crate::db::tables::imports::Model;
use crate::imports::row::Problem;
use crate::imports::state::{Outcome, State};
use crate::imports::{many, queries};
use crate::jobs::{self, Job, Progress};
use crate::money::{counted, grouped};
use uuid::Uuid;

/// One import.
pub struct Sheet {
    /// Its id.
    pub id: Uuid,
    /// What its file was called, and how large it was.
    pub file: (String, String),
    /// The coupon that its codes are for, and the code that is known by; `None` for whole coupons.
    pub into: Option<(Uuid, String)>,
    /// Where it stands.
    pub state: State,
    /// What its job says, while there is something to say.
    pub progress: Option<Progress>,
    /// When and by whom the file was sent.
    pub when: String,
    /// By whom.
    pub by: String,
    /// When and by whom it was run.
    pub ran: Option<String>,
    /// What its rows are counted in.
    pub place: &'static str,
    /// The counts, from its row.
    counts: Model,
}

impl Sheet {
    /// Of a row, with its job and the code of its coupon.
    #[must_use]
    pub fn of(who: &CouponAdmin, row: &Model, code: Option<String>, job: Option<&Job>) -> Self {
        let state = State::of(&row.state);
        let working = matches!(state, State::Checking | State::Running | State::Undoing);
        let by = row.ran_by.clone().unwrap_or_default();
        Self {
            id: row.id,
            file: (row.file_name.clone(), upload::words(row.size.unsigned_abs())),
            into: row.coupon_id.map(|id| (id, code.unwrap_or_else(|| "a coupon".to_owned()))),
            state,
            progress: job.map(Job::progress).filter(|progress| working && progress.state != jobs::State::Done),
            when: calendar::moment(row.created_at, who.tenant.zone),
            by: row.created_by.clone(),
            ran: row.ran_at.map(|at| format!("{} by {by}", calendar::moment(at, who.tenant.zone))),
            place: queries::looked(row).map_or("Row", |looked| looked.reading.place()),
            counts: row.clone(),
        }
    }

    /// Whether it will look different in a moment.
    #[must_use]
    pub fn moves(&self) -> bool {
        let working = matches!(self.state, State::Checking | State::Running | State::Undoing);
        working && self.progress.as_ref().is_none_or(Progress::moves)
    }

    /// Class and word of its state.
    #[must_use]
    pub fn badge(&self) -> (&'static str, &'static str) {
        match &self.progress {
            Some(progress) if progress.state == jobs::State::Failed => ("badge--refused", "Failed"),
            _ => self.state.badge(),
        }
    }

    /// Whether it can be said again what its columns mean.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let failed = self.progress.as_ref().is_some_and(|progress| progress.state == jobs::State::Failed);
        self.state.is_open() || self.state == State::Checking && failed
    }

    /// Whether there is something to make, and nothing was made yet.
    #[must_use]
    pub fn may_run(&self) -> bool {
        self.state == State::Checked && self.counts.fresh > 0
    }

    /// Whether it can be taken back.
    #[must_use]
    pub fn may_undo(&self) -> bool {
        self.state == State::Done && self.counts.made > 0
    }

    /// Whether its rows were tried.
    #[must_use]
    pub fn has_rows(&self) -> bool {
        !matches!(self.state, State::New | State::Checking)
    }

    /// Whether some rows were not imported for a reason, and can be had as a file.
    #[must_use]
    pub fn has_refused(&self) -> bool {
        self.has_rows() && self.counts.duplicates + self.counts.rejected > 0
    }

    /// Where its page is.
    #[must_use]
    pub fn path(&self) -> String {
        match self.state {
            State::New => format!("/dashboard/imports/{}/columns", self.id),
            _ => format!("/dashboard/imports/{}", self.id),
        }
    }

    fn many(&self, count: i64) -> String {
        many(&self.counts, count)
    }

    /// What the button says.
    #[must_use]
    pub fn action(&self) -> String {
        format!("Import {}", self.many(self.counts.fresh))
    }

    /// What the list says.
    #[must_use]
    pub fn short(&self) -> String {
        match self.state {
            State::New | State::Checking | State::Discarded => String::new(),
            State::Checked => format!("{} to import", self.many(self.counts.fresh)),
            State::Running | State::Done => self.many(self.counts.made),
            State::Undoing | State::Undone => {
                format!("{} of {}", grouped(self.counts.undone), self.many(self.counts.made))
            }
        }
    }

    /// What will happen, or what happened, in one plain sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let counts = &self.counts;
        let of = |what: String| match &self.into {
            Some((_, code)) => format!("{what} for the coupon of {code}"),
            None => what,
        };
        match self.state {
            State::New | State::Discarded => "Say what the columns mean first.".to_owned(),
            State::Checking => "Every row is tried. Nothing is made yet.".to_owned(),
            State::Checked if counts.fresh == 0 => "Nothing would be made: no row of this file is new.".to_owned(),
            State::Checked => format!("{} will be made.", of(self.many(counts.fresh))),
            State::Running => {
                let are = if counts.fresh == 1 { "is" } else { "are" };
                format!("{} {are} being made.", of(self.many(counts.fresh)))
            }
            State::Done if counts.made == 1 => format!("{} was imported.", of(self.many(1))),
            State::Done => format!("{} were imported.", of(self.many(counts.made))),
            State::Undoing => "What nobody has used is being taken back.".to_owned(),
            State::Undone => {
                let kept = counts.made - counts.undone;
                let stays = match kept {
                    0 => String::new(),
                    1 => " One stays, because it was used or changed.".to_owned(),
                    kept => format!(" {} stay, because they were used or changed.", grouped(kept)),
                };
                format!("{} taken back.{stays}", self.many(counts.undone))
            }
        }
    }

    /// What becomes of the other rows.
    #[must_use]
    pub fn rest(&self) -> Vec<String> {
        let counts = &self.counts;
        let rows = |count: i64| counted(count, "row", "rows");
        let mut said = Vec::new();
        if counts.same > 0 {
            let verb = if counts.same == 1 { "is" } else { "are" };
            said.push(format!("{} {verb} there already and say the same: nothing to do.", rows(counts.same)));
        }
        if counts.duplicates > 0 {
            let verb = if counts.duplicates == 1 { "has" } else { "have" };
            said.push(format!("{} {verb} a code that is taken: left out.", rows(counts.duplicates)));
        }
        if counts.rejected > 0 {
            let are = if counts.rejected == 1 { "it is" } else { "they are" };
            said.push(format!("{} cannot be imported as {are}: left out.", rows(counts.rejected)));
        }
        if counts.warned > 0 && self.state == State::Checked {
            let (carry, them) = if counts.warned == 1 { ("carries", "it") } else { ("carry", "them") };
            said.push(format!("{} to be made {carry} a warning; look at {them} first.", rows(counts.warned)));
        }
        said
    }

    /// The counts for the figures: outcome, label, number.
    #[must_use]
    pub fn figures(&self) -> Vec<(Option<Outcome>, &'static str, i64)> {
        let counts = &self.counts;
        let mut figures = vec![(None, "Rows", counts.row_count)];
        match self.state {
            State::Checked => figures.push((Some(Outcome::New), "New", counts.fresh)),
            State::Running => {
                figures.push((Some(Outcome::New), "Still to make", counts.fresh - counts.made));
                figures.push((Some(Outcome::Made), "Imported", counts.made));
            }
            _ => figures.push((Some(Outcome::Made), "Imported", counts.made - counts.undone)),
        }
        if counts.undone > 0 {
            figures.push((Some(Outcome::Undone), "Taken back", counts.undone));
        }
        figures.push((Some(Outcome::Same), "Same", counts.same));
        figures.push((Some(Outcome::Duplicate), "Duplicates", counts.duplicates));
        figures.push((Some(Outcome::Rejected), "Rejected", counts.rejected));
        figures
    }
}

/// A row of the file, with what became of it.
pub struct Line {
    /// Where it stands in the file.
    pub line: String,
    /// What it calls itself.
    pub code: String,
    /// Class and word of its outcome.
    pub badge: (&'static str, &'static str),
    /// What it is.
    pub said: String,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
    /// What to think about first.
    pub warning: String,
    /// The coupon that it made or met.
    pub link: Option<String>,
}

impl From<import_rows::Model> for Line {
    fn from(row: import_rows::Model) -> Self {
        let outcome = Outcome::from_word(&row.outcome).unwrap_or(Outcome::Rejected);
        Self {
            line: grouped(row.line),
            code: row.text,
            badge: outcome.badge(),
            said: row.said,
            problems: serde_json::from_str(&row.problems).unwrap_or_default(),
            warning: row.warning,
            link: row.coupon_id.map(|id| format!("/dashboard/coupons/{id}")),
        }
    }
}
