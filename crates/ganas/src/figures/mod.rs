//! Writes the charts of a report to files.

#[cfg(feature = "figures")]
mod converted;

use std::fs;
use std::path::Path;

use ganas_report::Report;

use crate::Error;

/// The file format of charts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum FigureFormat {
    /// Vector graphics with editable text, for web pages
    Svg,
    /// Vector graphics with embedded fonts, for LaTeX
    Pdf,
    /// Raster image, at twice the nominal size of the SVG
    Png,
}

/// Writes the charts of a report into a folder. Each chart becomes two files: a picture, and a CSV
/// file of the chart's numbers. The folder is created if it is missing. Existing files with the
/// same names are replaced. Returns the number of charts.
///
/// # Errors
/// If a file cannot be written, or if a chart cannot be converted. For PDF and PNG,
/// [`Error::Unsupported`] if the `figures` feature is off or if no font is installed.
pub fn write_figures(report: &Report, folder: &Path, format: FigureFormat) -> Result<usize, Error> {
    let pictures = Pictures::new(format)?;
    let figures = report.figures()?;
    fs::create_dir_all(folder).map_err(|source| Error::file("create", folder, source))?;
    for figure in &figures {
        let (bytes, end) = pictures.of(&figure.svg)?;
        for (bytes, end) in [(bytes.as_slice(), end), (figure.csv.as_bytes(), "csv")] {
            let path = folder.join(format!("{}.{end}", figure.name));
            fs::write(&path, bytes).map_err(|source| Error::file("write", &path, source))?;
        }
    }
    Ok(figures.len())
}

/// A writer of pictures in one format.
#[derive(Debug)]
enum Pictures {
    Svg,
    #[cfg(feature = "figures")]
    Converted(converted::Converter, FigureFormat),
}

impl Pictures {
    #[cfg(feature = "figures")]
    fn new(format: FigureFormat) -> Result<Self, Error> {
        match format {
            FigureFormat::Svg => Ok(Self::Svg),
            _ => Ok(Self::Converted(converted::Converter::new()?, format)),
        }
    }

    #[cfg(not(feature = "figures"))]
    fn new(format: FigureFormat) -> Result<Self, Error> {
        match format {
            FigureFormat::Svg => Ok(Self::Svg),
            _ => Err(Error::Unsupported(
                "expected a build with the feature `figures` for PDF and PNG, found one without it; build ganas with `--features figures`, or write figures as SVG".into(),
            )),
        }
    }

    /// Returns the picture and its file extension.
    #[cfg_attr(
        not(feature = "figures"),
        expect(clippy::unnecessary_wraps, reason = "to convert a picture may fail")
    )]
    fn of(&self, svg: &str) -> Result<(Vec<u8>, &'static str), Error> {
        match self {
            Self::Svg => Ok((svg.as_bytes().to_vec(), "svg")),
            #[cfg(feature = "figures")]
            Self::Converted(converter, FigureFormat::Png) => Ok((converter.png(svg)?, "png")),
            #[cfg(feature = "figures")]
            Self::Converted(converter, _) => Ok((converter.pdf(svg)?, "pdf")),
        }
    }
}
