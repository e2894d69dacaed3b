//! Pages and figures of studies and comparisons are well-formed, whatever they contain.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::fs;
use std::path::{Path, PathBuf};

use ganas::search::{Evaluation, Measurement, Study};
use ganas::{Cancel, ErrorKind, FigureFormat, Session, StudyOptions, read_report};

/// A space whose names would be markup, if they were not escaped.
const SPACE: &str = "name = 'toy'\n[[parameters]]\nname = 'a'\nlow = 0\nhigh = 9\ninteger = true\n\
                     [[parameters]]\nname = 'kind'\nvalues = ['<script>alert(1)</script>', '\"><b>', 'x']\n";

/// Begins a study whose evaluations the test makes.
fn begin(parent: &Path, name: &str, more: &str) -> (Session, PathBuf) {
    fs::write(parent.join("space.toml"), SPACE).unwrap();
    let text = format!(
        "space = 'space.toml'\nevaluator = 'elsewhere'\nstrategy = 'random'\nbudget = 25\n{more}"
    );
    let options: StudyOptions = toml::from_str(&text).unwrap();
    let folder = parent.join(name);
    (options.begin(parent, Some(&folder)).unwrap(), folder)
}

/// Tells the study what each trial is worth, in the order asked, until it ends or nothing more is told.
fn tell(study: &mut Study, mut worth: impl FnMut(usize) -> Option<Evaluation>) {
    let mut told = 0;
    while study.stop_reason().is_none() {
        for trial in study.ask(1).unwrap() {
            let Some(answer) = worth(told) else { return };
            study.begin(trial.trial).unwrap();
            study.tell(trial.trial, answer).unwrap();
            told += 1;
        }
    }
}

fn measured(value: f64) -> Evaluation {
    Evaluation::Measured(Measurement::new(value))
}

/// The page of paths, and all figures, after a look at whether they are whole.
fn page(paths: &[&Path]) -> String {
    let paths: Vec<PathBuf> = paths.iter().map(|path| path.to_path_buf()).collect();
    let report = read_report(&paths).unwrap();
    let page = report.page(None);
    check(&page);
    for figure in report.figures().unwrap() {
        check(&figure.svg);
        assert!(figure.csv.lines().count() > 1, "{}", figure.name);
    }
    page
}

/// Is every element ended that begins, and every number one?
fn check(markup: &str) {
    const ALONE: [&str; 3] = ["meta", "!doctype", "?xml"];
    let without_scripts: String = markup
        .split("<script")
        .enumerate()
        .map(|(at, part)| if at == 0 { part } else { part.split_once("</script>").unwrap().1 })
        .collect();
    let mut open = Vec::new();
    for tag in without_scripts.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').unwrap_or_else(|| panic!("`<` in a text: {tag:.80}"));
        let name = tag.split([' ', '/', '\n']).next().unwrap();
        if let Some(ended) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(ended), "{tag}");
        } else if !tag.ends_with('/') && !ALONE.contains(&name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
    for wrong in ["NaN", "inf ", "-inf", "\"inf"] {
        assert!(!without_scripts.contains(wrong), "{wrong}");
    }
}

#[test]
fn a_study_is_shown_with_all_that_it_has() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("mine");
    let text = "benchmark = 'nasbench201'\nstrategy = 'evolution'\nbudget = 60\nmax = ['params=1.2']\n\
                objectives = [{ metric = 'params', direction = 'minimise' }]";
    let options: StudyOptions = toml::from_str(text).unwrap();
    let mut session = options.begin(Path::new(""), Some(&folder)).unwrap();
    session.run(&Cancel::default(), |_, _| {}).unwrap();
    // While the study is open, and its lock is held.
    let page = page(&[&folder]);
    for part in [
        "Best value so far against queries",
        "Every trial by its origin",
        "Importance of decisions",
        "Decisions of the best",
        "Pareto front",
        "most allowed: 1.2",
        "Candidates rejected because of limits",
        "Hypervolume by queries",
        "Worst (the reference point): value ",
        "The best architectures",
        "The strategy makes no predictions",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let export = format!("ganas export {} --trial", folder.display());
    assert!(page.contains(&export), "{export}");
    let others = page.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "");
    for fetched in ["http", " src=", "@import", "url(h"] {
        assert!(!others.contains(fetched), "{fetched}");
    }
}

#[test]
fn names_of_any_content_are_text() {
    let parent = tempfile::tempdir().unwrap();
    let name = "<script>alert(2)<_script>";
    let (mut session, folder) = begin(parent.path(), name, "");
    tell(&mut session.study, |at| match at % 3 {
        0 => Some(Evaluation::Failed {
            reason: "</script><script>alert(3)</script>".into(),
            attempts: 1,
            train_seconds: None,
        }),
        1 => Some(measured(at as f64)),
        _ => Some(Evaluation::Infeasible {
            reason: "<img src=x onerror=alert(4)>".into(),
            train_seconds: None,
        }),
    });
    let page = page(&[&folder]);
    for wrong in ["<script>alert", "<img", "<b>"] {
        assert!(!page.contains(wrong), "{wrong}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)") && page.contains("&lt;img src=x"));
    let scripts = page.matches("<script").count();
    assert_eq!((scripts, page.matches("</script>").count()), (2, 2));
}

#[test]
fn a_study_with_little_in_it_has_a_page() {
    let parent = tempfile::tempdir().unwrap();
    let failed = || {
        let reason = "out of memory after 12 s".to_owned();
        Some(Evaluation::Failed { reason, attempts: 1, train_seconds: None })
    };
    let (session, folder) = begin(parent.path(), "nothing", "");
    assert!(page(&[&folder]).contains("No trial has a result yet."));
    drop(session);
    let (mut session, folder) = begin(parent.path(), "failures", "max_failures = 5");
    tell(&mut session.study, |_| failed());
    assert!(page(&[&folder]).contains("out of memory after 12 s"));
    let (mut session, folder) = begin(parent.path(), "single", "");
    tell(&mut session.study, |at| (at == 0).then(|| measured(0.5)));
    assert!(page(&[&folder]).contains("Importances are shown once there are 20"));
    let (mut session, folder) = begin(parent.path(), "equal", "minimise = true");
    tell(&mut session.study, |_| Some(measured(-3.0)));
    assert!(page(&[&folder]).contains("Importance of decisions"));
    let (mut session, folder) = begin(parent.path(), "large", "");
    tell(&mut session.study, |at| Some(measured(if at % 2 == 0 { 1e300 } else { -1e300 })));
    page(&[&folder]);
}

#[test]
fn what_was_measured_below_the_top_rung_is_no_result() {
    let parent = tempfile::tempdir().unwrap();
    let more = "[fidelity]\nname = 'epochs'\nrungs = [1, 9]\n";
    let (mut session, folder) = begin(parent.path(), "rungs", more);
    // The cheap ones look better than any whole one.
    let mut told = 0;
    while session.study.stop_reason().is_none() && told < 60 {
        for trial in session.study.ask(1).unwrap() {
            let is_whole = trial.rung.as_ref().is_none_or(|rung| rung.rung == 1);
            let value = if is_whole { 1.0 } else { 777.0 };
            session.study.tell(trial.trial, measured(value)).unwrap();
            told += 1;
        }
    }
    let page = page(&[&folder]);
    assert!(page.contains("below the top rung"));
    let best = page.split("The best architectures").nth(1).unwrap();
    let best = best.split("<section>").next().unwrap();
    assert!(!best.contains("777"), "{best}");
    let report = read_report(&[folder]).unwrap();
    let figures = report.figures().unwrap();
    let csv = &figures.iter().find(|it| it.name == "best-by-queries").unwrap().csv;
    assert!(!csv.contains("777"), "{csv}");
}

#[test]
fn studies_of_one_space_are_compared() {
    let parent = tempfile::tempdir().unwrap();
    let mut folders = Vec::new();
    for (strategy, seed) in [("random", 1), ("random", 2), ("evolution", 1), ("evolution", 2)] {
        let text = format!(
            "benchmark = 'nasbench201'\nbudget = 30\nstrategy = '{strategy}'\nseed = {seed}"
        );
        let options: StudyOptions = toml::from_str(&text).unwrap();
        let folder = parent.path().join(format!("{strategy}-{seed}"));
        let mut session = options.begin(Path::new(""), Some(&folder)).unwrap();
        session.run(&Cancel::default(), |_, _| {}).unwrap();
        folders.push(folder);
    }
    let paths: Vec<&Path> = folders.iter().map(PathBuf::as_path).collect();
    let page = page(&paths);
    assert!(
        page.contains("4 studies of nasbench201") && page.contains("How much better random is")
    );
    let figures = parent.path().join("figures");
    let report = read_report(&folders).unwrap();
    let written = ganas::write_figures(&report, &figures, FigureFormat::Svg).unwrap();
    assert_eq!(fs::read_dir(&figures).unwrap().count(), 2 * written);
}

#[test]
fn what_cannot_be_shown_is_told() {
    let parent = tempfile::tempdir().unwrap();
    let told = |name: &str| {
        let error = read_report(&[parent.path().join(name)]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage, "{error}");
        error.to_string()
    };
    assert!(told("missing").contains("found nothing there"));
    fs::create_dir(parent.path().join("empty")).unwrap();
    assert!(told("empty").contains("expected a study folder (with study.db)"));
    fs::write(parent.path().join("x.json"), "{\"rows\": 3, \"other\": 1}").unwrap();
    let error = told("x.json");
    assert!(
        error.contains("expected the output of `ganas compare --json`")
            && error.contains("other, rows"),
        "{error}"
    );
    fs::write(parent.path().join("bytes"), [0xff, 0]).unwrap();
    assert!(told("bytes").contains("a file that is not text"));
    fs::create_dir(parent.path().join("foreign")).unwrap();
    fs::write(parent.path().join("foreign/study.db"), "no store").unwrap();
    let error = read_report(&[parent.path().join("foreign")]).unwrap_err().to_string();
    assert!(error.contains("study.db"), "{error}");
}

#[test]
fn the_pictures_of_readme_and_crates_are_what_the_code_makes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let kept = |path: &str, made: &str| {
        let picture = fs::read_to_string(root.join(path)).unwrap();
        // Rustdoc ends the picture at an empty line.
        assert!(picture.starts_with("<svg") && !picture.contains("\n\n"), "{path}");
        let made = &made[made.find("<svg").unwrap()..];
        assert!(made == picture, "{path}: `cargo xtask pictures` makes it again");
    };
    let figure = |path: PathBuf, name: &str| {
        let figures = read_report(&[path]).unwrap().figures().unwrap();
        figures.into_iter().find(|it| it.name == name).unwrap().svg
    };
    let results = root.join("benchmarks-data/results/nasbench201.json");
    let means = figure(results, "nasbench201-cifar10-means");
    kept("benchmarks-data/results/nasbench201.svg", &means);
    kept("crates/ganas-report/pictures/means.svg", &means);
    let cell = "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+\
                |skip_connect~0|nor_conv_3x3~1|nor_conv_1x1~2|";
    let space = ganas::open_space("nasbench201").unwrap();
    let cell = space.parse(cell).unwrap();
    kept("crates/ganas-graph/pictures/cell.svg", &ganas::graph::export::svg(&*space, &cell));
    let parent = tempfile::tempdir().unwrap();
    let text = "benchmark = 'nasbench201'\nstrategy = 'evolution'\nbudget = 100";
    let options: StudyOptions = toml::from_str(text).unwrap();
    let folder = parent.path().join("study");
    let mut session = options.begin(Path::new(""), Some(&folder)).unwrap();
    session.run(&Cancel::default(), |_, _| {}).unwrap();
    kept("crates/ganas-search/pictures/trials.svg", &figure(folder, "trials"));
}
