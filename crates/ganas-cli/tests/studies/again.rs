//! Retries, and refusals that avoid paying for an evaluation twice.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use serde_json::json as value;

use crate::{answering, command, failure, json, text};

#[test]
fn what_failed_is_evaluated_again_once_the_script_is_mended() {
    let folder = answering("garbage", "max_failures = 3");
    failure(&folder, "search study.toml", 1);
    let logs = fs::read(folder.path().join("study/trials/000002/attempt-1/stdout.log")).unwrap();
    let script = fs::read_to_string(folder.path().join("answer.sh")).unwrap();
    let mended = script.replace("garbage", r#"{"trial": TRIAL, "objective": -TRIAL}"#);
    fs::write(folder.path().join("answer.sh"), mended).unwrap();
    failure(&folder, "resume study", 1);
    let resumed = command(&folder, "resume study --retry-failed").output().unwrap();
    let [summary, log] = [resumed.stdout, resumed.stderr].map(|it| String::from_utf8(it).unwrap());
    let retried = "3 failed trials will be evaluated again under their old numbers; the numbering of new trials leaves a gap of 3";
    assert!(log.contains(retried), "{log}");
    assert!(summary.contains("files       study/trials/000000/attempt-2\n"), "{summary}");
    let status = json(&folder, "status study --json");
    assert_eq!(status["states"], serde_json::json!({ "measured": 6 }));
    let trials = json(&folder, "trials study --json");
    let attempts = |trial: usize| trials["trials"][trial]["attempts"].clone();
    assert_eq!((attempts(2), attempts(3)), (2.into(), 1.into()), "attempts are counted on");
    let study = folder.path().join("study/trials");
    assert_eq!(fs::read(study.join("000002.failed-1/attempt-1/stdout.log")).unwrap(), logs);
    assert!(study.join("000002/attempt-2/stdout.log").exists());
}

#[test]
fn what_failed_is_no_query_and_waits_for_a_larger_budget() {
    let folder = answering(r#"{"trial": TRIAL, ANSWER}"#, "max_failures = 100");
    let script = fs::read_to_string(folder.path().join("answer.sh")).unwrap();
    let answers = "answer='\"objective\": 1'; case $trial in *[13]) answer='\"failed\": \"no luck\"';; esac\n\
                   echo \"{\\\"trial\\\": $trial, $answer}\"\n";
    let first = script.lines().next().unwrap();
    fs::write(folder.path().join("answer.sh"), format!("{first}\n{answers}")).unwrap();
    let report = json(&folder, "search study.toml --json");
    assert_eq!((&report["queries"], &report["failed"]), (&6.into(), &2.into()));
    let status = text(&folder, "status study");
    assert!(status.contains("6 of 6") && status.contains("2 failed, 6 measured"), "{status}");
    let trials = json(&folder, "trials study --json");
    let queries = trials["trials"].as_array().unwrap().iter().map(|trial| &trial["query"]);
    let expected = [1, 0, 2, 0, 3, 4, 5, 6].map(|query| value!(Some(query).filter(|it| *it > 0)));
    assert!(queries.eq(&expected), "{trials}");
    let refused = command(&folder, "resume study --retry-failed").output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(
        said.contains("2 failed trials will not be evaluated again") && said.contains("--budget 8"),
        "{said}"
    );
    fs::write(
        folder.path().join("answer.sh"),
        format!("{first}\necho \"{{\\\"trial\\\": $trial, \\\"objective\\\": 3}}\"\n"),
    )
    .unwrap();
    let report = json(&folder, "resume study --retry-failed --budget 8 --json");
    assert_eq!((&report["queries"], &report["failed"]), (&8.into(), &0.into()));
    let trials = json(&folder, "trials study --json");
    assert_eq!(
        (&trials["trials"][1]["query"], &trials["trials"][3]["query"]),
        (&7.into(), &8.into())
    );
}

#[test]
fn a_server_whose_folder_was_moved_or_replaced_says_so() {
    for replaced in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let mut serve = command(&folder, "serve --strategy random --budget 4 --dir study");
        serve.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut server = serve.spawn().unwrap();
        let mut requests = server.stdin.take().unwrap();
        let mut answers = BufReader::new(server.stdout.take().unwrap()).lines();
        requests.write_all(b"{\"ask\": 1}\n").unwrap();
        answers.next().unwrap().unwrap();
        assert!(answers.next().unwrap().unwrap().contains("\"trial\":0"));
        let (study, other) = (folder.path().join("study"), folder.path().join("other"));
        fs::rename(&study, &other).unwrap();
        if replaced {
            fs::create_dir(&study).unwrap();
        }
        requests.write_all(b"{\"tell\": {\"trial\": 0, \"objective\": 5}}\n").unwrap();
        let output = server.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("study: the study's folder is no longer here"), "{said}");
        assert_eq!(fs::read_dir(&study).map_or(0, Iterator::count), 0);
        assert_eq!(json(&folder, "status other --json")["best"]["value"], 5.0);
    }
}

#[test]
fn two_known_values_of_one_architecture_are_refused_at_every_door() {
    let folder = tempfile::tempdir().unwrap();
    // Two ways to write one graph.
    let arch = |edge: &str| format!("|{edge}~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|");
    let known = format!("arch,value\n{},10\n{},99\n", arch("none"), arch("nor_conv_1x1"));
    fs::write(folder.path().join("known.csv"), &known).unwrap();
    fs::write(folder.path().join("one.csv"), known.lines().take(2).collect::<Vec<_>>().join("\n"))
        .unwrap();
    fs::write(folder.path().join("alike.csv"), known.replace(",99", ",10")).unwrap();
    text(&folder, "search --strategy random --budget 2 --dir d");
    for door in ["search --from known.csv", "serve --from known.csv", "import-trials d known.csv"] {
        let error = failure(&folder, door, 2);
        assert!(error.contains("known.csv, line 3: expected one value"), "{error}");
        assert!(error.contains("this row has the value 99, but line 2 has 10 "), "{error}");
    }
    let two_files = failure(&folder, "search --from one.csv --from known.csv", 2);
    assert!(two_files.contains("but line 2 of one.csv has 10 "), "{two_files}");
    assert!(text(&folder, "import-trials d alike.csv").starts_with("added 1 "), "one value, twice");
    let later = failure(&folder, "import-trials d known.csv", 2);
    assert!(later.contains("but the study already has 10 "), "{later}");
    // What the study measured counts, and that is said.
    let trials = json(&folder, "trials d --json");
    let measured = trials["trials"][1]["arch"].as_str().unwrap();
    fs::write(folder.path().join("other.csv"), format!("arch,value\n{measured},1\n")).unwrap();
    let said = text(&folder, "import-trials d other.csv");
    assert_eq!(
        said,
        "added no architectures: the study already knows all in the file\nignored the file's values of 1 architecture, because the study itself measured other values\n"
    );
}

#[test]
fn values_for_what_failed_are_not_imported_silently() {
    let folder = answering("garbage", "max_failures = 3");
    failure(&folder, "search study.toml", 1);
    let trials = json(&folder, "trials study --json");
    let arch = |trial: usize| trials["trials"][trial]["arch"].as_str().unwrap();
    let values = |archs: &[&str]| {
        let rows: Vec<_> = archs.iter().map(|arch| format!("{arch},5\n")).collect();
        let rows = format!("arch,value\n{}", rows.concat());
        fs::write(folder.path().join("values.csv"), rows).unwrap();
        text(&folder, "import-trials study values.csv")
    };
    let ignored =
        "because evaluation in the study failed or showed that no value can be measured\n";
    let none =
        format!("added no architectures\nignored the file's values of 2 architectures, {ignored}");
    assert_eq!(values(&[arch(0), arch(1)]), none);
    assert_eq!(values(&[]), "added no architectures\n");
    let new = "|none~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|";
    let one =
        format!("added 1 architecture\nignored the file's values of 1 architecture, {ignored}");
    assert_eq!(values(&[new, arch(2)]), one);
}

#[test]
fn a_study_in_which_everything_failed_says_why_and_how_to_retry() {
    let folder = answering("garbage", "max_failures = 100");
    let space = "name = 'toy'\n[[parameters]]\nname = 'a'\nvalues = ['x', 'y']\n";
    fs::write(folder.path().join("toy.toml"), space).unwrap();
    let study = fs::read_to_string(folder.path().join("study.toml")).unwrap();
    let study = study.replace("\"nasbench201\"", "\"toy.toml\"");
    fs::write(folder.path().join("study.toml"), study).unwrap();
    let error = failure(&folder, "search study.toml --budget 2", 1);
    assert!(error.contains("of 2 evaluations, 2 failed"), "{error}");
    let status = text(&folder, "status study");
    assert!(status.contains("ended: the strategy found no further architecture to propose"));
    assert!(status.contains("`ganas resume study --retry-failed`"), "{status}");
    text(&folder, "report study --out page.html");
    let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
    assert!(page.contains("no further architecture to propose") && !page.contains("looked up"));
}
