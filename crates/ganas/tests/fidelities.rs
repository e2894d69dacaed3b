//! Studies of several fidelities, from options to reports.

use std::fs;
use std::path::Path;

use ganas::search::StudyReader;
use ganas::{Cancel, StudyOptions, read_known, trials_csv};

const SPACE: &str =
    "name = 'toy'\n[[parameters]]\nname = 'a'\nlow = 0\nhigh = 63\ninteger = true\n";

#[test]
fn a_command_is_told_how_thorough_to_be_and_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("space.toml"), SPACE).unwrap();
    fs::write(
        at("train.sh"),
        "set -e\nfield() { sed -n \"s/^  \\\"$1\\\": \\\"*\\([^\\\",]*\\).*/\\1/p\" \"$GANAS_REQUEST\"; }\n\
         fidelity=$(field fidelity) from=$(field resume_from)\n\
         if [ \"$from\" != null ]; then cat \"$from/checkpoint\" > checkpoint.seen; fi\n\
         echo \"$fidelity\" > \"$GANAS_TRIAL_DIR/checkpoint\"\n\
         echo \"$fidelity $from\" >> told\n\
         echo \"{\\\"trial\\\": $(field trial), \\\"objective\\\": $(field trial)}\" > \"$GANAS_RESULT\"\n",
    )
    .unwrap();
    let study = "space = 'space.toml'\nstrategy = 'random'\nbudget = 2\n\
                 [fidelity]\nname = 'epochs'\nrungs = [2, 20]\nresumes = true\n\
                 [evaluator]\ncommand = ['sh', 'train.sh']\n";
    fs::write(at("study.toml"), study).unwrap();
    let options = ganas::read_study_file(&at("study.toml")).unwrap();
    let folder = at("study");
    let mut session = options.begin(folder.parent().unwrap(), Some(&folder)).unwrap();
    let reason = session.run(&Cancel::default(), |_, _| ()).unwrap();
    session.conclude(reason).unwrap();
    let told = fs::read_to_string(at("told")).unwrap();
    let (whole, cheap): (Vec<_>, Vec<_>) = told.lines().partition(|line| line.starts_with("20"));
    assert!(whole.len() == 1 && cheap.len() >= 5, "{told}");
    assert!(cheap.iter().all(|line| *line == "2.0 null"), "{told}");
    let from = whole[0].split_once(' ').unwrap().1;
    assert!(Path::new(from).join("checkpoint").is_file(), "{told}");
    let trials = StudyReader::open(&folder).unwrap().trials().unwrap();
    fs::write(at("trials.csv"), trials_csv(&trials).unwrap()).unwrap();
    let known = read_known(&at("trials.csv")).unwrap();
    assert_eq!(known.len(), 1, "a value of a short training run is none");
    let report = session.report(0.0, true).unwrap();
    assert!(report.history.unwrap().iter().any(|query| query.rung == Some(0)));
}

#[test]
fn what_a_benchmark_has_not_is_refused() {
    let refused = |fidelity: &str| {
        let options = StudyOptions {
            benchmark: Some("nasbench201".into()),
            fidelity: Some(fidelity.parse().unwrap()),
            ..StudyOptions::default()
        };
        options.begin("".as_ref(), None).unwrap_err().to_string()
    };
    let expected = "nasbench201 has no results for 12 epochs; expected 200 epochs; `ganas bench import nasbench201 FILE` adds";
    assert!(refused("12,200").starts_with(expected), "{}", refused("12,200"));
    assert!(
        refused("0.5,200").contains("expected each rung to be a whole number of epochs, found 0.5")
    );
}
