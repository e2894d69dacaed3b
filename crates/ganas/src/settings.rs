//! Converts the plan of a study to the settings that the study runs with.

use std::collections::BTreeSet;

use ganas_graph::{SearchSpace, wording};
use ganas_search::{
    Bound, Constraint, ConstraintError, Fidelity, KnownMetrics, Objective, Stopping, StudyError,
    StudySettings, TestOracle, UnknownName,
};

use crate::Error;
use crate::error::About;
use crate::option_part::Part;
use crate::options::{EvaluatorOptions, StudyOptions};
use crate::plan::Plan;
use crate::related::Related;
use crate::spaces::read_arch;
use crate::subject::Subject;

/// Number of consecutive failures that ends a study evaluated by a command or by another program,
/// unless its options set a limit.
const MAX_FAILURES_IN_A_ROW: usize = 10;

impl Plan {
    /// Returns the settings of the study.
    ///
    /// # Errors
    /// If a limit, an objective or an architecture does not suit the space, or if the study should
    /// stop at the optimum but the optimum is not known.
    pub fn settings(&self, subject: &Subject) -> Result<StudySettings, Error> {
        let (options, space) = (&self.options, &*subject.space);
        let target = if options.until_optimum {
            Some(self.optimum(subject).about(|| Part::of("until_optimum"))?)
        } else {
            options.target
        };
        if let Some(found) = target.filter(|target| !target.is_finite()) {
            let message = format!("expected a finite target, found {found}");
            return Err(Error::Usage(message)).about(|| Part::of("target"));
        }
        check_objectives(&options.objectives, space, subject.measured())?;
        let given = |text: &String| read_arch(space, text).about(|| Part::entry("from", text));
        let task = |related: &Related| {
            let text = related.folder().display().to_string();
            related.task(space).about(|| Part::entry("from", &text))
        };
        let measured = subject.measured();
        // The evaluator is a command, or a program that tells results.
        let may_fail = self.origin.is_some() || self.is_told_from_elsewhere();
        let parse = |bound, text: &str| Constraint::parse(space, measured, bound, text);
        Ok(StudySettings {
            distinct: options.distinct.unwrap_or_default(),
            direction: options.direction(),
            objectives: options.objectives.clone(),
            constraints: limits(&options.max, &options.min, parse)?,
            target,
            max_train_seconds: options.max_train_seconds,
            max_failures: options.max_failures,
            max_failures_in_a_row: (may_fail && options.max_failures.is_none())
                .then_some(MAX_FAILURES_IN_A_ROW),
            workers: options.workers.unwrap_or(1),
            asynchronous: options.asynchronous,
            first: options.from.iter().map(given).collect::<Result<_, _>>()?,
            fidelity: self.fidelity(subject)?,
            stopping: self.stopping(subject)?,
            related: self.related.iter().map(task).collect::<Result<_, _>>()?,
            ..StudySettings::new(options.budget(), options.seed.unwrap_or(0))
        })
    }

    /// Returns the fidelities, after checking that the evaluator supports them.
    fn fidelity(&self, subject: &Subject) -> Result<Option<Fidelity>, Error> {
        let Some(fidelity) = &self.options.fidelity else { return Ok(None) };
        let wrong =
            |message: &str| Err(Error::Usage(message.into())).about(|| Part::of("fidelity"));
        fidelity
            .check()
            .map_err(|error| Error::Usage(format!("fidelity.{error}")))
            .about(|| Part::of("fidelity"))?;
        if subject.as_benchmark().is_some() && fidelity.resumes {
            return wrong(
                "expected `resumes = false` for a benchmark, because its shorter training runs are not the beginnings of longer ones",
            );
        }
        if let Some(EvaluatorOptions::Command(settings)) = &self.options.evaluator
            && settings.fidelity.is_some()
        {
            return wrong(
                "expected either `[fidelity]`, or `fidelity` in `[evaluator]`, found both",
            );
        }
        Ok(Some(fidelity.clone()))
    }

    /// Returns the stopping rule, after checking that the evaluator can report during training.
    fn stopping(&self, subject: &Subject) -> Result<Option<Stopping>, Error> {
        let Some(stopping) = &self.options.stopping else { return Ok(None) };
        let check = || {
            stopping.check().map_err(|error| format!("stopping.{error}"))?;
            if subject.as_benchmark().is_some() {
                return Err("expected a command or a program that reports during training, found a benchmark, which returns results only once an evaluation is complete; for a benchmark, use `fidelity` instead".into());
            }
            if self.options.fidelity.is_some() {
                return Err(StudyError::FidelityAndStopping.to_string());
            }
            Ok(Some(stopping.clone()))
        };
        check().map_err(Error::Usage).about(|| Part::of("stopping"))
    }

    /// Returns the names of limits that are not on costs. Only a result shows whether such a metric
    /// exists.
    pub(crate) fn measured_limits(&self, space: &dyn SearchSpace) -> Vec<String> {
        let limits = self.options.max.iter().chain(&self.options.min);
        let names = limits.filter_map(|limit| limit.split_once('=')).map(|(name, _)| name);
        without_costs(names, space)
    }

    /// Rejects limits and objectives whose names are probably misspelt names of costs. Otherwise,
    /// the first result would reveal the error only after it was paid for.
    ///
    /// # Errors
    /// [`Error::Option`] with the limit or the objective.
    pub(crate) fn check_spelling(&self, subject: &Subject) -> Result<(), Error> {
        if subject.as_benchmark().is_some() {
            return Ok(());
        }
        let costs: Vec<_> = subject.space.cost_metrics().iter().map(|it| &it.name).collect();
        let check = |part: Part, name: &str| {
            let is_cost = costs.iter().any(|cost| *cost == name);
            match wording::misspelt(name, &costs).filter(|_| !is_cost) {
                None => Ok(()),
                Some(cost) => Err(Error::Usage(format!(
                    "`{name}` is not a cost of the search space (did you mean `{cost}`?). If the command reports a metric called `{name}`, rename the metric, so that it cannot be mistaken for `{cost}`"
                )))
                .about(|| part),
            }
        };
        let StudyOptions { max, min, objectives, .. } = &self.options;
        for (key, limits) in [("max", max), ("min", min)] {
            for limit in limits {
                check(Part::entry(key, limit), limit.split('=').next().unwrap_or_default())?;
            }
        }
        for Objective { metric, .. } in objectives {
            check(Part::entry("objectives", metric), metric)?;
        }
        Ok(())
    }

    /// Returns the names of the further objectives that are not costs.
    pub(crate) fn measured_objectives(&self, space: &dyn SearchSpace) -> Vec<String> {
        without_costs(self.options.objectives.iter().map(|it| it.metric.as_str()), space)
    }

    /// Returns the benchmark's best value. Fails if it is not known, or if the study optimises in
    /// the opposite direction.
    fn optimum(&self, subject: &Subject) -> Result<f64, Error> {
        let oracle = subject.oracle();
        let known = oracle.map(TestOracle::optimum).transpose()?.flatten();
        let message = "expected a benchmark whose optimum is known, because `until_optimum` is set; give a `target` instead";
        let optimum = known.ok_or_else(|| Error::Usage(message.into()))?;
        let direction = oracle.map_or_else(Default::default, TestOracle::direction);
        if direction != self.options.direction() {
            let message = "expected a study that optimises in the direction of the benchmark's optimum, found the opposite direction (`minimise`)";
            return Err(Error::Usage(message.into()));
        }
        Ok(optimum)
    }
}

/// Rejects objectives that no trial can have, and duplicates.
///
/// # Errors
/// [`Error::Option`] with the objective.
pub(crate) fn check_objectives(
    objectives: &[Objective],
    space: &dyn SearchSpace,
    measured: KnownMetrics<'_>,
) -> Result<(), Error> {
    let mut named = BTreeSet::new();
    if let Some(twice) = objectives.iter().find(|it| !named.insert(&it.metric)) {
        let metric = &twice.metric;
        let message = format!("expected each objective once, found `{metric}` twice");
        return Err(Error::Usage(message)).about(|| Part::entry("objectives", metric));
    }
    let costs = space.cost_metrics().iter().map(|metric| metric.name.clone());
    let measured = match measured {
        KnownMetrics::Records(records) => records.metrics(),
        KnownMetrics::Nothing | KnownMetrics::Anything => return Ok(()),
    };
    let valid: Vec<_> = costs.chain(measured).collect();
    let unknown = |objective: &&Objective| !valid.contains(&objective.metric);
    match objectives.iter().find(unknown) {
        Some(Objective { metric, .. }) => {
            let unknown = UnknownName { what: "objective", found: metric.clone(), valid };
            Err(unknown).about(|| Part::entry("objectives", metric))
        }
        None => Ok(()),
    }
}

/// Returns the names that are not costs of the space.
fn without_costs<'n>(names: impl Iterator<Item = &'n str>, space: &dyn SearchSpace) -> Vec<String> {
    let is_cost = |name: &&str| space.cost_metrics().iter().any(|cost| cost.name == **name);
    names.filter(|name| !is_cost(name)).map(ToOwned::to_owned).collect()
}

/// Returns the limits described by the strings in `max` and `min`: first the upper limits in `max`,
/// then the lower limits in `min`. Each string is converted by the function `parse`.
///
/// # Errors
/// [`Error::Option`] for a string that is not a limit.
pub fn limits(
    max: &[String],
    min: &[String],
    parse: impl Fn(Bound, &str) -> Result<Constraint, ConstraintError>,
) -> Result<Vec<Constraint>, Error> {
    let max = max.iter().map(|text| (Bound::Max, "max", text));
    let all = max.chain(min.iter().map(|text| (Bound::Min, "min", text)));
    let mut limits: Vec<Constraint> = Vec::new();
    for (bound, key, text) in all {
        let part = || Part::entry(key, text);
        let limit = parse(bound, text).about(part)?;
        if let Some(other) = limits.iter().find(|other| other.excludes(&limit)) {
            let message = format!("no architecture can satisfy both {other} and {limit}");
            return Err(Error::Usage(message)).about(part);
        }
        limits.push(limit);
    }
    Ok(limits)
}
