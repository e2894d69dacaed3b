//! Tests of valid and invalid imports of test results.

use std::fmt::Write as _;

use super::*;
use crate::formats::table::Table;

/// Returns a CSV file with the contents of the compiled-in table, and made-up test accuracies.
fn file() -> String {
    let table = NasBench201Table::embedded().unwrap();
    let mut rows: Vec<Row> = table.rows().collect();
    rows.sort_by_key(|row| table.official_index(*row));
    let mut text = "index,arch_str".to_owned();
    for dataset in Dataset::ALL {
        for run in 0..RUNS {
            write!(text, ",{}", validation_name(dataset, run)).unwrap();
        }
        write!(text, ",{}", test_name(dataset)).unwrap();
    }
    for (index, row) in rows.into_iter().enumerate() {
        let arch = NasBench201::default().display(&table.arch(row));
        write!(text, "\n{index},{arch}").unwrap();
        for dataset in Dataset::ALL {
            let mut runs = table.validation_runs(dataset, row).into_iter();
            for _ in 0..RUNS {
                let run = runs.next().map(|run| format!("{:.4}", run.percent()));
                write!(text, ",{}", run.unwrap_or_default()).unwrap();
            }
            write!(text, ",{}.{:04}", index % 100, index % 7).unwrap();
        }
    }
    text
}

fn read(text: &str) -> Result<Vec<u8>, String> {
    read_test_results("a.csv", text.as_bytes(), "0".into()).map_err(|error| error.to_string())
}

/// Returns the error after one line of the file was changed.
fn error(line: usize, from: &str, to: &str) -> String {
    let text = file();
    let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
    assert!(lines[line - 1].contains(from), "{}", lines[line - 1]);
    lines[line - 1] = lines[line - 1].replacen(from, to, 1);
    read(&lines.join("\n")).unwrap_err()
}

#[test]
fn agreeing_files_give_a_table() {
    let bytes = read(&file()).unwrap();
    assert_eq!(bytes, read(&file()).unwrap());
    let table = Table::open("test", bytes).unwrap();
    let column = table.section::<u32>("cifar100.test", ROWS, 1).unwrap();
    let embedded = NasBench201Table::embedded().unwrap();
    for row in embedded.rows() {
        let index = u32::try_from(embedded.official_index(row)).unwrap();
        let rank = NasBench201::rank(&embedded.arch(row));
        let expected = (index % 100) * 1_000_000 + (index % 7) * 100;
        assert_eq!(table.get(column, rank, 0), expected, "index {index}");
    }
}

#[test]
fn disagreeing_files_are_explained() {
    assert_eq!(
        error(1, "arch_str", "arch"),
        "a.csv: line 1, header: expected a column `arch_str`, \
         found index, arch, c10_val_200_s0, c10_val_200_s1, c10_val_200_s2, c10_test_200_mean, \
         c100_val_200_s0, c100_val_200_s1, …"
    );
    assert_eq!(error(3, "1,", "7,"), "a.csv: line 3, column `index`: expected 1, found 7");
    assert_eq!(
        error(2, "82.0920", "82.1920"),
        "a.csv: line 2, column `c10_val_200_s0`: expected 82.0920, found 82.1920"
    );
    assert_eq!(
        error(2, "82.2400", ""),
        "a.csv: line 2, column `c10_val_200_s2`: expected 82.2400, found nothing"
    );
    let error_of_arch = error(2, "skip_connect~2", "nor_conv_1x1~2");
    assert!(
        error_of_arch
            .contains("column `arch_str`: expected the architecture with index 0, found |avg")
    );
    let error_of_parse = error(2, "skip_connect~2", "skip~2");
    assert!(error_of_parse.contains("expected an operator"), "{error_of_parse}");
    let error_of_test = error(5, ",3.0003", ",103.0");
    assert_eq!(
        error_of_test,
        "a.csv: line 5, column `c10_test_200_mean`: expected a percentage, found 103.0"
    );
}

#[test]
fn other_files_are_refused() {
    let text = file();
    let short = text.rsplit_once('\n').unwrap().0;
    let error = read(short).unwrap_err();
    assert_eq!(error, "a.csv: the end, all columns: expected 15625 rows, found 15624 rows");
    assert!(read("").unwrap_err().contains("expected a column `index`"));
    assert!(read("\u{1f}").is_err());
    let gzip = read_test_results("a.csv.gz", &[0x1f, 0x8b, 8, 0, 1], String::new());
    assert!(gzip.unwrap_err().to_string().starts_with("could not unpack a.csv.gz: "));
}
