//! Tests of the compiled-in table: known optima and records.

use ganas_graph::SearchSpace as _;

use super::*;

fn row_of(table: &NasBench201Table, index: usize) -> Row {
    table.rows().find(|row| table.official_index(*row) == index).unwrap()
}

#[test]
fn the_known_optima_are_found() {
    let table = NasBench201Table::embedded().unwrap();
    let known = [(91.607, 6_111), (73.493, 9_930), (46.733, 10_676)];
    for (dataset, (accuracy, index)) in Dataset::ALL.into_iter().zip(known) {
        let value = |row: &Row| table.validation(dataset, *row).percent();
        let best = table.rows().max_by(|a, b| value(a).total_cmp(&value(b))).unwrap();
        assert!((value(&best) - accuracy).abs() < 5e-4, "{dataset}: {}", value(&best));
        assert_eq!(table.official_index(best), index, "{dataset}");
    }
}

#[test]
fn rows_agree_with_the_published_records() {
    let table = NasBench201Table::embedded().unwrap();
    let known = [
        (0, [81.9827, 52.7, 28.2111], 0.013_936),
        (11, [87.94, 67.4533, 30.4111], 0.016_163),
        (284, [86.0467, 61.68, 33.4], 0.012_458),
    ];
    for (index, accuracies, latency) in known {
        let row = row_of(&table, index);
        for (dataset, accuracy) in Dataset::ALL.into_iter().zip(accuracies) {
            let found = table.validation(dataset, row).percent();
            assert!((found - accuracy).abs() < 1e-4, "{index} {dataset}: {found}");
        }
        let found = table.latency_seconds(Dataset::Cifar10, row);
        assert!((found - latency).abs() < 1e-6, "{index}: {found}");
    }
}

#[test]
fn missing_runs_are_known_to_be_missing() {
    let table = NasBench201Table::embedded().unwrap();
    let runs = |row: Row| Dataset::ALL.map(|dataset| table.validation_runs(dataset, row).len());
    let three = table.rows().filter(|row| runs(*row) == [3; 3]).count();
    let two = table.rows().filter(|row| runs(*row) == [2; 3]).count();
    assert_eq!((three, two), (8_169, 7_456));
    let row = row_of(&table, 10_676);
    let runs = table.validation_runs(Dataset::ImageNet16_120, row);
    assert_eq!(runs, [1_401.0, 1_403.0].map(|n| Accuracy::from_fraction(n / 3_000.0)));
}

#[test]
fn rows_and_architectures_belong_together() {
    let table = NasBench201Table::embedded().unwrap();
    assert!(table.rows().all(|row| table.row(&table.arch(row)) == Some(row)));
}

#[test]
fn the_space_reads_every_published_index() {
    let (table, space) = (NasBench201Table::embedded().unwrap(), NasBench201::default());
    let read = |row: Row| space.parse(&table.official_index(row).to_string());
    assert!(table.rows().all(|row| read(row) == Ok(table.arch(row))));
}

#[test]
fn no_damage_to_the_table_gives_a_number() {
    for offset in (0..EMBEDDED.len()).step_by(1_009).chain([EMBEDDED.len() - 1]) {
        let mut bytes = EMBEDDED.to_vec();
        bytes[offset] ^= 0x10;
        assert!(NasBench201Table::from_bytes("damaged", bytes).is_err(), "byte {offset}");
    }
    for length in (0..EMBEDDED.len()).step_by(9_973) {
        let bytes = EMBEDDED[..length].to_vec();
        assert!(NasBench201Table::from_bytes("short", bytes).is_err(), "{length} bytes");
    }
}

/// Opens a valid table whose cells `change` has altered.
fn with(part: &str, change: impl Fn(&mut Vec<u16>, &mut Vec<Cell>)) -> Result<(), String> {
    let table = NasBench201Table::embedded().unwrap();
    let cell = Cell { counts: [100, 200, NO_RUN], train_milliseconds: 1, latency_nanoseconds: 1 };
    let (mut index, mut cells) = ((0..15_625).collect(), vec![cell; ROWS]);
    change(&mut index, &mut cells);
    let provenance =
        Provenance { part: part.into(), ..table.validation.header().provenance.clone() };
    let bytes = write_validation(provenance, &index, &[cells.clone(), cells.clone(), cells]);
    NasBench201Table::from_bytes("made", bytes).map(|_| ()).map_err(|error| error.to_string())
}

#[test]
fn a_sound_table_of_impossible_numbers_is_refused() {
    assert_eq!(with("validation", |_, _| ()), Ok(()));
    let error = with("test", |_, _| ()).unwrap_err();
    assert_eq!(
        error,
        "made: expected a table with nasbench201 validation results, found nasbench201 test results"
    );
    let error = with("validation", |index, _| index[7] = 8).unwrap_err();
    assert!(error.contains("each official index once, found 8 again"), "{error}");
    let error = with("validation", |_, cells| cells[3].counts[0] = 3_001).unwrap_err();
    assert!(error.contains("counts of at most 3000 images, found [3001, 200, 65535]"), "{error}");
    let error = with("validation", |_, cells| cells[3].counts[1] = NO_RUN).unwrap_err();
    assert!(error.contains("cifar10 counts"), "{error}");
    let error = with("validation", |_, cells| cells.truncate(10)).unwrap_err();
    assert!(error.contains("(15625 rows of 3 U16), found"), "{error}");
}
