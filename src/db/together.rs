//! Questions that come in while others are being answered are answered together, in one set of queries.
//!
//! Nothing is kept: the queries of an answer begin after its question came, so it is as fresh as if it had been asked alone.
//! A question that finds nobody waiting is answered at once, alone.

use crate::db::Db;
use crate::error::Error;
use anyhow::anyhow;
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, mpsc, oneshot};

/// The most questions of one set of queries.
const MOST_AT_ONCE: usize = 256;
/// How many questions may wait before others are told to come later.
const PLACES: usize = 4_096;
/// How many sets are under way at a time on PostgreSQL, where one waits for the server while the next is put together.
const LANES_ON_POSTGRES: usize = 2;
/// How long a set may take, so that a database that neither answers nor fails does not hold up those who come later.
const LONGEST: Duration = Duration::from_secs(5);

/// Who answers sets of questions.
pub trait Answers: Send + Sync + 'static {
    /// What is asked.
    type Question: Send + Sync + 'static;
    /// What is answered.
    type Answer: Send + 'static;

    /// The answers to these questions, in their order.
    ///
    /// # Errors
    /// When none of them could be answered.
    fn answer(&self, questions: &[Self::Question]) -> impl Future<Output = Result<Vec<Self::Answer>, Error>> + Send;
}

struct Waiting<A: Answers> {
    question: A::Question,
    answer: oneshot::Sender<Result<A::Answer, Error>>,
}

/// Where questions of one kind are asked; clones share it.
pub struct Together<A: Answers>(mpsc::Sender<Waiting<A>>);

impl<A: Answers> Clone for Together<A> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<A: Answers> Together<A> {
    /// Opens it on this database; it ends when its last clone is dropped.
    #[must_use]
    pub fn open(db: &Db, answers: A) -> Self {
        Self::with_lanes(if db.is_postgres() { LANES_ON_POSTGRES } else { 1 }, answers)
    }

    /// Opens it for answers that are given one after the other.
    #[must_use]
    pub fn in_turn(answers: A) -> Self {
        Self::with_lanes(1, answers)
    }

    fn with_lanes(lanes: usize, answers: A) -> Self {
        let (queue, waiting) = mpsc::channel(PLACES);
        let (answers, waiting) = (Arc::new(answers), Arc::new(Mutex::new(waiting)));
        for _ in 0..lanes {
            tokio::spawn(lane(answers.clone(), waiting.clone()));
        }
        Self(queue)
    }

    /// Whether anybody answers here: not once the runtime on which it was opened is gone.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.0.is_closed()
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// Those of the answer; [`Error::Unavailable`] when too many wait, or when the database is away.
    pub async fn ask(&self, question: A::Question) -> Result<A::Answer, Error> {
        let (answer, answered) = oneshot::channel();
        let full = |_| Error::Unavailable(anyhow!("too many questions wait"));
        self.0.try_send(Waiting { question, answer }).map_err(full)?;
        answered.await.map_err(|_| Error::Unavailable(anyhow!("nobody answers any more")))?
    }
}

async fn lane<A: Answers>(answers: Arc<A>, waiting: Arc<Mutex<mpsc::Receiver<Waiting<A>>>>) {
    let mut set = Vec::with_capacity(MOST_AT_ONCE);
    while waiting.lock().await.recv_many(&mut set, MOST_AT_ONCE).await > 0 {
        // Whoever has gone needs no answer.
        set.retain(|one| !one.answer.is_closed());
        let (questions, asked): (Vec<_>, Vec<_>) = set.drain(..).map(|one| (one.question, one.answer)).unzip();
        for (answer, asked) in decide(&*answers, &questions).await.into_iter().zip(asked) {
            drop(asked.send(answer));
        }
    }
}

/// A question that cannot be answered does not fail its neighbours: then each is asked alone.
async fn decide<A: Answers>(answers: &A, questions: &[A::Question]) -> Vec<Result<A::Answer, Error>> {
    match in_time(answers, questions).await {
        Ok(found) => found.into_iter().map(Ok).collect(),
        Err(Error::Unavailable(reason)) => {
            questions.iter().map(|_| Err(Error::Unavailable(anyhow!("{reason:#}")))).collect()
        }
        Err(error) if questions.len() == 1 => vec![Err(error)],
        Err(_) => {
            let mut found = Vec::with_capacity(questions.len());
            for question in questions {
                let nothing = || Err(Error::Internal(anyhow!("a question got no answer")));
                let alone = in_time(answers, std::slice::from_ref(question)).await;
                found.push(alone.and_then(|mut answers| answers.pop().map_or_else(nothing, Ok)));
            }
            found
        }
    }
}

async fn in_time<A: Answers>(answers: &A, questions: &[A::Question]) -> Result<Vec<A::Answer>, Error> {
    let given_up = |_| Err(Error::Unavailable(anyhow!("the database did not answer in time")));
    let answered = tokio::time::timeout(LONGEST, answers.answer(questions));
    // A lane that dies of one question would answer nobody any more.
    let broken = |_| Err(Error::Internal(anyhow!("a question panicked")));
    AssertUnwindSafe(answered).catch_unwind().await.map_or_else(broken, |done| done.unwrap_or_else(given_up))
}

#[cfg(test)]
mod tests {
    use super::{Answers, Together};
    use crate::error::Error;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    /// Doubles numbers below 100, panics at 1,000, fails as a whole on any other, and keeps the sizes of its sets.
    #[derive(Default)]
    struct Doubles {
        sizes: Mutex<Vec<usize>>,
    }

    impl Answers for Arc<Doubles> {
        type Question = u32;
        type Answer = u32;

        async fn answer(&self, questions: &[u32]) -> Result<Vec<u32>, Error> {
            self.sizes.lock().unwrap().push(questions.len());
            tokio::time::sleep(Duration::from_millis(20)).await;
            assert!(!questions.contains(&1_000), "a question that nobody thought of");
            if questions.iter().any(|number| *number >= 100) {
                return Err(Error::NotFound);
            }
            Ok(questions.iter().map(|number| number * 2).collect())
        }
    }

    async fn ask_all(together: &Together<Arc<Doubles>>, numbers: &[u32]) -> Vec<Option<u32>> {
        let asked: Vec<_> = numbers
            .iter()
            .map(|number| {
                let (together, number) = (together.clone(), *number);
                tokio::spawn(async move { together.ask(number).await.ok() })
            })
            .collect();
        let mut answers = Vec::new();
        for one in asked {
            answers.push(one.await.unwrap());
        }
        answers
    }

    #[tokio::test]
    async fn each_gets_its_own_answer_from_few_sets() {
        let doubles = Arc::new(Doubles::default());
        let together = Together::with_lanes(2, doubles.clone());
        let numbers: Vec<u32> = (0..90).collect();
        let answers = ask_all(&together, &numbers).await;
        assert_eq!(answers, numbers.iter().map(|number| Some(number * 2)).collect::<Vec<_>>());
        let sizes = doubles.sizes.lock().unwrap().clone();
        assert_eq!(sizes.iter().sum::<usize>(), 90);
        assert!(sizes.len() < 45, "{sizes:?}");
    }

    #[tokio::test]
    async fn a_question_without_an_answer_does_not_fail_its_neighbours() {
        let together = Together::with_lanes(2, Arc::new(Doubles::default()));
        assert_eq!(ask_all(&together, &[1, 100, 3]).await, [Some(2), None, Some(6)]);
    }

    #[tokio::test]
    async fn a_question_that_panics_stops_nobody_else() {
        let together = Together::with_lanes(1, Arc::new(Doubles::default()));
        assert_eq!(ask_all(&together, &[1, 1_000, 3]).await, [Some(2), None, Some(6)]);
        assert_eq!(together.ask(4).await.ok(), Some(8));
    }

    #[tokio::test]
    async fn whoever_has_gone_is_not_waited_for() {
        let together = Together::with_lanes(2, Arc::new(Doubles::default()));
        let gone = tokio::time::timeout(Duration::from_millis(1), together.ask(1));
        assert!(gone.await.is_err());
        assert_eq!(together.ask(2).await.ok(), Some(4));
    }
}
