//! The numbers of a chart as CSV.

use crate::chart::{Chart, Layer, Marks, Meaning, Scale};
use crate::number::whole;

/// Returns a chart's numbers as CSV, with a row for each mark or each point of a line.
///
/// # Errors
/// If a row cannot be written.
pub(crate) fn csv(chart: &Chart) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["series", "x", "y", "lower", "upper", "trial", "text"])?;
    for layer in &chart.layers {
        for row in rows(layer, chart) {
            writer.write_record(row)?;
        }
    }
    let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Returns a layer's rows: series, x, y, lower end, upper end, trial, text.
pub(crate) fn rows(layer: &Layer, chart: &Chart) -> Vec<[String; 7]> {
    let row = |x: String, y: String, ends: Option<(f64, f64)>, meaning: Option<&Meaning>| {
        let (lower, upper) =
            ends.map_or_else(Default::default, |(low, high)| (low.to_string(), high.to_string()));
        let (trial, text) = match meaning {
            Some(Meaning::Trial(number)) => (number.to_string(), String::new()),
            Some(Meaning::Text(text)) => (String::new(), text.clone()),
            None => (String::new(), String::new()),
        };
        [layer.name.clone(), x, y, lower, upper, trial, text]
    };
    let (x, y) = (|at: f64| named(&chart.x.scale, at), |at: f64| named(&chart.y.scale, at));
    match &layer.marks {
        Marks::Line(points) | Marks::Steps(points) => {
            points.iter().map(|(at, up)| row(x(*at), y(*up), None, None)).collect()
        }
        Marks::Band(points) => {
            let one =
                |[at, low, high]: &[f64; 3]| row(x(*at), String::new(), Some((*low, *high)), None);
            points.iter().map(one).collect()
        }
        Marks::Points(_, all) | Marks::Bars(all) => {
            all.iter().map(|it| row(x(it.x), y(it.y), None, Some(&it.meaning))).collect()
        }
        Marks::Intervals(all) => all
            .iter()
            .map(|it| row(x(it.at[1]), y(it.row), Some((it.at[0], it.at[2])), Some(&it.meaning)))
            .collect(),
        Marks::Boxes(all) => all
            .iter()
            .map(|it| {
                row(x(it.at), y(it.five[2]), Some((it.five[1], it.five[3])), Some(&it.meaning))
            })
            .collect(),
        Marks::Spans(all) => all
            .iter()
            .map(|it| row(String::new(), y(it.row), Some((it.from, it.to)), Some(&it.meaning)))
            .collect(),
        Marks::Tiles(all) => all
            .iter()
            .map(|it| row(x(it.x), y(it.y), None, Some(&Meaning::Text(it.text.clone()))))
            .collect(),
        Marks::Paths(all) => all
            .iter()
            .flat_map(|it| {
                let heights = it.heights.iter().enumerate();
                heights
                    .map(|(at, up)| row(x(at as f64), y(*up), None, Some(&it.meaning)))
                    .collect::<Vec<_>>()
            })
            .collect(),
        Marks::Words(_) => Vec::new(),
        Marks::HorizontalLine(up) => vec![row(String::new(), y(*up), None, None)],
        Marks::VerticalLine(at) => vec![row(x(*at), String::new(), None, None)],
    }
}

/// Formats a position as the name at that position, or else as a number.
fn named(scale: &Scale, at: f64) -> String {
    match scale {
        Scale::Names(names) if at >= 0.0 && whole(at.round()) < names.len() => {
            names[whole(at.round())].clone()
        }
        _ => at.to_string(),
    }
}
