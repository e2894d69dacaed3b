//! Tests of written, damaged and made-up tables.

use proptest::prelude::*;

use super::*;
use crate::BenchError;

fn small() -> Vec<u8> {
    let text = |text: &str| text.to_owned();
    let mut writer = TableWriter::new(Provenance {
        benchmark: text("toy"),
        part: text("validation"),
        contents: text("numbers"),
        source: text("a test"),
        source_sha256: text(""),
        licence: text("MIT"),
    });
    writer.section("small", 3, [1_u16, 2, 3, 4, 5, 6]);
    writer.section("large", 1, 0..40_000_u32);
    writer.finish()
}

#[test]
fn numbers_come_back() {
    let table = Table::open("toy.table", small()).unwrap();
    let section = table.section::<u16>("small", 2, 3).unwrap();
    assert_eq!([table.get(section, 0, 0), table.get(section, 1, 2)], [1, 6]);
    let section = table.section::<u32>("large", 40_000, 1).unwrap();
    assert!((0..40_000).all(|row| table.get(section, row, 0) as usize == row));
    assert_eq!(small(), small());
}

#[test]
fn sections_are_checked_by_name_type_and_shape() {
    let table = Table::open("toy.table", small()).unwrap();
    let error = table.section::<u16>("tiny", 2, 3).unwrap_err().to_string();
    assert_eq!(
        error,
        "toy.table: expected a table with section `tiny` (2 rows of 3 U16), found no such section"
    );
    let error = table.section::<u32>("small", 2, 3).unwrap_err().to_string();
    assert!(error.ends_with("found `small` (2 rows of 3 U16)"), "{error}");
    assert!(table.section::<u16>("small", 3, 2).is_err());
}

#[test]
fn every_flipped_bit_is_noticed() {
    let bytes = small();
    // Every byte of the header and around the ends of blocks; a sample of the rest.
    for offset in (0..bytes.len()).filter(|at| *at < 1000 || at % 97 == 0 || at % 65_536 < 3) {
        let mut damaged = bytes.clone();
        damaged[offset] ^= 1 << (offset % 8);
        assert!(Table::open("toy.table", damaged).is_err(), "byte {offset}");
    }
}

#[test]
fn truncated_and_extended_tables_are_noticed() {
    let bytes = small();
    for length in (0..bytes.len()).step_by(53).chain([bytes.len() - 1]) {
        assert!(Table::open("toy.table", bytes[..length].to_vec()).is_err(), "{length} bytes");
    }
    assert!(Table::open("toy.table", [bytes, vec![0]].concat()).is_err());
}

#[test]
fn errors_say_what_was_expected_and_found() {
    let open = |bytes: Vec<u8>| Table::open("toy.table", bytes).unwrap_err();
    let mut newer = small();
    newer[8] = 2;
    assert_eq!(
        open(newer).to_string(),
        "toy.table: expected table format 1, found format 2 (made by a newer version of ganas, or damaged; import it again)"
    );
    let error = open(b"PK\x03\x04".to_vec()).to_string();
    assert_eq!(
        error,
        "toy.table: expected a ganas table (magic 8947414e41530d0a), found 504b0304; import it again"
    );
    let mut damaged = small();
    let last = damaged.len() - 1;
    damaged[last] = 1;
    let error = open(damaged);
    assert!(matches!(error, BenchError::DamagedTable { offset, .. } if offset > 65_536), "{error}");
    assert!(error.to_string().contains("expected SHA-256 "), "{error}");
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Table::open("toy.table", body.clone()).is_err());
        let _ = Table::open("toy.table", [&small()[..12], &body].concat());
    }
}

fn mapped(bytes: Vec<u8>) -> Result<MappedTable, BenchError> {
    MappedTable::from_bytes("toy.table", bytes)
}

#[test]
fn a_mapped_table_gives_the_same_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("toy.table");
    std::fs::write(&path, small()).unwrap();
    let table = MappedTable::open(&path).unwrap();
    assert_eq!(table.origin(), path.display().to_string());
    let section = table.section::<u16>("small", 2, 3).unwrap();
    assert_eq!(table.get(section, 1, 0).unwrap(), [4, 5, 6]);
    let section = table.section::<u32>("large", 40_000, 1).unwrap();
    assert!((0..40_000_u32).all(|row| table.get(section, row as usize, 0).unwrap() == [row]));
    assert_eq!(table.sha256(), Table::open("toy.table", small()).unwrap().sha256());
    assert!(MappedTable::open(&folder.path().join("none")).is_err());
}

#[test]
fn a_mapped_table_gives_no_number_of_a_damaged_block() {
    let sound = small();
    let data = sound.len() - 160_064;
    for offset in (0..sound.len()).filter(|at| at % 10_007 < 2 || at % 53 == 0 && *at < 1000) {
        let mut damaged = sound.clone();
        damaged[offset] ^= 1 << (offset % 8);
        let Ok(table) = mapped(damaged) else {
            assert!(offset < data, "opening reads nothing of the data: byte {offset}");
            continue;
        };
        let block = (offset - data) / 65_536;
        assert!(table.verify_block(block).is_err(), "byte {offset}");
        let section = table.section::<u32>("large", 40_000, 1).unwrap();
        for row in (0..40_000_u32).step_by(4_999) {
            let in_block = (64 + row as usize * 4) / 65_536 == block;
            match table.get(section, row as usize, 0) {
                Ok(numbers) => assert!(!in_block && numbers == [row], "byte {offset}, row {row}"),
                Err(error) => assert!(in_block, "byte {offset}, row {row}: {error}"),
            }
        }
    }
}
