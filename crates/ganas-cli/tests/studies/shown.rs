//! Views of studies: pages, figures, the dashboard and files for other programs.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::{answering, command, failure, json, text};

const ANSWER: &str = r#"{"trial": TRIAL, "objective": TRIAL, "metrics": {"size": 2}}"#;

#[test]
fn a_report_is_written_beside_a_study() {
    let folder = answering(ANSWER, "");
    text(&folder, "search study.toml --quiet");
    assert_eq!(text(&folder, "report study"), "report.html\n");
    let page = fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(page.contains("<h1>Study study</h1>") && page.contains("ganas export study --trial 5"));
    assert_eq!(text(&folder, "report study.toml --out other.html"), "other.html\n");
    let written = text(&folder, "report study --figures figures");
    assert!(written.ends_with(" charts in figures\n"), "{written}");
    assert!(folder.path().join("figures/best-by-queries.svg").is_file());
    let csv = fs::read_to_string(folder.path().join("figures/best-by-queries.csv")).unwrap();
    assert!(csv.starts_with("series,x,y,lower,upper,trial,text\n"), "{csv}");
    assert!(failure(&folder, "report nowhere", 2).contains("found nothing there"));
    assert!(failure(&folder, "report answer.sh", 2).contains("text that is not JSON"));
    assert!(failure(&folder, "report .", 2).contains("a folder with neither file"));
    assert!(failure(&folder, "report study --out no/where.html", 1).contains("no/where.html"));
}

#[test]
fn what_limits_rejected_is_told_everywhere_alike() {
    let folder = answering(ANSWER, "max = ['params=0.5']");
    let found = json(&folder, "search study.toml --strategy random-decisions --json --quiet");
    let [Value::Object(told)] = found["rejected"].as_array().unwrap().as_slice() else {
        panic!("one limit on a cost: {}", found["rejected"]);
    };
    let (rejected, checked) = (&told["rejected"], &told["checked"]);
    assert!(rejected.as_u64() > Some(0) && rejected.as_u64() < checked.as_u64(), "{told:?}");
    assert_eq!(json(&folder, "status study --json")["rejected"], found["rejected"]);
    let line = format!("{rejected} of {checked} candidates (repeats included), by params <= 0.5 M");
    let status = text(&folder, "status study").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(status.contains(&line), "{status}");
    text(&folder, "report study --figures figures");
    let csv = folder.path().join("figures/rejected-candidates.csv");
    let csv = fs::read_to_string(csv).unwrap();
    assert!(csv.contains(&format!("rejected,{rejected},params <= 0.5 M,")), "{csv}");
}

#[test]
fn a_comparison_is_shown_of_its_folder_and_its_json() {
    let folder = answering(ANSWER, "");
    let compare = "compare nasbench201 --strategies random,evolution --seeds 3 --budgets 10,20";
    let found = json(&folder, &format!("{compare} --dir kept --json"));
    assert_eq!(found["searches"].as_array().unwrap().len(), 6);
    fs::write(folder.path().join("found.json"), found.to_string()).unwrap();
    for path in ["kept", "found.json"] {
        text(&folder, &format!("report {path}"));
        let page = fs::read_to_string(folder.path().join("report.html")).unwrap();
        for part in
            ["Best value against queries", "Best values over the seeds", "Which differences"]
        {
            assert!(page.contains(part), "{path}: {part}");
        }
    }
}

#[test]
fn other_programs_have_files_of_their_own() {
    let folder = answering(ANSWER, "");
    text(&folder, "search study.toml --quiet");
    let journal = text(&folder, "trials study --format optuna-journal");
    let lines: Vec<Value> = journal.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    let complete = lines.iter().filter(|line| line["state"] == 1);
    let values: Vec<_> = complete.map(|line| line["value"].clone()).collect();
    assert_eq!(Value::from(values), serde_json::json!([0.0, 1.0, 2.0, 3.0, 4.0, 5.0]));
    let names = &lines[3]["system_attr"]["study:metric_names"];
    assert_eq!(names, &serde_json::json!(["value"]), "Optuna Dashboard shows them");
    assert!(lines[4]["distributions"]["operator.1"].as_str().unwrap().contains("Categorical"));
    let runs = text(&folder, "trials study board --format tensorboard");
    assert_eq!(runs, "wrote 7 runs to board: one per trial and one for the study\n");
    assert!(folder.path().join("board/trials/trial-000003/events.out.tfevents.0.ganas").is_file());
    assert_eq!(text(&folder, "trials study all.csv --format csv"), "");
    let csv = fs::read_to_string(folder.path().join("all.csv")).unwrap();
    assert_eq!(csv, text(&folder, "trials study --csv"));
    let error = failure(&folder, "trials study --format tensorboard", 2);
    assert!(error.contains("expected a folder for the event files"), "{error}");
}

#[test]
fn what_violates_a_limit_below_the_top_rung_is_pruned_in_optuna() {
    let answer = r#"{"trial": TRIAL, "objective": 2, "metrics": {"size": 3}}"#;
    let folder =
        answering(answer, "max = [\"size=1\"]\n[fidelity]\nname = \"epochs\"\nrungs = [1, 8]");
    failure(&folder, "search study.toml --quiet", 1);
    let journal = text(&folder, "trials study --format optuna-journal");
    let lines: Vec<Value> = journal.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    let states: Vec<_> = lines.iter().filter_map(|line| line["state"].as_u64()).collect();
    assert!(!states.is_empty() && states.iter().all(|state| *state == 2), "{states:?}");
}

/// A dashboard that runs, and ends with the test.
struct Dashboard {
    child: Child,
    port: u16,
}

impl Dashboard {
    fn of(folder: &TempDir, studies: &str) -> Self {
        let mut start = command(folder, &format!("dashboard {studies} --port 0"));
        let mut child = start.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let port = line.split(['/', ':']).find_map(|word| word.parse().ok()).unwrap();
        Self { child, port }
    }

    /// Status and content of an answer.
    fn ask(&self, path: &str, more: &str) -> (u16, String) {
        let host = format!("Host: 127.0.0.1:{}\r\n", self.port);
        let host = if more.contains("Host:") { "" } else { &host };
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\n{host}{more}Connection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, content) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), content.to_owned())
    }
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_dashboard_follows_a_study_and_refuses_others() {
    let folder = answering(ANSWER, "");
    fs::create_dir(folder.path().join("all")).unwrap();
    let dashboard = Dashboard::of(&folder, "all");
    assert!(dashboard.ask("/", "").1.contains("There are no studies yet"));
    text(&folder, "search study.toml --quiet --dir all/one");
    let (status, page) = dashboard.ask("/", "");
    assert!(status == 200 && page.contains("<h1>one</h1>") && page.contains("connect-src"));
    let (_, before) = dashboard.ask("/study/0/stamp", "");
    text(&folder, "resume all/one --budget 9 --quiet");
    let waiting = Instant::now();
    while dashboard.ask("/study/0/stamp", "").1 == before {
        assert!(waiting.elapsed() < Duration::from_mins(1), "it does not notice");
        thread::sleep(Duration::from_millis(20));
    }
    assert!(dashboard.ask("/study/0", "").1.contains("9 of 9"));
    // What a command says is text.
    assert!(dashboard.ask("/study/0/log/3", "").1.contains("\"trial\": 3"));
    assert!(dashboard.ask("/study/0/log/77", "").1.contains("There is no log"));
    assert_eq!(dashboard.ask("/study/5", "").0, 404);
    assert_eq!(dashboard.ask("/../../etc/passwd", "").0, 404);
    assert_eq!(dashboard.ask("/", "Host: evil.example\r\n").0, 403);
    assert_eq!(dashboard.ask("/", "Origin: http://evil.example\r\n").0, 403);
    text(&folder, "search study.toml --quiet --dir all/two");
    assert!(dashboard.ask("/", "").1.contains("href=\"/study/1\""));
    let mut interrupt = Command::new("kill");
    interrupt.args(["-INT", &dashboard.child.id().to_string()]).status().unwrap();
    let mut dashboard = dashboard;
    assert!(dashboard.child.wait().unwrap().success());
}

#[test]
fn a_rest_of_the_budget_is_told_everywhere_alike() {
    let folder = answering(ANSWER, "[fidelity]\nname = \"epochs\"\nrungs = [3, 8]");
    fs::create_dir(folder.path().join("all")).unwrap();
    let rest = "the rest of the budget is too small for another full evaluation";
    for name in ["one", "two"] {
        let summary = text(&folder, &format!("search study.toml --quiet --dir all/{name}"));
        assert!(summary.replace("\n              ", " ").contains(rest), "{summary}");
    }
    assert!(text(&folder, "status all/one").replace("\n             ", " ").contains(rest));
    text(&folder, "report all/one --out one.html");
    assert!(fs::read_to_string(folder.path().join("one.html")).unwrap().contains(rest));
    let (_, list) = Dashboard::of(&folder, "all").ask("/", "");
    assert!(list.contains(rest) && list.contains("of 6 full evaluations"), "{list}");
}
