//! Fingerprints of search spaces. A store uses them to recognise the search space of its study.
//!
//! A fingerprint consists of `2:` and 32 hexadecimal digits. The 2 is the version of the format,
//! and the digits are the MD5 hash of the bytes that the following table describes. All numbers are
//! little-endian. A count or a length is written as a `u64`. An `f64` is written as its bits, where
//! every NaN is replaced by [`f64::NAN`]. A string is written as its length in bytes, followed by
//! its UTF-8 bytes.
//!
//! | part | bytes |
//! |---|---|
//! | version | the string `ganas space 2` |
//! | name | a string |
//! | kinds of decision | their number; for each kind its name, the number of its choices, their names, and its range |
//! | a range | 1, the low end, the high end, 1 if it is logarithmic or 0 if not, and the step; without a range, 2 if the choices are ordered or 0 if not |
//! | a step | 0 if there is none; otherwise 1 and the step |
//! | labels | their number and names |
//! | costs | their number; for each cost its name, unit and scale |
//! | size | 0 if it is not known; otherwise 1 and the size as `u128` |
//! | sample | 16 architectures, drawn by [`moves::sample`] from the random number stream `fingerprint` (seed, round and slot 0); for each its notation, the number of its costs, and the costs |
//!
//! Fingerprints of version 1 do not begin with a version number. Stores written by earlier versions
//! of this program contain such fingerprints, and [`is_of`] recognises them.

use std::fmt::Write as _;

use ganas_graph::{Arch, ArchHash, CostMetric, DecisionKind, NumberRange, SearchSpace, moves};

use crate::Streams;

/// Number of architectures whose costs enter a fingerprint.
const SAMPLES: usize = 16;

/// Returns the fingerprint of a search space. It is a hash of the name, decisions, choices, labels,
/// costs and size of the space, and of a few architectures with their costs. The prefix `2:` marks
/// version 2 of the format. As long as the version stays the same, so does the fingerprint of a
/// space.
///
/// ```
/// use ganas_graph::spaces::{NasBench101, NasBench201};
/// use ganas_search::fingerprint;
/// let stored = fingerprint(&NasBench201::default());
/// assert!(stored.starts_with("2:"));
/// assert_eq!(fingerprint(&NasBench201::default()), stored);
/// assert_ne!(fingerprint(&NasBench101::default()), stored);
/// ```
pub fn fingerprint(space: &dyn SearchSpace) -> String {
    let mut bytes = Bytes::default();
    bytes.text("ganas space 2");
    bytes.text(space.name());
    bytes.all(space.kinds(), Bytes::kind);
    bytes.all(space.labels(), |bytes, label| bytes.text(label));
    bytes.all(space.cost_metrics(), Bytes::metric);
    bytes.option(space.size(), |bytes, size| bytes.0.extend(size.to_le_bytes()));
    for arch in samples(space) {
        bytes.text(&space.display(&arch));
        bytes.all(&space.cost(&arch), |bytes, cost| bytes.float(*cost));
    }
    format!("2:{}", ArchHash::of(&bytes.0))
}

/// Returns true if `stored`, a fingerprint of this or an earlier version, is that of `space`.
pub(crate) fn is_of(space: &dyn SearchSpace, stored: &str) -> bool {
    match stored.split_once(':') {
        None => stored == fingerprint_of_version_1(space),
        Some(_) => stored == fingerprint(space),
    }
}

/// Returns the fingerprint of version 1. Version 1 hashed the debug output of the types at that
/// time; this function reproduces that output independently of the current types.
pub(crate) fn fingerprint_of_version_1(space: &dyn SearchSpace) -> String {
    let kind = |kind: &DecisionKind| {
        format!("DecisionKind {{ name: {:?}, choices: {:?} }}", kind.name, kind.choices)
    };
    let metric = |metric: &CostMetric| {
        let CostMetric { name, unit, scale, .. } = metric;
        format!("CostMetric {{ name: {name:?}, unit: {unit:?}, scale: {scale:?} }}")
    };
    let kinds: Vec<_> = space.kinds().iter().map(kind).collect();
    let metrics: Vec<_> = space.cost_metrics().iter().map(metric).collect();
    let size = space.size().map_or_else(|| "None".to_owned(), |size| format!("Some({size})"));
    let mut text = format!("{}\n[{}]\n", space.name(), kinds.join(", "));
    let _ = write!(text, "{:?}\n[{}]\n{size}\n", space.labels(), metrics.join(", "));
    for arch in samples(space) {
        let _ = writeln!(text, "{} {:?}", space.display(&arch), space.cost(&arch));
    }
    ArchHash::of(text.as_bytes()).to_string()
}

fn samples(space: &dyn SearchSpace) -> Vec<Arch> {
    let mut rng = Streams::new(0).rng("fingerprint", 0, 0);
    (0..SAMPLES).map(|_| moves::sample(space, &mut rng)).collect()
}

/// The bytes to hash.
#[derive(Debug, Default)]
struct Bytes(Vec<u8>);

impl Bytes {
    fn count(&mut self, count: usize) {
        self.0.extend((count as u64).to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend(text.as_bytes());
    }

    fn float(&mut self, value: f64) {
        // Processors differ in the sign of the NaN that 0 / 0 yields.
        let value = if value.is_nan() { f64::NAN } else { value };
        self.0.extend(value.to_bits().to_le_bytes());
    }

    fn all<T>(&mut self, items: &[T], write: impl Fn(&mut Self, &T)) {
        self.count(items.len());
        for item in items {
            write(self, item);
        }
    }

    fn option<T>(&mut self, item: Option<T>, write: impl Fn(&mut Self, T)) {
        self.0.push(u8::from(item.is_some()));
        if let Some(item) = item {
            write(self, item);
        }
    }

    fn kind(&mut self, kind: &DecisionKind) {
        self.text(&kind.name);
        self.all(&kind.choices, |bytes, choice| bytes.text(choice));
        match kind.range {
            None if kind.ordered => self.0.push(2),
            range => self.option(range, Self::range),
        }
    }

    fn range(&mut self, range: NumberRange) {
        self.float(range.low());
        self.float(range.high());
        self.0.push(u8::from(range.is_log()));
        self.option(range.step(), Self::float);
    }

    fn metric(&mut self, metric: &CostMetric) {
        self.text(&metric.name);
        self.text(&metric.unit);
        self.float(metric.scale);
    }
}

#[cfg(test)]
mod tests {
    use ganas_graph::spaces::{Chain, Darts, NasBench101, NasBench201, described};

    use super::*;

    fn spaces() -> Vec<Box<dyn SearchSpace>> {
        let described = [
            include_str!("../../ganas-graph/examples/spaces/cells_and_stages.toml"),
            include_str!("../../ganas-graph/examples/spaces/mobile.toml"),
        ];
        let mut all: Vec<Box<dyn SearchSpace>> = vec![
            Box::new(NasBench201::default()),
            Box::new(NasBench101::default()),
            Box::new(Darts::default()),
            Box::new(Chain::built_in("ofa-mbv3").unwrap()),
        ];
        for text in described {
            all.push(Box::new(described::parse(text).unwrap()));
        }
        all
    }

    #[test]
    fn version_1_is_what_earlier_programs_wrote() {
        let stored = [
            "62c196ed9bcbdbaf8ac3ae4ee72dc8e1",
            "c962774293971683366c30dc7b029a14",
            "81f04b06b6f316ac5754245a455d992a",
            "71099debfe642a5d4fecbb84969da7e6",
            "4a2b3c20da6cc5ee76186ba144a4b086",
            "9752496feadde72fa97de0e990d1e0e2",
        ];
        for (space, stored) in spaces().iter().zip(stored) {
            assert_eq!(fingerprint_of_version_1(&**space), stored, "{}", space.name());
            assert!(is_of(&**space, stored));
        }
    }

    #[test]
    fn version_2_stays_as_it_is() {
        let stored = [
            "2:49ecf09c5567815b7dd89b72289db041",
            "2:c016156d9504f0551e067e0340639076",
            "2:a315e3d3b07c3544c785b4e0ba1a6c64",
            "2:89e6e37812d9aa51780022c8819973fb",
            "2:ec8ba33d8cc0544c9f7c779fcd126615",
            "2:adc9b863c72debf22fa307f9aa99c505",
        ];
        for (space, stored) in spaces().iter().zip(stored) {
            assert_eq!(fingerprint(&**space), stored, "{}", space.name());
            assert!(is_of(&**space, stored));
        }
    }

    #[test]
    fn other_spaces_and_versions_are_refused() {
        let space = NasBench201::default();
        let other = &NasBench101::default();
        assert!(!is_of(&space, &fingerprint(other)));
        assert!(!is_of(&space, &fingerprint_of_version_1(other)));
        assert!(!is_of(&space, &fingerprint(&space).replace("2:", "3:")));
        assert!(!is_of(&space, &fingerprint(&space)[2..]));
        assert!(!is_of(&space, ""));
    }

    #[test]
    fn a_range_tells_kinds_apart() {
        let bytes = |range| {
            let mut bytes = Bytes::default();
            bytes.kind(&DecisionKind { range, ..DecisionKind::choice("rate", vec!["0".into()]) });
            bytes.0
        };
        let range = |high, log, step| Some(NumberRange::new(1.0, high, log, step).unwrap());
        let all = [
            bytes(None),
            bytes(range(9.0, false, None)),
            bytes(range(8.0, false, None)),
            bytes(range(9.0, true, None)),
            bytes(range(9.0, false, Some(1.0))),
        ];
        for (at, one) in all.iter().enumerate() {
            assert!(!all[..at].contains(one), "{at}");
        }
        assert_eq!(all[0].len(), 8 + 4 + 8 + 8 + 1 + 1);
    }
}
