//! Any bytes as a record file, and as the contents of records whose checksums fit.
#![no_main]

use ganas_bench::nasbench101::table_of_records;
use ganas_bench::tfrecord::{RecordReader, write_record};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut reader = RecordReader::new(data);
    while let Ok(Some(record)) = reader.next_record() {
        assert!(record.data.len() <= data.len());
    }
    let _ = table_of_records("any bytes", data);
    let mut file = Vec::new();
    for record in data.split(|byte| *byte == 0) {
        write_record(&mut file, record);
    }
    let _ = table_of_records("any records", &file[..]);
});
