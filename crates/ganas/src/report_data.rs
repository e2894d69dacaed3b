//! Makes reports on studies and comparisons from the contents of their folders.

use std::fs;
use std::path::{Path, PathBuf};

use ganas_bench::OWN_DATASET;
use ganas_report::{Comparison, Part, Report, Run, Strategy, Study, read_comparisons};
use ganas_search::{Direction, HypervolumeCurve, StudyReader, StudyRecord, TestOracle};

use crate::options::EvaluatorOptions;
use crate::stored_comparison;
use crate::subject::{Evaluation, Subject};
use crate::{Error, Plan};

/// The name of a study's store in its folder.
const STORE: &str = "study.db";

/// Returns true if the folder contains a study.
///
/// ```
/// assert!(!ganas::is_study("nowhere".as_ref()));
/// ```
pub fn is_study(folder: &Path) -> bool {
    folder.join(STORE).is_file()
}

/// Returns the unit of a data set's values: percent, or no unit if the data set is a user's own
/// table or if there is no data set.
///
/// ```
/// assert_eq!(ganas::value_unit(Some("cifar10")), "%");
/// assert_eq!(ganas::value_unit(Some("table")), "");
/// ```
pub fn value_unit(dataset: Option<&str>) -> &'static str {
    if dataset.is_some_and(|dataset| dataset != OWN_DATASET) { "%" } else { "" }
}

/// Returns a report on the studies and comparisons at these paths. Each path is the folder of a
/// study (which may be running), the folder given to `ganas compare --dir`, or a file with the JSON
/// output of `ganas compare`. If there are several studies, and all have the same search space and
/// direction of optimisation, the report also compares their strategies. This function writes no
/// files.
///
/// # Errors
/// [`Error::Report`] if a text file contains no complete comparison; [`Error::Usage`] if a path is
/// otherwise none of these; another error if the contents of a path cannot be read.
pub fn read_report(paths: &[PathBuf]) -> Result<Report, Error> {
    let mut parts = Vec::new();
    for path in paths {
        parts.extend(parts_of(path)?);
    }
    parts.splice(0..0, together(&parts).map(Part::Comparison));
    let title = match parts.as_slice() {
        [Part::Study(study)] => format!("Study {}", study.name),
        [Part::Comparison(comparison)] => format!("Comparison on {}", comparison.name),
        _ => "Architecture searches".into(),
    };
    Ok(Report { title, parts })
}

fn parts_of(path: &Path) -> Result<Vec<Part>, Error> {
    if is_study(path) {
        return Ok(vec![Part::Study(Box::new(read_study(path)?))]);
    }
    if path.join(stored_comparison::NAME).exists() {
        return Ok(vec![Part::Comparison(kept_comparison(path)?)]);
    }
    if path.is_dir() {
        return Err(not_shown(path, "a folder with neither file"));
    }
    if !path.is_file() {
        return Err(not_shown(path, "nothing there"));
    }
    let bytes = fs::read(path).map_err(|source| Error::file("read", path, source))?;
    let text = String::from_utf8(bytes).map_err(|_| not_shown(path, "a file that is not text"))?;
    let read = read_comparisons(&path.display().to_string(), &text)?;
    Ok(read.into_iter().map(Part::Comparison).collect())
}

fn not_shown(path: &Path, found: &str) -> Error {
    Error::Usage(format!(
        "{}: expected a study folder (with {STORE}), a comparison folder (with {}) or the output of `ganas compare --json`, found {found}",
        path.display(),
        stored_comparison::NAME
    ))
}

/// Reads everything that a report shows about the study in a folder. Reading does not disturb a
/// study that is running.
///
/// # Errors
/// If the folder contains no study, or if the study, its space or its benchmark cannot be opened.
pub fn read_study(folder: &Path) -> Result<Study, Error> {
    let reader = StudyReader::open(folder)?;
    let (record, status) = (reader.study()?, reader.status()?);
    let plan = Plan::of(&record)?;
    let subject = without_command(&plan)?;
    let settings = plan.settings(&subject)?;
    let oracle = subject.oracle().filter(|it| it.direction() == record.direction);
    let dataset = subject.as_benchmark().map(|it| it.dataset.as_str());
    let trials = reader.trials()?;
    let hypervolume = match settings.objectives.as_slice() {
        [] => None,
        further => {
            let history = reader.outcome(&*subject.space, &settings)?.history;
            HypervolumeCurve::of(&*subject.space, &history, further)
        }
    };
    Ok(Study {
        hypervolume,
        spent: plan.options.spent(&trials),
        name: name_of(folder),
        folder: folder.display().to_string(),
        unit: value_unit(dataset).into(),
        trials,
        rounds: reader.rounds()?,
        optimum: oracle.map(TestOracle::optimum).transpose()?.flatten(),
        objectives: settings.objectives,
        constraints: settings.constraints,
        fidelity: settings.fidelity,
        space: subject.space,
        record,
        status,
    })
}

/// Opens the study's space and benchmark, but not its command.
fn without_command(plan: &Plan) -> Result<Subject, Error> {
    match plan.options.evaluator {
        Some(EvaluatorOptions::Benchmark(_)) | None => plan.open(None),
        _ => Ok(Subject { space: plan.open_space()?, evaluation: Evaluation::Elsewhere }),
    }
}

fn name_of(folder: &Path) -> String {
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    whole.file_name().unwrap_or(whole.as_os_str()).to_string_lossy().into_owned()
}

/// Reads those searches in a comparison's folder that have ended.
fn kept_comparison(folder: &Path) -> Result<Comparison, Error> {
    let (mut runs, mut unfinished) = (Vec::new(), 0);
    for search in stored_comparison::searches(folder)? {
        let reader = StudyReader::open(&search)?;
        let record = reader.study()?;
        if record.stop_reason.is_none() {
            unfinished += 1;
            continue;
        }
        let run = Run::of(record.seed, record.direction, &reader.trials()?);
        runs.push((reader.status()?.began, record, run));
    }
    // The strategies in the order in which they were begun, which is that given to `ganas compare`.
    runs.sort_by(|one, other| one.0.total_cmp(&other.0));
    let runs: Vec<_> = runs.into_iter().map(|(_, record, run)| (record, run)).collect();
    let Some((first, _)) = runs.first() else {
        return Err(not_shown(folder, "a comparison in which no search has ended"));
    };
    let plan = Plan::of(first)?;
    let subject = without_command(&plan)?;
    let dataset = subject.as_benchmark().map(|it| it.dataset.as_str());
    let unit = value_unit(dataset);
    let dataset = dataset.unwrap_or_default();
    let more = match unfinished {
        0 => String::new(),
        _ => format!(" (searches that have not ended are left out: {unfinished})"),
    };
    let optimum = subject.oracle().map(TestOracle::optimum).transpose()?.flatten();
    Ok(compared(format!("{}, {dataset}{more}", name_of(folder)), unit, optimum, runs))
}

/// Combines several studies of one space into a comparison of their strategies.
fn together(parts: &[Part]) -> Option<Comparison> {
    let studies: Vec<&Study> = parts
        .iter()
        .filter_map(|part| match part {
            Part::Study(study) => Some(&**study),
            Part::Comparison(_) => None,
        })
        .collect();
    let first = *studies.first().filter(|_| studies.len() > 1)?;
    let is_alike = |it: &&Study| {
        it.record.fingerprint == first.record.fingerprint
            && it.record.direction == first.record.direction
    };
    if !studies.iter().all(is_alike) {
        return None;
    }
    let run = |it: &&Study| {
        let run = Run::of(it.record.seed, it.record.direction, &it.trials);
        (it.record.clone(), run)
    };
    let name = format!("{} studies of {}", studies.len(), first.record.space);
    let optimum = first.optimum.filter(|_| studies.iter().all(|it| it.optimum == first.optimum));
    Some(compared(name, &first.unit, optimum, studies.iter().map(run).collect()))
}

/// Returns a comparison of the runs, with strategies in order of appearance.
fn compared(
    name: String,
    unit: &str,
    optimum: Option<f64>,
    runs: Vec<(StudyRecord, Run)>,
) -> Comparison {
    let budget = runs.iter().map(|(record, _)| record.budget).max().unwrap_or(1);
    let direction = runs.first().map_or(Direction::default(), |(record, _)| record.direction);
    let mut strategies: Vec<Strategy> = Vec::new();
    for (record, run) in runs {
        match strategies.iter_mut().find(|it| it.name == record.strategy) {
            Some(strategy) => strategy.runs.push(run),
            None => strategies.push(Strategy {
                name: record.strategy,
                runs: vec![run],
                means: Vec::new(),
                seconds: None,
            }),
        }
    }
    let mut budgets: Vec<usize> = [3, 2, 1].map(|part| (budget / part).max(1)).into();
    budgets.dedup();
    let (unit, paired) = (unit.to_owned(), Vec::new());
    Comparison { name, unit, direction, budgets, optimum, strategies, paired }
}
