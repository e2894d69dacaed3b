//! `cargo xtask pages`: checks that the pages of `ganas report` work in a browser.

mod others;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::process::{Ganas, root};

/// Open reports in headless Chromium and try every chart
#[derive(Debug, Args)]
pub(crate) struct PagesArgs {
    /// Also open Optuna Dashboard and TensorBoard, installed from PyPI, on a study exported for them
    #[arg(long)]
    others: bool,
}

/// The script that acts as a reader of each page, and the one that catches errors from the start.
const CHECK: &str = include_str!("check.js");
const LISTEN: &str = "<script>window.errors = []; \
    addEventListener('error', (event) => errors.push(event.message)); \
    addEventListener('securitypolicyviolation', (event) => errors.push(`refused: ${event.blockedURI}`));</script>";

/// Possible names of Chromium.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// Widths of windows: a desktop's and a phone's.
const WIDTHS: [u32; 2] = [1280, 390];

/// Studies and comparisons: the name, and the `ganas` command that creates each.
const STUDIES: [(&str, &str); 3] = [
    (
        "two-objectives",
        "search --strategy ganas --budget 40 --max params=1.2 --objective params=minimise --quiet --dir",
    ),
    ("one-objective", "search --strategy evolution --budget 60 --quiet --dir"),
    (
        "compared",
        "compare nasbench201 --strategies random,evolution,local-search --seeds 4 --budgets 20,60 --dir",
    ),
];

/// Writes reports and opens each of them. Without a browser, only prints a note.
pub(crate) fn run(args: &PagesArgs) -> Result<()> {
    let Some(browser) = BROWSERS.iter().find(|name| answers(name)) else {
        println!("skipped: expected one of {} to open pages with, found none", BROWSERS.join(", "));
        return Ok(());
    };
    let ganas = Ganas::build(&root(), &root().join("target"))?;
    let folder = root().join("target/pages");
    if folder.exists() {
        fs::remove_dir_all(&folder).context("clearing target/pages")?;
    }
    fs::create_dir_all(&folder).context("making target/pages")?;
    let results = root().join("benchmarks-data/results/nasbench201.json");
    let mut pages = vec![report(&ganas, &folder, "results", &[text(&results)])?];
    let mut studies = Vec::new();
    for (name, arguments) in STUDIES {
        let study = text(&folder.join(name));
        let arguments: Vec<&str> = arguments.split(' ').chain([study.as_str()]).collect();
        ganas.run(&arguments)?;
        pages.push(report(&ganas, &folder, name, std::slice::from_ref(&study))?);
        studies.push(study);
    }
    pages.push(report(&ganas, &folder, "together", &studies)?);
    let mut problems = Vec::new();
    for page in &pages {
        for width in WIDTHS {
            problems.extend(open(browser, page, width)?);
        }
        print(browser, page)?;
    }
    if args.others {
        problems.extend(others::check(browser, &ganas, &folder)?);
    }
    ensure!(problems.is_empty(), "{}", problems.join("\n"));
    println!("{} pages are intact", pages.len());
    Ok(())
}

fn answers(program: &str) -> bool {
    let mut command = Command::new(program);
    let status = command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Writes the page for some paths, with the checks in it.
fn report(ganas: &Ganas, folder: &Path, name: &str, paths: &[String]) -> Result<PathBuf> {
    let page = folder.join(format!("{name}.html"));
    let out = text(&page);
    let paths = paths.iter().map(String::as_str);
    ganas.run(&["report", "--out", &out].into_iter().chain(paths).collect::<Vec<_>>())?;
    let whole = fs::read_to_string(&page).context("reading a page")?;
    let (head, body) = whole.split_once("<style>").context("a page without <style>")?;
    let (body, end) = body.rsplit_once("</body>").context("a page without </body>")?;
    let checked = folder.join(format!("{name}-checked.html"));
    let whole = format!("{head}{LISTEN}<style>{body}<script>{CHECK}</script></body>{end}");
    fs::write(&checked, whole).context("writing a page")?;
    Ok(checked)
}

/// Prints a page without the checks, for visual inspection: no check detects clipped charts.
fn print(browser: &str, page: &Path) -> Result<()> {
    let name = page.file_stem().unwrap_or_default().to_string_lossy();
    let name = name.strip_suffix("-checked").unwrap_or(&name);
    let (whole, printed) = (format!("{name}.html"), format!("{name}.pdf"));
    let (whole, printed) = (page.with_file_name(whole), page.with_file_name(printed));
    let mut command = Command::new(browser);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]);
    command.arg(format!("--print-to-pdf={}", printed.display()));
    command.arg(format!("file://{}", whole.display())).stderr(Stdio::null());
    command.output().with_context(|| format!("starting {browser}"))?;
    ensure!(printed.is_file(), "expected {browser} to print {}, found no PDF", whole.display());
    Ok(())
}

/// Returns the problems of a page in a window of this width.
fn open(browser: &str, page: &Path, width: u32) -> Result<Vec<String>> {
    let mut command = Command::new(browser);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]);
    command.arg(format!("--window-size={width},900")).arg(format!("file://{}", page.display()));
    let told =
        command.stderr(Stdio::null()).output().with_context(|| format!("starting {browser}"))?;
    let document = String::from_utf8_lossy(&told.stdout);
    let name = page.file_stem().unwrap_or_default().to_string_lossy();
    let checked = document.rsplit_once("<pre id=\"checked\">").map(|(_, rest)| rest);
    let Some((checked, _)) = checked.and_then(|rest| rest.split_once("\nend of checks")) else {
        return Ok(vec![format!("{name}, {width} pixels: the checks did not end")]);
    };
    let mut lines = checked.lines();
    let charts = lines.next().unwrap_or_default();
    println!("{name}, {width} pixels: {charts}");
    let lines = lines.filter(|line| !line.is_empty());
    Ok(lines.map(|line| format!("{name}, {width} pixels: {line}")).collect())
}
