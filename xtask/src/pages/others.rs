//! `cargo xtask pages --others`: checks that Optuna Dashboard and TensorBoard show a study exported
//! by `ganas`.

use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::text;
use crate::environments::environment;
use crate::process::Ganas;

/// The packages installed from PyPI; TensorBoard does not need TensorFlow.
const PACKAGES: [&str; 3] = ["optuna", "optuna-dashboard", "tensorboard"];

/// Time allowed for a server to answer.
const PATIENCE: Duration = Duration::from_secs(90);

/// A program that shows studies: the command that starts it, the page to open, and words that
/// appear only if it has read the study.
struct Other {
    name: &'static str,
    start: &'static [&'static str],
    page: &'static str,
    words: &'static [&'static str],
}

const OTHERS: [Other; 3] = [
    Other {
        name: "optuna-dashboard",
        start: &["optuna-dashboard", "STUDY.log", "--port", "PORT"],
        page: "dashboard/studies/0",
        words: &["Pareto Front", "params", "operator.1", "nasbench201"],
    },
    Other {
        name: "optuna-dashboard-trials",
        start: &["optuna-dashboard", "STUDY.log", "--port", "PORT"],
        page: "dashboard/studies/0/trials",
        words: &["Trial 0", "Complete", "ganas:source", "nor_conv_3x3"],
    },
    Other {
        name: "tensorboard",
        start: &["tensorboard", "--logdir", "STUDY.board", "--port", "PORT"],
        page: "#timeseries",
        words: &["trials/trial-000000", "best", "value", "train_seconds"],
    },
];

/// Opens each program on a study with two objectives; returns the missing words. Screenshots are
/// saved beside the pages, for visual inspection.
pub(super) fn check(browser: &str, ganas: &Ganas, folder: &Path) -> Result<Vec<String>> {
    let study = text(&folder.join("two-objectives"));
    for (format, end) in [("optuna-journal", "log"), ("tensorboard", "board")] {
        ganas.run(&["trials", &study, &format!("{study}.{end}"), "--format", format])?;
    }
    // Beside the folder of pages, which is recreated by each run.
    let environment_folder = folder.with_file_name("pages-others");
    let python = environment(&environment_folder, &PACKAGES)?;
    let programs = python.parent().context("a virtual environment without a folder of programs")?;
    let mut problems = Vec::new();
    for other in &OTHERS {
        let port = free_port()?;
        let server = other.begin(programs, &study, port, folder)?;
        let address = format!("http://127.0.0.1:{port}/{}", other.page);
        let picture = folder.join(format!("{}.png", other.name));
        let shown = wait_for(port).and_then(|()| shown(browser, &address, &picture));
        server.end()?;
        let shown = shown.with_context(|| other.name)?;
        let missing = other.words.iter().filter(|word| !shown.contains(**word));
        let missing: Vec<_> = missing.map(|word| format!("{}: no `{word}`", other.name)).collect();
        println!(
            "{}: {} of {} words",
            other.name,
            other.words.len() - missing.len(),
            other.words.len()
        );
        problems.extend(missing);
    }
    Ok(problems)
}

/// A running server.
struct Server(Child);

impl Server {
    fn end(mut self) -> Result<()> {
        self.0.kill().context("ending a server")?;
        self.0.wait().context("waiting for a server").map(drop)
    }
}

impl Other {
    fn begin(&self, programs: &Path, study: &str, port: u16, folder: &Path) -> Result<Server> {
        let port = port.to_string();
        let [program, arguments @ ..] = self.start else {
            anyhow::bail!("expected a program to start, found none")
        };
        let mut command = Command::new(programs.join(program));
        let arguments =
            arguments.iter().map(|it| it.replace("STUDY", study).replace("PORT", &port));
        let log = folder.join(format!("{}.out", self.name));
        let log = File::create(&log).with_context(|| format!("making {}", log.display()))?;
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let server = command.spawn().with_context(|| format!("starting {program}"))?;
        Ok(Server(server))
    }
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("looking for a free port")?;
    Ok(listener.local_addr()?.port())
}

fn wait_for(port: u16) -> Result<()> {
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        ensure!(begun.elapsed() < PATIENCE, "expected an answer within {PATIENCE:?}, found none");
        sleep(Duration::from_millis(200));
    }
    Ok(())
}

/// Returns the contents of a page once its script has loaded everything, and takes a screenshot.
fn shown(browser: &str, address: &str, picture: &Path) -> Result<String> {
    let mut command = Command::new(browser);
    command.args(["--headless", "--no-sandbox", "--window-size=1400,1400"]);
    command.args(["--virtual-time-budget=20000", "--dump-dom"]);
    command.arg(format!("--screenshot={}", picture.display())).arg(address);
    let told = command.stderr(Stdio::null()).output().context("starting the browser")?;
    Ok(String::from_utf8_lossy(&told.stdout).into_owned())
}
