//! Any bytes as a message, and as the metrics of a record that is right otherwise.
#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ganas_bench::nasbench101::table_of_records;
use ganas_bench::protobuf::Fields;
use ganas_bench::tfrecord::write_record;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    assert!(Fields::new(data).count() <= data.len());
    let json = format!(
        r#"["043721b9c7fe8c5fad811d47d83132ec", 108, "0100", "input,output", "{}"]"#,
        STANDARD.encode(data)
    );
    let mut file = Vec::new();
    write_record(&mut file, json.as_bytes());
    let _ = table_of_records("a record", &file[..]);
});
