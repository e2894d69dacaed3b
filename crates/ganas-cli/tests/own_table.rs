//! Tests of user-defined benchmarks, from a table to a search.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may panic; clippy knows only the tests themselves"
)]

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const SPACE: &str = "name = 'net'\n\
    [[parameters]]\nname = 'depth'\nvalues = [1, 2, 3]\n\
    [[parameters]]\nname = 'norm'\nvalues = ['batch', 'none']\nwhen = 'depth > 1'\n\
    [named]\nbest = 'depth=3,norm=batch'\n";
const TABLE: &str = "depth,norm,value,latency\n1,,0.5,1\n2,batch,0.75,2\n2,none,0.625,2\n3,batch,0.875,4\n3,none,0.25,3\n";

/// An empty folder with its own data.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("own-table").join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("my.toml"), SPACE).unwrap();
        fs::write(folder.join("my.csv"), TABLE).unwrap();
        Self(folder)
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ganas"));
        command.args(arguments.split_whitespace()).current_dir(&self.0);
        command.env("GANAS_DATA", self.0.join("data"));
        command
    }

    fn ganas(&self, arguments: &str) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn text(&self, arguments: &str) -> String {
        let output = self.ganas(arguments);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, arguments: &str) -> Value {
        serde_json::from_str(&self.text(arguments)).unwrap()
    }

    fn failure(&self, arguments: &str, code: i32) -> String {
        let output = self.ganas(arguments);
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    fn import(&self, more: &str) -> String {
        self.text(&format!("bench import table my.csv --space my.toml {more}"))
    }
}

#[test]
fn a_table_is_searched_and_compared() {
    let folder = Folder::new("searched");
    let imported = folder.import("");
    assert!(imported.contains("values (higher is better) of 5 architectures, all of net"));
    let found =
        folder.json("search net --strategy random --budget 5 --until-optimum --json --quiet");
    assert_eq!(found["optimum"]["validation"], 0.875);
    assert_eq!(found["best"]["rank"], 1);
    let text = folder.text("search net --strategy random --budget 5 --max latency=2 --quiet");
    assert!(
        text.contains(
            "  validation  0.750, rank 2, 0.125 below the optimum of 0.875; rank and optimum\n              ignore the limits\n"
        ),
        "{text}"
    );
    let compared = folder.json("compare net --strategies random --seeds 2 --budgets 5 --json");
    assert_eq!(compared["rows"][0]["optimum_share"], 1.0);
    let verified = folder.json("bench verify net --json");
    assert_eq!((&verified["architectures"], &verified["complete"]), (&5.into(), &true.into()));
    assert_eq!(folder.json("bench info net --json")["complete"], true);
}

#[test]
fn a_lower_value_may_be_the_better_one() {
    let folder = Folder::new("minimised");
    folder.import("--name loss --minimise");
    let refused = folder.failure("search loss --strategy random --budget 5", 2);
    assert!(refused.contains("lower values of loss are better: add `--minimise`"), "{refused}");
    let found = folder.json("search loss --minimise --strategy random --budget 5 --json --quiet");
    assert_eq!((&found["best"]["validation"], &found["best"]["rank"]), (&0.25.into(), &1.into()));
    let compared = folder.json("compare loss --strategies random --seeds 2 --budgets 1,5 --json");
    let rows = compared["rows"].as_array().unwrap();
    assert_eq!((&rows[1]["validation_mean"], &rows[1]["regret_mean"]), (&0.25.into(), &0.0.into()));
    assert!(rows[0]["regret_mean"].as_f64().unwrap() >= 0.0);
    assert_eq!(compared["queries_to_optimum"]["random"]["missed"], 0);
}

#[test]
fn infeasible_queries_count_on_the_way_to_the_optimum() {
    let folder = Folder::new("infeasible");
    folder.import("");
    let found =
        folder.json("compare net --strategies random --seeds 6 --budgets 5 --min latency=3 --json");
    let searches = found["searches"].as_array().unwrap();
    let query = |search: &serde_json::Value| {
        let best = search["improvements"].as_array().unwrap().last().unwrap();
        assert_eq!(best[1], 0.875);
        best[0].as_u64().unwrap()
    };
    let most = searches.iter().map(query).max().unwrap();
    // Only two of the five architectures satisfy the limit.
    assert!(most > 2, "{most}");
    assert_eq!(found["queries_to_optimum"]["random"]["max"], most);
}

#[test]
fn fronts_are_compared_in_the_box_of_the_table() {
    let folder = Folder::new("fronts");
    folder.import("");
    let compare = "compare net --strategies random,nsga2 --seeds 2 --budgets 1,5 \
                   --objective latency=minimise";
    let found = folder.json(&format!("{compare} --json"));
    let found = &found["hypervolume"];
    assert_eq!((&found["span"], &found["further"][0]), (&"table".into(), &"latency".into()));
    assert_eq!(found["worst"], serde_json::json!([0.25, 4.0]));
    assert_eq!(found["best"], serde_json::json!([0.875, 1.0]));
    // Of a box of 5 by 3: 2 by 3, and 2 by 2 beside it.
    let mean = |row: usize| found["rows"][row]["mean"].as_f64().unwrap();
    assert!((mean(1) - 10.0 / 15.0).abs() < 1e-12 && (mean(3) - 10.0 / 15.0).abs() < 1e-12);
    assert!(mean(0) < mean(1), "one of five");
    assert!(found["rows"][1]["standard_error"].as_f64().unwrap().abs() < 1e-12);
    assert_eq!(found["paired"].as_array().unwrap().len(), 2);
    let text = folder.text(compare);
    assert!(text.contains("  nsga2           5  0.667 ± 0.000\n"), "{text}");
    assert!(
        text.contains("  box    from the worst to the best value of each objective among all"),
        "{text}"
    );
    assert!(text.contains("         latency 4 to 1\n"), "{text}");
    let wrong = folder.failure(&compare.replace("latency", "latencies"), 2);
    assert!(wrong.contains("unknown objective `latencies` (did you mean `latency`?)"), "{wrong}");
    let twice = folder.failure(&format!("{compare} --objective latency=maximise"), 2);
    assert!(twice.contains("expected each objective once, found `latency` twice"), "{twice}");
}

#[test]
fn many_architectures_are_answered_in_a_line_each() {
    let folder = Folder::new("queried");
    let known = TABLE.replace("3,none,0.25,3\n", "");
    fs::write(folder.0.join("my.csv"), known).unwrap();
    folder.import("");
    let one = folder.json("bench query net depth=3,norm=batch --json");
    assert_eq!(one["results"]["table"]["value"], 0.875);
    assert_eq!(one["results"]["table"]["metrics"]["latency"], 4.0);
    assert_eq!(folder.json("bench query net --named best --json"), one);
    let two = folder.text("bench query net depth=1 depth=3,norm=none");
    assert_eq!(two, "depth=1\t0.5, rank 4\ndepth=3,norm=none\tnot known\n");
    fs::write(folder.0.join("archs.txt"), "\u{feff}depth=1\r\n\r\n depth=3,norm=none\r\n").unwrap();
    assert_eq!(folder.text("bench query net --arch-file archs.txt"), two);
    let lines = folder.text("bench query net --arch-file archs.txt --json");
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["results"]["table"]["rank"], 4);
    assert_eq!(
        (&lines[1]["arch"], &lines[1]["results"]["table"]),
        (&"depth=3,norm=none".into(), &Value::Null)
    );
    let mut child = folder
        .command("bench query net --arch-file -")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"depth=1\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "depth=1\t0.5, rank 4\n");
    fs::write(folder.0.join("archs.txt"), "depth=1\n\ndepth=7\n").unwrap();
    let wrong = folder.failure("bench query net --arch-file archs.txt", 2);
    assert!(wrong.starts_with("error: archs.txt: line 3: net: at byte 6 of `depth=7`"), "{wrong}");
    let missing = folder.failure("bench query net --arch-file none.txt", 1);
    assert!(missing.starts_with("error: could not read none.txt: "), "{missing}");
    folder.failure("bench query net", 2);
}

#[test]
fn a_published_benchmark_answers_many_in_all_data_sets() {
    let folder = Folder::new("published");
    let lines = folder.text("bench query nasbench201 0 1462");
    assert_eq!(lines.lines().count(), 2);
    for dataset in ["\tcifar10 ", "\tcifar100 ", "\timagenet16-120 "] {
        assert!(lines.contains(dataset), "{lines}");
    }
}

#[test]
fn the_list_says_what_is_installed_and_where() {
    let folder = Folder::new("listed");
    folder.import("");
    let text = folder.text("bench list");
    let line = |name: &str| {
        let of = |line: &&str| line.split_whitespace().next() == Some(name);
        text.lines().find(of).unwrap().to_owned()
    };
    assert!(line("nasbench201").ends_with("(compiled in)"));
    assert!(line("nasbench101").ends_with("(not imported)"));
    let file = folder.0.join("data/tables/net.table");
    assert!(line("net").ends_with(&format!("table ({})", file.display())), "{}", line("net"));
    let list = folder.json("bench list --json");
    let net = list["benchmarks"].as_array().unwrap().last().unwrap();
    assert_eq!((&net["name"], &net["files"][0]), (&"net".into(), &file.to_str().unwrap().into()));
}

#[test]
fn wrong_arguments_say_what_to_do() {
    let folder = Folder::new("wrong");
    let space = folder.failure("bench import table my.csv", 2);
    assert!(space.contains("--space FILE.toml"), "{space}");
    let other = folder.failure("bench import nasbench201 my.csv --space my.toml", 2);
    assert!(other.contains("`ganas bench import table FILE.csv --space FILE.toml`"), "{other}");
    let name = folder.failure("bench import table my.csv --space my.toml --name a/b", 2);
    assert!(name.contains("found `a/b`"), "{name}");
    fs::write(folder.0.join("my.toml"), "name = 'x'\nsize = 1\n").unwrap();
    let shown = folder.failure("bench import table my.csv --space my.toml", 2);
    assert!(shown.contains("my.toml") && shown.contains("size = 1"), "shown in its line: {shown}");
    assert!(!folder.0.join("data").exists(), "nothing is written");
}
