//! Tests of the errors of invalid tables.

use super::{FULL, SPACE, Tables};

/// Tables, and the start of their errors after the file's name.
const CASES: &[(&str, &str)] = &[
    (
        "",
        "line 1, the column names: expected a line with the names of the columns, found an empty file",
    ),
    (
        "depth,norm,value,latency\n",
        "line 2, the row: expected the row of an architecture, found the end of the file",
    ),
    ("depth;norm;value\n", "line 1, the column names: expected commas between columns, found `;`"),
    (
        "value\n1\n",
        "line 1, the column names: expected a column `arch`, or one column for each decision (`depth`, `norm`), found the columns `value`",
    ),
    (
        "depth,value\n",
        "line 1, the column names: expected a column for each decision, of which `norm` is missing, found the columns `depth`, `value`",
    ),
    (
        "depth,norm\n",
        "line 1, the column names: expected a column `value` with the objective, found the columns `depth`, `norm`",
    ),
    (
        "arch,depth,value\n",
        "line 1, column 2 (`depth`): expected either the column `arch` or one column per decision, found both",
    ),
    (
        "arch,value,value\n",
        "line 1, column 3 (`value`): expected a unique name, found the same name as column 2",
    ),
    (
        ",arch,value\n",
        "line 1, column 1 (nothing): expected a name in the first line (pandas writes its index as a column without a name; leave the index out with `to_csv(…, index=False)`), found nothing",
    ),
    (
        "arch,value,params\n",
        "line 1, column 3 (`params`): expected a metric whose name differs from the names of the space's costs, found `params`",
    ),
    (
        "depth,norm,value,latency\n1,,1,2\n1,,1\n",
        "line 3, the row: expected 4 cells, as in the first line, found 3",
    ),
    (
        "depth,norm,value,latency\n1,,much,2\n",
        "line 2, column 3 (`value`): expected a finite number, found `much`",
    ),
    (
        "depth,norm,value,latency\n1,,,2\n",
        "line 2, column 3 (`value`): expected a finite number, found nothing",
    ),
    (
        "depth,norm,value,latency\n1,,NaN,2\n",
        "line 2, column 3 (`value`): expected a finite number, found `NaN`",
    ),
    (
        "depth,norm,value,latency\n1,,1e400,2\n",
        "line 2, column 3 (`value`): expected a finite number, found `1e400`",
    ),
    (
        "depth,norm,value,note\n1,,1,good\n",
        "line 2, column 4 (`note`): expected a finite number or an empty cell, because this column is read as a metric (remove it if it is not one), found `good`",
    ),
    (
        "depth,norm,value,train_seconds\n1,,1,-1\n",
        "line 2, column 4 (`train_seconds`): expected seconds, from 0 to 1e12, found `-1`",
    ),
    (
        "depth,norm,value\n1,none,1\n",
        "line 2, column 2 (`norm`): expected an empty cell, because the row's other choices leave nothing to decide here, found `none`",
    ),
    (
        "depth,norm,value\n2,,1\n",
        "line 2, column 2 (`norm`): expected one of batch, none, found nothing",
    ),
    (
        "depth,norm,images,value\n1,,5,1\n",
        "line 2, column 3 (`images`): expected 50000 (a constant of the space) or an empty cell, found `5`",
    ),
    (
        "depth,norm,value\n3,none,1\n",
        "line 2, its decisions: expected an architecture that the `[[forbidden]]` rules of the space allow, found `depth=3,norm=none`, which is forbidden",
    ),
    (
        "arch,value\n\"depth=3,norm=none\",1\n",
        "line 2, column 1 (`arch`): expected an architecture that the `[[forbidden]]` rules",
    ),
    (
        "arch,value\n,1\n",
        "line 2, column 1 (`arch`): expected an architecture in the space's notation, found nothing",
    ),
    (
        "arch,value\n@best,1\n",
        "line 2, column 1 (`arch`): expected one of the space's named architectures, found `@best`",
    ),
    (
        "arch,value\ndepth=9,1\n",
        "line 2, column 1 (`arch`): expected one of 1, 2, 3, found `9` at byte 6 of `depth=9`",
    ),
];

#[test]
fn mistakes_name_line_and_column() {
    let tables = Tables::new();
    for (csv, expected) in CASES {
        let error = tables.error(csv);
        assert!(error.starts_with(expected), "{csv}\n{error}\n{expected}");
    }
    assert!(!tables.data().exists(), "nothing is written");
}

#[test]
fn no_bytes_are_too_strange() {
    let tables = Tables::new();
    let error = tables.error(b"arch,value\ndepth=1,\xff\n");
    assert_eq!(error, "line 2, column 2 (`value`): expected text in UTF-8, found other bytes");
    assert!(tables.error(b"\xff\xfea\0").starts_with("line 1, column 1 (nothing): expected text"));
    let long = format!("arch,value\n{},1\n", "x".repeat(1 << 16));
    assert!(tables.error(long).len() < 500, "a cell is not shown whole");
}

#[test]
fn a_wrong_space_is_shown_in_its_line() {
    let tables = Tables::new();
    let space = tables.import_as("name = 'x'\nsize = 3\n", FULL, None, false).unwrap_err();
    assert!(space.to_string().contains("my.toml: line 2, column 1: "), "{space}");
    let reserved = SPACE.replace("\"depth\"", "\"test\"").replace("depth", "test");
    let error = tables.import_as(&reserved, "test,norm,value\n", None, false).unwrap_err();
    assert!(
        error.to_string().contains("because a decision has the reserved name `test`"),
        "{error}"
    );
}
