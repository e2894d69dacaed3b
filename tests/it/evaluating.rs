//! Ways to evaluate without a pool of threads.

use ganas_graph::{Arch, SearchSpace};
use ganas_search::{
    Cancel, Evaluation, Evaluator, Job, OpenTrial, Report, ReportReply, Reporter, Strategy, Study,
    StudyError, StudyOutcome, StudySettings, TrialId,
};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use std::sync::{Arc, Mutex};

/// What an evaluator says of an architecture outside a study.
pub(crate) fn evaluate(
    evaluator: &dyn Evaluator,
    space: &dyn SearchSpace,
    arch: &Arch,
) -> Evaluation {
    let (trial, cancel) = (TrialId(0), Cancel::default());
    let job = Job::first(space, arch, trial, 0, &cancel);
    evaluator.evaluate(&job).unwrap()
}

/// A study in memory from its beginning to its end.
pub(crate) fn search(
    space: &Arc<dyn SearchSpace>,
    strategy: Box<dyn Strategy>,
    evaluator: &dyn Evaluator,
    settings: StudySettings,
) -> Result<StudyOutcome, StudyError> {
    let mut study = Study::new(space.clone(), strategy, settings)?;
    study.optimize(evaluator)?;
    Ok(study.into_outcome())
}

/// Does what so many workers would do, of which any may be the next to end: keeps their trials out
/// until the study ends, and when `cancel` is set waits for those.
pub(crate) fn work(
    study: &mut Study,
    evaluator: &dyn Evaluator,
    (workers, seed): (usize, u64),
    cancel: &Cancel,
) -> Result<(), StudyError> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut out: Vec<OpenTrial> = Vec::new();
    loop {
        if !cancel.is_set() {
            let more = study.ask(workers - out.len())?;
            more.iter().try_for_each(|open| study.begin(open.trial))?;
            out.extend(more);
        }
        if out.is_empty() {
            return Ok(());
        }
        let open = out.swap_remove(rng.random_range(0..out.len()));
        let space = study.space().clone();
        let direct = Direct { study: Mutex::new(&mut *study), trial: open.trial };
        let job = Job { reporter: Some(&direct), ..open.job(&*space, cancel) };
        let evaluation = evaluator.evaluate(&job).unwrap();
        study.tell(open.trial, evaluation)?;
    }
}

/// Hands reports to a study.
#[derive(Debug)]
struct Direct<'s> {
    study: Mutex<&'s mut Study>,
    trial: TrialId,
}

impl Reporter for Direct<'_> {
    fn begin(&self) {
        self.study.lock().unwrap().report_anew(self.trial).unwrap();
    }

    fn report(&self, report: Report) -> Option<u64> {
        match self.study.lock().unwrap().report(self.trial, report).unwrap() {
            ReportReply::Stop { step } => Some(step),
            ReportReply::Continue => None,
        }
    }
}
