//! The charts of a report as files.

use std::fs;
use std::path::Path;

use ganas_report::{Figure, Report};

use crate::Error;

/// What charts are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum FigureFormat {
    /// Vectors with text, for pages and to be edited
    Svg,
}

/// Writes each chart of a report into a folder, which is made if it is not there: the picture, and its numbers
/// as CSV beside it. Files of the same names are replaced. Gives how many charts there are.
///
/// # Errors
/// If a file cannot be written, or a chart not be converted.
pub fn write_figures(report: &Report, folder: &Path, format: FigureFormat) -> Result<usize, Error> {
    let figures = report.figures()?;
    fs::create_dir_all(folder).map_err(|source| Error::file("making", folder, source))?;
    for figure in &figures {
        let (bytes, end) = picture(figure, format);
        for (bytes, end) in [(bytes.as_slice(), end), (figure.csv.as_bytes(), "csv")] {
            let path = folder.join(format!("{}.{end}", figure.name));
            fs::write(&path, bytes).map_err(|source| Error::file("writing", &path, source))?;
        }
    }
    Ok(figures.len())
}

fn picture(figure: &Figure, format: FigureFormat) -> (Vec<u8>, &'static str) {
    match format {
        FigureFormat::Svg => (figure.svg.clone().into_bytes(), "svg"),
    }
}
