//! Distances between architectures, computed from counts of their features.

use super::features::Counts;

/// The counts of one kind in all measured architectures: for each feature, the architectures that
/// have it, and how often.
#[derive(Debug)]
pub(crate) struct Counted {
    /// The holders of each feature, by the feature's position in the vocabulary.
    holders: Vec<Holders>,
    totals: Vec<i16>,
    /// Mean distance between two measured architectures.
    pub(crate) scale: f64,
}

/// The architectures that have a feature, and how often.
#[derive(Debug, Clone)]
enum Holders {
    /// Few architectures have the feature. For each of them, the list contains its index and how
    /// often it has the feature.
    Some(Vec<(u32, i16)>),
    /// Many architectures have the feature. For every measured architecture up to the last one that
    /// has the feature, the list contains how often it has the feature.
    Many(Vec<i16>),
}

/// A feature counts as common if at least about one in this many architectures has it.
const MANY: usize = 16;

/// The largest distance in tables of kernel values; greater distances are treated as this one.
pub(crate) const MAX_DISTANCE: usize = 512;

impl Holders {
    fn push(&mut self, index: usize, count: i16) {
        match self {
            Self::Some(list) => {
                list.push((index as u32, count));
                if list.len() * MANY > index + MANY {
                    let mut all = vec![0; index + 1];
                    for &(index, count) in list.iter() {
                        all[index as usize] = count;
                    }
                    *self = Self::Many(all);
                }
            }
            Self::Many(all) => {
                all.resize(index, 0);
                all.push(count);
            }
        }
    }
}

impl Counted {
    /// Creates an empty collection.
    pub(crate) fn new() -> Self {
        Self { holders: Vec::new(), totals: Vec::new(), scale: 1.0 }
    }

    pub(crate) fn push(&mut self, counts: &Counts) {
        let index = self.totals.len();
        for &(thing, count) in counts {
            let thing = thing as usize;
            if self.holders.len() <= thing {
                self.holders.resize(thing + 1, Holders::Some(Vec::new()));
            }
            self.holders[thing].push(index, count);
        }
        self.totals.push(total(counts));
    }

    /// Sets the scale to the mean distance between two measured architectures.
    pub(crate) fn rescale<'a>(&mut self, measured: impl Iterator<Item = &'a Counts>) {
        let mut distances = Vec::new();
        let (mut sum, mut count) = (0_i64, 0_usize);
        for counts in measured {
            self.distances(counts, &mut distances);
            sum += distances.iter().map(|&distance| i64::from(distance)).sum::<i64>();
            count += 1;
        }
        // Each pair occurs twice, and each architecture with itself at distance 0.
        let pairs = count * count.saturating_sub(1);
        self.scale = (sum as f64 / pairs.max(1) as f64).max(1e-6);
    }

    /// Computes the distance to each measured architecture: the sum of both totals minus twice the
    /// counts that both have in common.
    pub(crate) fn distances(&self, counts: &Counts, distances: &mut Vec<i16>) {
        let own = total(counts);
        distances.clear();
        distances.extend(self.totals.iter().map(|other| own + other));
        for &(thing, count) in counts {
            match self.holders.get(thing as usize) {
                Some(Holders::Some(list)) => {
                    for &(index, other) in list {
                        distances[index as usize] -= 2 * count.min(other);
                    }
                }
                Some(Holders::Many(all)) => {
                    for (distance, &other) in distances.iter_mut().zip(all) {
                        *distance -= 2 * count.min(other);
                    }
                }
                None => {}
            }
        }
    }
}

fn total(counts: &Counts) -> i16 {
    counts.iter().map(|(_, count)| count).sum()
}

/// Returns the index of a distance in a table that ends at [`MAX_DISTANCE`].
pub(crate) fn slot(distance: i16) -> usize {
    usize::from(distance.unsigned_abs()).min(MAX_DISTANCE)
}

/// Returns the sum of the absolute differences between two architectures' counts.
pub(crate) fn distance(first: &Counts, second: &Counts) -> i16 {
    let (mut i, mut j, mut common) = (0, 0, 0);
    while let (Some(a), Some(b)) = (first.get(i), second.get(j)) {
        if a.0 == b.0 {
            common += a.1.min(b.1);
        }
        i += usize::from(a.0 <= b.0);
        j += usize::from(b.0 <= a.0);
    }
    total(first) + total(second) - 2 * common
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_sums_of_differences_however_they_are_kept() {
        // Thing 0 occurs everywhere, things 1 to 39 are rare.
        let all: Vec<Counts> = (0..40_u8)
            .map(|at| match at {
                0 => vec![(0, 1)],
                _ => vec![(0, i16::from(at % 3) + 1), (u32::from(at), 2)],
            })
            .collect();
        let mut counted = Counted::new();
        for counts in &all {
            counted.push(counts);
        }
        assert!(matches!(counted.holders[0], Holders::Many(_)));
        assert!(matches!(counted.holders[39], Holders::Some(_)));
        let mut found = Vec::new();
        for counts in &all {
            counted.distances(counts, &mut found);
            let expected: Vec<_> = all.iter().map(|other| distance(counts, other)).collect();
            assert_eq!(found, expected);
        }
        counted.distances(&vec![(99, 4)], &mut found);
        assert_eq!(found[0], 5, "what nobody has is in everybody's way");
        counted.rescale(all.iter());
        let sum: i64 = all.iter().flat_map(|a| all.iter().map(|b| i64::from(distance(a, b)))).sum();
        assert!((counted.scale - sum as f64 / (40.0 * 39.0)).abs() < 1e-9);
    }
}
