//! Codes drawn ahead of the pieces that insert them.
//!
//! Many are drawn at once and sorted, so that the rows of a piece stand beside one another in the index of keys. A piece
//! that was drawn for itself would touch another page of it with every row.

use super::plan;
use crate::coupons::code::CodeText;
use crate::coupons::generator::Letters;
use crate::db::tables::batches::Model;
use crate::error::Error;
use crate::jobs::Failure;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::vec::IntoIter;
use tokio::task::spawn_blocking;
use uuid::Uuid;

/// How many are drawn at once: some 5 MiB.
const RUN: usize = 50_000;
/// Batches whose codes are kept; more are seldom made at once.
const BATCHES: usize = 2;

/// What was drawn for each batch and is not inserted. Whatever is lost of it is drawn anew.
#[derive(Debug, Default)]
pub(super) struct Stock(Mutex<Vec<(Uuid, IntoIter<CodeText>)>>);

impl Stock {
    /// The next codes of a batch that lacks `missing`, all different: at most `wanted`, and at least one.
    ///
    /// # Errors
    /// When its pattern cannot be drawn.
    pub(super) async fn take(&self, batch: &Model, missing: usize, wanted: usize) -> Result<Vec<CodeText>, Failure> {
        let mut run = match self.kept(batch.id) {
            Some(run) => run,
            None => {
                let batch = batch.clone();
                let drawing = spawn_blocking(move || draw(&batch, missing.min(RUN)));
                drawing.await.map_err(|error| Error::Internal(error.into()))??.into_iter()
            }
        };
        let codes = run.by_ref().take(wanted).collect();
        if run.len() > 0 {
            self.keep(batch.id, run);
        }
        Ok(codes)
    }

    fn kept(&self, batch: Uuid) -> Option<IntoIter<CodeText>> {
        let mut runs = self.runs();
        let place = runs.iter().position(|(of, _)| *of == batch)?;
        Some(runs.remove(place).1)
    }

    /// The oldest gives way.
    fn keep(&self, batch: Uuid, run: IntoIter<CodeText>) {
        let mut runs = self.runs();
        if runs.len() == BATCHES {
            runs.remove(0);
        }
        runs.push((batch, run));
    }

    fn runs(&self) -> MutexGuard<'_, Vec<(Uuid, IntoIter<CodeText>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// So many different codes, in the order of their keys.
fn draw(batch: &Model, wanted: usize) -> Result<Vec<CodeText>, Failure> {
    let pattern =
        plan::pattern(&batch.prefix, batch.length, batch.group_size).map_err(|(_, why)| Failure::Final(why))?;
    let mut letters = Letters::default();
    let mut drawn = Vec::with_capacity(wanted);
    while drawn.len() < wanted {
        for _ in drawn.len()..wanted {
            drawn.push(pattern.draw(&mut letters).map_err(|fault| Failure::Final(fault.to_string()))?);
        }
        drawn.sort_unstable_by(|one, other| one.key().cmp(other.key()));
        drawn.dedup_by(|one, other| one.key() == other.key());
    }
    Ok(drawn)
}
