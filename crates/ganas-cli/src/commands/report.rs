//! `ganas report`: reports on studies and comparisons.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use ganas::FigureFormat;

use super::study_folder::{study_file, study_folder};
use crate::output::{self, Outcome};

/// Write an HTML page, or figures for a paper, that summarises studies and comparisons
///
/// The page is a single self-contained HTML file. It shows progress, drawings of the best
/// architectures, which decisions matter, costs and limits, fronts, failures, and whether the model
/// that guides the search can be trusted. Studies may still be running. If you
/// give several studies of one space, the page also compares them. A comparison, given as its folder or its JSON output, is shown with
/// confidence bands and tests:
///
///   ganas report my-study
///
///   ganas report first second third --out together.html
///
///   ganas report comparison.json --figures figures --format svg
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Folders of studies or their study files; folders of `ganas compare --dir`, or files with the
    /// output of `ganas compare --json`
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// File for the page [default: report.html]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Folder to write each chart to as a separate file, with its numbers as CSV; the page is then
    /// written only if --out is also given
    #[arg(long, value_name = "DIR")]
    figures: Option<PathBuf>,
    /// Format of the figures; PDF and PNG need a build with `--features figures`
    #[arg(long, value_enum, default_value_t = FigureFormat::Svg, requires = "figures")]
    format: FigureFormat,
}

/// Runs `ganas report`.
pub(crate) fn run(args: &ReportArgs) -> Outcome {
    let paths = args.paths.iter().map(|path| match study_file(path) {
        Some(file) if file.extension().is_some_and(|it| it == "toml") => study_folder(path),
        _ => Ok(path.clone()),
    });
    let report = ganas::read_report(&paths.collect::<Outcome<Vec<_>>>()?)?;
    let mut written = Vec::new();
    if let Some(folder) = &args.figures {
        let charts = ganas::write_figures(&report, folder, args.format)?;
        written.push(format!("{charts} charts in {}\n", folder.display()));
    }
    let out = args.out.clone().or_else(|| args.figures.is_none().then(|| "report.html".into()));
    if let Some(out) = out {
        if let Err(source) = fs::write(&out, report.page(None)) {
            return Err(ganas::Error::File { doing: "write", path: out, source }.into());
        }
        written.push(format!("{}\n", out.display()));
    }
    output::write_text(&written.concat())
}
