//! The measured architectures that the Gaussian process learns from, and the times at which it is
//! refitted.

/// Maximum number of architectures that a refit learns from.
const MAX_LEARNT: usize = 400;

/// Maximum number of measured architectures added between refits.
const MAX_ADDED: usize = 40;

/// Returns the number of measured architectures on which hyperparameters are chosen. The number
/// grows in steps of about a tenth, so that hyperparameters need not be chosen in each round, and
/// depends on nothing but `measured`.
pub(crate) fn chosen_on(measured: usize) -> usize {
    let step = |size: usize| (size / 10).clamp(1, MAX_ADDED);
    let mut size = 10;
    while size + step(size) <= measured {
        size += step(size);
    }
    size.min(measured)
}

/// Returns the indices of the architectures that the Gaussian process learns from, ascending. These
/// are all architectures or, if there are more than [`MAX_LEARNT`], the best ones and the latest of
/// the others, half of that number each.
pub(crate) fn window(values: &[f64]) -> Vec<usize> {
    let mut places: Vec<_> = (0..values.len()).collect();
    if places.len() > MAX_LEARNT {
        places.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
        let mut others = places.split_off(MAX_LEARNT / 2);
        others.sort_unstable_by(|a, b| b.cmp(a));
        places.extend(others.into_iter().take(MAX_LEARNT / 2));
        places.sort_unstable();
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hyperparameters_are_chosen_at_numbers_of_their_own() {
        assert_eq!([1, 9, 10, 11, 19, 20, 21, 22].map(chosen_on), [1, 9, 10, 11, 19, 20, 20, 22]);
        assert!((10..10_000).all(|count| count - chosen_on(count) < MAX_ADDED));
    }

    #[test]
    fn of_many_the_best_and_the_latest_are_learnt_from() {
        let values: Vec<_> = (0..1_000).map(|at| if at < 300 { 1.0 } else { 0.0 }).collect();
        let places = window(&values);
        let expected: Vec<_> = (0..MAX_LEARNT / 2).chain(1_000 - MAX_LEARNT / 2..1_000).collect();
        assert_eq!(places, expected);
        assert_eq!(window(&values[..MAX_LEARNT]).len(), MAX_LEARNT);
    }
}
