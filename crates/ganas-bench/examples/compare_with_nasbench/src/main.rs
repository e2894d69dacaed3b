//! Reads and queries one record file by the crate nasbench and by ganas-bench, one after the other.
//!
//! ```text
//! cargo run --release -- nasbench_only108.tfrecord FOLDER
//! ```
//!
//! FOLDER gets what both write. What `full_size_record_file` writes serves as the file, too.

use std::error::Error;
use std::fmt::Display;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;
use std::time::Instant;

use ganas_bench::nasbench101::{NasBench101Table, Variant};
use nasbench::NasBench;

/// Architectures that are asked for, spread over the file.
const QUERIES: usize = 100_000;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [records, folder] = &arguments[..] else { return Err("expected FILE FOLDER".into()) };
    let (records, folder) = (Path::new(records), Path::new(folder));
    println!("{:<12} {:>9} {:>9} {:>12}", "", "import", "open", "query");
    theirs(records, folder)?;
    ours(records, folder)
}

fn theirs(records: &Path, folder: &Path) -> Result<(), Box<dyn Error>> {
    let path = folder.join("nasbench.bin");
    let import = Instant::now();
    let read = NasBench::from_tfrecord_reader(BufReader::new(File::open(records)?), false);
    read.map_err(failed)?.to_writer(BufWriter::new(File::create(&path)?)).map_err(failed)?;
    let import = import.elapsed();
    let open = Instant::now();
    let table = NasBench::from_reader(BufReader::new(File::open(&path)?)).map_err(failed)?;
    let open = open.elapsed();
    let step = table.models().len().div_ceil(QUERIES).max(1);
    let specs: Vec<_> = table.models().keys().step_by(step).cloned().collect();
    let query = Instant::now();
    let found = specs.iter().filter(|spec| {
        let trainings = table.models().get(spec).and_then(|model| model.epochs.get(&108));
        trainings.is_some_and(|trainings| trainings[0].complete.validation_accuracy > 0.0)
    });
    let found = found.count();
    print("nasbench", [import, open, query.elapsed()].map(|time| time.as_secs_f64()), found);
    Ok(())
}

fn failed(error: impl Display) -> String {
    error.to_string()
}

fn ours(records: &Path, folder: &Path) -> Result<(), Box<dyn Error>> {
    let import = Instant::now();
    ganas_bench::import("nasbench101", records, Some(folder), &mut |_, _| {})?;
    let import = import.elapsed();
    let open = Instant::now();
    let table = NasBench101Table::open(Variant::Published, folder)?;
    let open = open.elapsed();
    let rows: Vec<_> = table.rows().collect();
    let step = rows.len().div_ceil(QUERIES).max(1);
    let hashes: Vec<_> =
        rows.iter().step_by(step).map(|row| table.hash(*row)).collect::<Result<_, _>>()?;
    let query = Instant::now();
    let mut found = 0;
    for hash in &hashes {
        let row = table.find(*hash)?.ok_or("a hash that was there is gone")?;
        let training = table.training(row, 0, 0)?;
        found += usize::from(training.validation.fraction() > 0.0);
    }
    print("ganas-bench", [import, open, query.elapsed()].map(|time| time.as_secs_f64()), found);
    Ok(())
}

fn print(name: &str, [import, open, query]: [f64; 3], found: usize) {
    let each = 1e9 * query / found.max(1) as f64;
    println!("{name:<12} {import:>7.2} s {:>6.1} ms {each:>9.0} ns", 1e3 * open);
}
