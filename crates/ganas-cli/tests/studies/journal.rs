//! The messages on stderr while a study runs.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};

use crate::{answering, command, folder, ganas, interrupt, json};

const ANSWER: &str = r#"{"trial": TRIAL, "objective": TRIAL}"#;

fn said(folder: &tempfile::TempDir, arguments: &str) -> String {
    let output = ganas(folder, arguments);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_log_says_what_a_study_is_and_what_happens_in_it() {
    let folder = answering(ANSWER, "workers = 2");
    let said = said(&folder, "search study.toml");
    let lines: Vec<_> = said.lines().map(|line| line.split_once(' ').unwrap()).collect();
    for (time, line) in &lines {
        assert!(time.ends_with('Z') && time.contains('T'), "{time} {line}");
    }
    let has = |text: &str| assert!(lines.iter().any(|(_, line)| line.contains(text)), "{said}");
    has("study      in study; `ganas resume study` resumes it");
    has("file       study.toml");
    has("space      nasbench201, 15625 architectures, 6466 of them distinct");
    has("evaluator  command `sh answer.sh`");
    has("strategy   random, seed 0");
    has("budget     6 queries; 2 workers");
    for trial in 0..6 {
        has(&format!("trial {trial}, random: started"));
        has(&format!("trial {trial}, random: value {trial} in "));
    }
    let last = lines.last().unwrap().1;
    assert!(last.contains("; best 5, trial 5; 6 of 6 queries, "), "{last}");
    assert!(last.ends_with(" elapsed, ended: the budget was used up"), "{last}");
}

#[test]
fn failures_and_what_was_made_before_are_said() {
    let answer = r#"{"trial": TRIAL, "failed": "no data"}"#;
    let folder = answering(answer, "max_failures = 2");
    let said = String::from_utf8(ganas(&folder, "search study.toml --budget 2").stderr).unwrap();
    assert!(said.contains("trial 0, random: failed after "), "{said}");
    assert!(said.contains("s: no data; no best yet; 0 of 2 queries, 1 failed, "), "{said}");
    let said = String::from_utf8(ganas(&folder, "resume study --max-failures 3").stderr).unwrap();
    assert!(
        said.contains("budget     2 queries, 0 made; besides, 2 evaluations failed; 1 worker"),
        "{said}"
    );
    assert!(!said.contains("trial 1,") && said.contains("trial 2,"), "{said}");
}

#[test]
fn quiet_is_quiet_and_more_is_logged_on_demand() {
    let folder = answering(ANSWER, "");
    assert_eq!(said(&folder, "search study.toml --quiet"), "");
    assert_eq!(said(&folder, "resume study --budget 7 -q"), "");
    let mut command = command(&folder, "resume study --budget 8 --quiet");
    let said = command.env("GANAS_LOG", "ganas_exec=debug").output().unwrap().stderr;
    let said = String::from_utf8(said).unwrap();
    assert!(said.contains("DEBUG ganas_exec"), "{said}");
    assert!(
        said.contains("trial 7, attempt 1: worker 0 runs [\"sh\", \"answer.sh\"] in "),
        "{said}"
    );
}

#[test]
fn the_status_can_be_watched() {
    let folder = answering(ANSWER, "");
    json(&folder, "search study.toml --json");
    let watched = crate::text(&folder, "status study --watch");
    assert_eq!(watched.matches("6 of 6").count(), 1, "nobody is at work: {watched}");
    assert!(!watched.contains('\u{1b}'));
}

/// Starts a command whose debug log goes to its stderr, and interrupts it at the `nth` line with `text`.
pub(crate) fn interrupted_at(
    folder: &tempfile::TempDir,
    arguments: &str,
    text: &str,
    nth: usize,
) -> (i32, String, String) {
    let mut command = command(folder, arguments);
    command.env("GANAS_LOG", "debug").stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child: Child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    for _ in 0..nth {
        assert!(lines.any(|line| line.unwrap().contains(text)), "{text} is said often enough");
    }
    interrupt(child.id());
    let said = lines.map(Result::unwrap).collect::<Vec<_>>().join("\n");
    let mut printed = String::new();
    child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
    (child.wait().unwrap().code().unwrap(), printed, said)
}

#[test]
fn what_is_not_kept_is_shown_when_it_is_interrupted() {
    let search = "search --strategy ganas --budget 3000";
    let (code, printed, said) = interrupted_at(&folder(""), search, "asked for 1 trials, got 1", 3);
    assert_eq!(code, 130, "{said}");
    assert!(printed.contains("best        |") && printed.contains(": it was interrupted\n"));
    assert!(said.contains("queries; the study was in memory only (`--dir DIR` keeps"), "{said}");
}

#[test]
fn an_interrupted_comparison_shows_the_searches_that_have_ended() {
    let compare =
        "compare nasbench201 --strategies random,ganas --seeds 2 --budgets 5,3000 --jobs 1";
    let (code, printed, said) =
        interrupted_at(&folder(""), compare, "seed 1: the search has ended", 1);
    assert_eq!(code, 130, "{said}");
    let lines: Vec<_> = printed.lines().map(str::trim).collect();
    assert!(lines[0].starts_with("strategy  seed  best of 5  best of 3000"), "{printed}");
    assert!(lines[1].starts_with("random       0 ") && lines[2].starts_with("random       1 "));
    assert_eq!(lines.len(), 3, "{printed}");
    assert!(said.contains("interrupted after 2 of 4 searches"), "{said}");
}
