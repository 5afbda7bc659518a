//! A batch as its pages show it.

use crate::accounts::guards::CouponAdmin;
use crate::batches;
use crate::calendar;
use crate::db::tables::batches::Model;
use crate::jobs::{Job, Progress, State};
use crate::money::grouped;
use std::collections::HashMap;
use uuid::Uuid;

/// One batch.
pub struct Sheet {
    /// Its id.
    pub id: Uuid,
    /// The coupon and the code it is known by.
    pub coupon: (Uuid, String),
    /// How many codes it has, of how many.
    pub made: String,
    /// "100,000 codes".
    pub title: String,
    /// As the codes look: `SUMMER-····-····`.
    pub looks: String,
    /// How often each can be used.
    pub uses: String,
    /// When and by whom it was asked for.
    pub when: String,
    /// By whom.
    pub by: String,
    /// What its job says; the one that makes it, or the one that makes it void.
    pub progress: Option<Progress>,
    /// Class and word of its state.
    pub badge: (&'static str, &'static str),
    /// Since when it is void, and how many codes are.
    pub voided: Option<(String, String)>,
    /// Whether nothing works on its codes, be they all or as many as there are.
    pub is_ready: bool,
}

impl Sheet {
    /// Of a row, with what is known of its jobs.
    #[must_use]
    pub fn of(who: &CouponAdmin, row: &Model, code: String, jobs: &HashMap<Uuid, Job>) -> Self {
        let progress = |id: &Uuid| jobs.get(id).map(Job::progress);
        let making = progress(&row.job_id);
        let voiding = row.void_job_id.as_ref().and_then(progress);
        let unfinished = |progress: &Progress| progress.state != State::Done;
        let shown = [&making, &voiding].into_iter().flatten().find(|progress| unfinished(progress)).cloned();
        let is_ready = !shown.as_ref().is_some_and(Progress::moves);
        let badge = match (&shown, row.voided_at) {
            (Some(progress), _) if progress.state == State::Failed => ("badge--refused", "Failed"),
            (Some(progress), _) if progress.state == State::Waiting => ("badge--held", "Waiting"),
            (Some(_), _) => ("badge--scheduled", "Running"),
            (None, Some(_)) => ("badge--deleted", "Void"),
            (None, None) if row.made < row.count => ("badge--refused", "Failed"),
            (None, None) => ("badge--active", "Ready"),
        };
        Self {
            id: row.id,
            coupon: (row.coupon_id, code),
            made: of_all(row, grouped),
            title: of_all(row, batches::many),
            looks: looks(row),
            uses: row.max_uses.map_or_else(|| "Unlimited".to_owned(), grouped),
            when: calendar::moment(row.created_at, who.tenant.zone),
            by: row.created_by.clone(),
            progress: shown,
            badge,
            voided: row.voided_at.map(|at| (calendar::moment(at, who.tenant.zone), batches::many(row.voided))),
            is_ready,
        }
    }

    /// Whether it will look different in a moment.
    #[must_use]
    pub fn moves(&self) -> bool {
        self.progress.as_ref().is_some_and(Progress::moves)
    }
}

/// How many there are, and of how many while some are missing.
fn of_all(row: &Model, words: impl Fn(i64) -> String) -> String {
    if row.made == row.count { words(row.count) } else { format!("{} of {}", grouped(row.made), words(row.count)) }
}

/// The pattern with a dot for each random character.
fn looks(row: &Model) -> String {
    let length = usize::try_from(row.length).unwrap_or_default();
    let group = row.group_size.and_then(|size| usize::try_from(size).ok()).unwrap_or(length).max(1);
    let dots: Vec<String> = (0..length).step_by(group).map(|at| "•".repeat(group.min(length - at))).collect();
    let prefix = row.prefix.trim_end_matches(['.', '-', '_']);
    let parts: Vec<&str> =
        std::iter::once(prefix).filter(|part| !part.is_empty()).chain(dots.iter().map(String::as_str)).collect();
    parts.join("-")
}
