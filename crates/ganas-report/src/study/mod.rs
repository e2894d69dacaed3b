//! Charts of a study.

mod best;
mod costs;
mod curves;
mod decisions;
mod guide;
mod importance;
mod progress;
mod stored;
mod trial_rows;
mod workers;

pub(crate) use self::best::{Best, best, export_line};
pub(crate) use self::costs::file_name;
pub use self::stored::Study;
pub(crate) use self::trial_rows::{Row, TrialRows};
use crate::chart::Chart;

/// Charts under a heading.
#[derive(Debug)]
pub(crate) struct Section {
    pub(crate) title: &'static str,
    /// The text beside the charts.
    pub(crate) text: String,
    pub(crate) charts: Vec<Chart>,
}

/// Returns its sections in display order.
pub(crate) fn sections(study: &Study, seen: &TrialRows<'_>) -> Vec<Section> {
    let section = |title, (text, charts): (String, Vec<Chart>)| Section { title, text, charts };
    let mut sections = vec![
        section("Progress", progress::charts(study, seen)),
        section("Intermediate results", curves::charts(study, seen)),
        section("Decisions", decisions::charts(study, seen)),
        section("Costs and limits", costs::charts(study, seen)),
        section("Can the guide be trusted?", guide::charts(study, seen)),
        section("Workers", workers::charts(study, seen)),
    ];
    sections.retain(|it| !it.charts.is_empty() || !it.text.is_empty());
    sections
}
