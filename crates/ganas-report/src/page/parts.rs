//! The parts of a page: headings, facts, charts and tables.

use ganas_search::TrialState;
use serde_json::{Value, json};

use super::{Part, data, drawings};
use crate::Comparison;
use crate::chart::{Chart, Layer};
use crate::chart_csv::rows;
use crate::markup::Markup;
use crate::number::number;
use crate::study::{Best, Section, Study, TrialRows, best};
use crate::svg::{Use, draw};

/// Maximum number of rows in the table of a chart's numbers.
const ROWS: usize = 40;

/// Maximum number of reasons in the table of failures.
const REASONS: usize = 30;

impl Part {
    /// Writes the part; returns the data that the page's script needs.
    pub(super) fn write(&self, markup: &mut Markup, place: usize, heading: Option<&str>) -> Value {
        let (id, at) = (format!("part-{place}"), place.to_string());
        markup.open("article", &[("id", &id), ("data-part", &at)]);
        markup.element("h2", &[], heading.unwrap_or("Results"));
        let told = match self {
            Self::Study(it) => study(markup, it, place),
            Self::Comparison(it) => comparison(markup, it, place),
        };
        markup.close("article");
        told
    }
}

fn study(markup: &mut Markup, study: &Study, place: usize) -> Value {
    let seen = TrialRows::of(study);
    facts(markup, &study_facts(study, &seen));
    let best = best(study, &seen);
    let writes_pytorch = best
        .first()
        .and_then(|it| it.row.arch.as_ref())
        .is_some_and(|it| study.space.pytorch(it).is_some());
    let mut sections = crate::study::sections(study, &seen).into_iter();
    sections.by_ref().take(1).for_each(|it| section(markup, &it, place));
    best_five(markup, study, &best, writes_pytorch);
    sections.for_each(|it| section(markup, &it, place));
    failures(markup, study);
    data::of(study, &seen, writes_pytorch)
}

fn comparison(markup: &mut Markup, comparison: &Comparison, place: usize) -> Value {
    let strategies: Vec<_> = comparison.strategies.iter().map(|it| it.name.as_str()).collect();
    let mut all = vec![("strategies", strategies.join(", "))];
    if comparison.has_runs() {
        all.push(("runs", format!("at most {} for each strategy", comparison.seeds())));
    } else {
        all.push(("runs", "only the means are known; to keep the individual runs as well, run this version of `ganas compare` with `--json` or `--dir`".into()));
    }
    facts(markup, &all);
    markup.raw("<section>").element("h3", &[], "Which is better, and when?");
    charts(markup, &comparison.charts(), place);
    markup.raw("</section>");
    json!({})
}

fn study_facts(study: &Study, seen: &TrialRows<'_>) -> Vec<(&'static str, String)> {
    let (record, status) = (&study.record, &study.status);
    let unit = if study.unit.is_empty() { String::new() } else { format!(" {}", study.unit) };
    let mut facts = vec![
        ("strategy", record.strategy.clone()),
        ("space", record.space.clone()),
        ("seed", record.seed.to_string()),
        ("goal", format!("{} the value", record.direction)),
        (
            "queries",
            match study.spent {
                Some(spent) => format!(
                    "{}; budget used: {} of {} full evaluations",
                    status.queries,
                    number(spent),
                    status.budget
                ),
                None => format!("{} of {}", status.queries, status.budget),
            },
        ),
    ];
    let states: Vec<_> =
        status.states.iter().map(|(state, count)| format!("{count} {state}")).collect();
    facts.push(("trials", if states.is_empty() { "none yet".into() } else { states.join(", ") }));
    if let Some(best) = seen.best_first().first() {
        let value = best.trial.value.map(number).unwrap_or_default();
        facts.push((
            "best",
            format!("{value}{unit}, trial {}, source {}", best.trial.trial, best.trial.source),
        ));
    }
    if let Some(optimum) = study.optimum {
        facts.push(("optimum", format!("{}{unit}", number(optimum))));
    }
    facts.push((
        "state",
        match (status.end_description(study.spent), status.writer) {
            (_, Some(_)) => "running".into(),
            (Some(why), None) => format!("ended: {why}"),
            (None, None) => "not running, but can be resumed".into(),
        },
    ));
    if let Some(it) = &study.fidelity {
        let rungs: Vec<_> = it.rungs.iter().map(|rung| number(*rung)).collect();
        facts.push((
            "fidelity",
            format!("{} {}; only the last is a full evaluation", it.name, rungs.join(", ")),
        ));
    }
    facts
}

fn facts(markup: &mut Markup, facts: &[(&str, String)]) {
    markup.open("dl", &[("class", "facts")]);
    for (name, value) in facts {
        markup.raw("<div>").element("dt", &[], name).element("dd", &[], value).raw("</div>");
    }
    markup.close("dl");
}

fn section(markup: &mut Markup, section: &Section, place: usize) {
    markup.raw("<section>").element("h3", &[], section.title);
    if !section.text.is_empty() {
        markup.element("p", &[("class", "note")], &section.text);
    }
    charts(markup, &section.charts, place);
    markup.raw("</section>");
}

fn charts(markup: &mut Markup, charts: &[Chart], place: usize) {
    markup.open("div", &[("class", "charts")]);
    for chart in charts {
        let id = format!("chart-{place}-{}", chart.id);
        markup.open("figure", &[("id", &id)]);
        markup.raw("<figcaption>").element("h4", &[], &chart.title).raw("</figcaption>");
        let label =
            format!("{}. {} The arrow keys move from mark to mark.", chart.title, chart.text);
        let attributes = [
            ("class", "chart"),
            ("tabindex", "0"),
            ("role", "group"),
            ("aria-roledescription", "chart"),
            ("aria-label", label.as_str()),
        ];
        markup.open("div", &attributes).raw(&draw(chart, Use::Page)).close("div");
        markup.element("p", &[("class", "note")], &chart.text);
        table(markup, chart);
        markup.close("figure");
    }
    markup.close("div");
}

/// Writes a table of a chart's numbers, if it has at most [`ROWS`] rows.
fn table(markup: &mut Markup, chart: &Chart) {
    let of = |layer: &Layer| rows(layer, chart);
    let all: Vec<[String; 7]> = chart.layers.iter().flat_map(of).take(ROWS + 1).collect();
    if all.is_empty() || all.len() > ROWS {
        return;
    }
    let short = |text: &str| text.parse::<f64>().map_or_else(|_| text.to_owned(), number);
    let head = ["series", "x", "y", "lower", "upper", "trial", "text"];
    let used: Vec<usize> = (0..7).filter(|at| all.iter().any(|row| !row[*at].is_empty())).collect();
    let label = format!("Numbers of: {}", chart.title);
    markup.raw("<details><summary>Numbers</summary>");
    let scroll = [("class", "scroll"), ("tabindex", "0"), ("role", "group")];
    markup.open("div", &[&scroll[..], &[("aria-label", label.as_str())]].concat());
    markup.raw("<table><thead><tr>");
    for at in &used {
        markup.element("th", &[("scope", "col")], head[*at]);
    }
    markup.raw("</tr></thead><tbody>");
    for row in &all {
        markup.raw("<tr>");
        for at in &used {
            markup.element("td", &[], &short(&row[*at]));
        }
        markup.raw("</tr>");
    }
    markup.raw("</tbody></table></div></details>");
}

/// Writes drawings of the best architectures, each with its differences from the previous one and
/// the command that exports it.
fn best_five(markup: &mut Markup, study: &Study, best: &[Best<'_>], writes_pytorch: bool) {
    if best.is_empty() {
        return;
    }
    markup.raw("<section><h3>The best architectures</h3>").open("div", &[("class", "best")]);
    let export = crate::study::export_line(study, writes_pytorch);
    for (place, Best { row, differs }) in best.iter().enumerate() {
        let trial = row.trial;
        let value = trial.value.map(number).unwrap_or_default();
        markup.raw("<figure><figcaption>");
        let title = format!("{}. {value} {}", place + 1, study.unit);
        markup.element("h4", &[], title.trim_end());
        let from = format!("trial {}, query {}, by {}", trial.trial, row.query, trial.source);
        markup.element("p", &[("class", "note")], &from).raw("</figcaption>");
        if let Some(arch) = &row.arch {
            markup.open(
                "div",
                &[
                    ("class", "cell"),
                    ("tabindex", "0"),
                    ("role", "img"),
                    ("aria-label", &format!("Drawing of {}", trial.arch)),
                ],
            );
            markup.raw(&drawings::whole(&*study.space, arch)).close("div");
        }
        if place > 0 {
            let many = differs.len();
            let differ = if many == 1 { "differs" } else { "differ" };
            markup.element(
                "p",
                &[("class", "note")],
                &format!(
                    "{many} of its decisions {differ} from those of the previous architecture"
                ),
            );
            markup.open("ul", &[("class", "differs")]);
            for (name, there, here) in differs.iter().take(8) {
                markup.element("li", &[], &format!("{name}: {there} → {here}"));
            }
            if many > 8 {
                markup.element("li", &[], &format!("and {} more", many - 8));
            }
            markup.close("ul");
        }
        markup.open("details", &[]).raw("<summary>Notation</summary>");
        markup.element("code", &[("class", "arch")], &trial.arch).close("details");
        markup.element(
            "code",
            &[("class", "command")],
            &export.replace("{trial}", &trial.trial.to_string()),
        );
        markup.close("figure");
    }
    markup.raw("</div></section>");
}

fn failures(markup: &mut Markup, study: &Study) {
    let failed = study.reasons(TrialState::Failed);
    if failed.is_empty() {
        return;
    }
    markup.raw("<section><h3>Failures</h3><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Failures\"><table><thead><tr>");
    for name in ["evaluations", "first trial", "reason"] {
        markup.element("th", &[("scope", "col")], name);
    }
    markup.raw("</tr></thead><tbody>");
    for (count, first, reason) in failed.iter().take(REASONS) {
        markup.raw("<tr>").element("td", &[], &count.to_string());
        markup.element("td", &[], &first.to_string()).raw("<td>");
        markup.element("pre", &[], reason).raw("</td></tr>");
    }
    markup.raw("</tbody></table></div>");
    if failed.len() > REASONS {
        let more =
            format!("{} more reasons; `ganas trials` shows all of them.", failed.len() - REASONS);
        markup.element("p", &[("class", "note")], &more);
    }
    markup.raw("</section>");
}
