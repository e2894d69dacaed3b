//! Any bytes as a pickle, and as the body of one of protocol 4.
#![no_main]

use ganas_bench::pickle::{Limits, Pickle};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let limits = Limits { bytes: 1 << 20, depth: 32, memo: 1 << 16, items: 1 << 18 };
    if let Ok(pickle) = Pickle::read(data, &limits) {
        let _ = pickle.value(pickle.root());
    }
    let _ = Pickle::read(&[b"\x80\x04", data, b"."].concat(), &limits);
});
