//! Any bytes as a table; any header and data under checksums that fit, so that what lies behind the
//! checksums is reached; and NAS-Bench-101's tables with any numbers.
#![no_main]

use ganas_bench::nasbench101::{NasBench101Table, Variant};
use ganas_bench::nasbench201::NasBench201Table;
use ganas_bench::table::{MappedTable, Provenance, Table, TableWriter};
use ganas_graph::ArchHash;
use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};

fuzz_target!(|data: &[u8]| {
    let [kind, data @ ..] = data else { return };
    let bytes = match kind {
        0 => data.to_vec(),
        1 => with_checksums(data),
        _ => nasbench101(*kind, data),
    };
    let whole = Table::open("whole", bytes.clone());
    if let Ok(mapped) = MappedTable::from_bytes("mapped", bytes.clone()) {
        let sound = (0..mapped.blocks()).all(|block| mapped.verify_block(block).is_ok());
        assert_eq!(sound, whole.is_ok());
    }
    let _ = NasBench201Table::from_bytes("cells", bytes.clone());
    for variant in Variant::ALL {
        if let Ok(table) = NasBench101Table::from_bytes(variant, "cells", bytes.clone()) {
            read(&table, data);
        }
    }
});

/// Asks for everything.
fn read(table: &NasBench101Table, data: &[u8]) {
    let _ = table.find(ArchHash::of(data));
    for row in table.rows().take(64) {
        let found = table.hash(row).and_then(|hash| table.find(hash));
        let _ = (found, table.spec(row), table.params(row), table.failure(row));
        for budget in 0..table.epochs().len() {
            for repeat in 0..table.repeats() {
                let _ = table.training(row, budget, repeat);
            }
        }
    }
}

/// The header up to the first zero, then the data.
fn with_checksums(data: &[u8]) -> Vec<u8> {
    let end = data.iter().position(|byte| *byte == 0).unwrap_or(data.len());
    let (header, data) = data.split_at(end);
    let mut bytes = vec![0; 64];
    bytes[..8].copy_from_slice(b"\x89GANAS\r\n");
    bytes[8] = 1;
    bytes[12..16].copy_from_slice(&(header.len() as u32).to_le_bytes());
    bytes[16..24].copy_from_slice(&(data.len() as u64).to_le_bytes());
    bytes.extend(header);
    for block in data.chunks(1 << 16) {
        bytes.extend(Sha256::digest(block));
    }
    bytes.resize(bytes.len().next_multiple_of(64), 0);
    let sum = Sha256::new().chain_update(&bytes[..32]).chain_update(&bytes[64..]).finalize();
    bytes[32..64].copy_from_slice(&sum);
    bytes.extend(data);
    bytes
}

/// The sections of NAS-Bench-101's tables, of `kind` rows.
fn nasbench101(kind: u8, data: &[u8]) -> Vec<u8> {
    let rows = usize::from(kind % 16);
    let variant = Variant::ALL[usize::from(kind / 16 % 3)];
    let text = String::new;
    let mut writer = TableWriter::new(Provenance {
        benchmark: variant.name().into(),
        part: text(),
        contents: text(),
        source: text(),
        source_sha256: text(),
        licence: text(),
    });
    let mut bytes = data.iter().copied().chain(std::iter::repeat(0));
    let mut word = || u32::from_le_bytes(std::array::from_fn(|_| bytes.next().unwrap_or(0)));
    let index = (1 << (rows / 4).checked_ilog2().unwrap_or(0)) + 1;
    writer.section("index", index, (0..index).map(|_| word()));
    writer.section("hash", 16, (0..rows * 16).map(|_| word() as u8));
    writer.section("trainings.4", 8, (0..rows * 8).map(|_| f32::from_bits(word())));
    writer.section("trainings.108", 8, (0..rows * 8).map(|_| f32::from_bits(word())));
    writer.section("failure", 1, (0..rows).map(|_| f32::from_bits(word())));
    writer.section("cell", 2, (0..rows * 2).map(|_| word()));
    writer.section("params", 1, (0..rows).map(|_| word()));
    writer.finish()
}
