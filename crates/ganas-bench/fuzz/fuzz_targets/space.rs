//! Any text as a space file; what is a space answers all that a space is asked.
#![no_main]

use ganas_graph::spaces::described::parse;
use ganas_graph::{Builder, SearchSpace as _};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let space = match parse(text) {
        Ok(space) => space,
        Err(error) => {
            assert!(error.text.get(error.range).is_some());
            return;
        }
    };
    let _ = space.size();
    let mut builder = Builder::new(&space);
    // Choices from the text, so that the fuzzer can steer them.
    let mut bytes = text.bytes().rev().cycle();
    while let Some(decision) = builder.decision() {
        let allowed: Vec<_> = decision.allowed.iter().collect();
        let place = usize::from(bytes.next().unwrap_or(0)) % allowed.len();
        builder.choose(allowed[place]).expect("it is allowed");
    }
    let arch = builder.finish().expect("no decision is left");
    assert_eq!(space.parse(&space.display(&arch)).as_ref(), Ok(&arch));
    let _ = (space.canonical(&arch), space.canonical_graph(&arch), space.cost(&arch));
});
