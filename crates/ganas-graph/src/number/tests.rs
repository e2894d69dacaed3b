//! Tests of ranges: parts, middles, steps and draws, with ends as far apart as floats allow.

use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::*;

fn range(low: f64, high: f64, log: bool, step: Option<f64>) -> NumberRange {
    NumberRange::new(low, high, log, step).unwrap()
}

/// Checks that the numbers drawn from each part belong to that part and to the range.
fn all(range: &NumberRange, parts: usize) {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    for part in 0..u8::try_from(parts).unwrap() {
        let (from, to) = range.part(part, parts);
        assert!(range.low() <= from && from <= to && to <= range.high());
        let draws = [(); 30].map(|()| range.draw_in(part, parts, &mut rng));
        for value in draws.into_iter().chain([range.middle(part, parts)]) {
            assert!(range.fits(value, part, parts), "{value:e} in part {part} of {range:?}");
            assert!((range.low()..=range.high()).contains(&value), "{value:e} in {range:?}");
            let near = range.near(value, parts, &mut rng);
            assert!(range.fits(near, range.part_of(near, parts), parts), "{near:e} in {range:?}");
        }
    }
}

#[test]
fn what_is_no_range_is_refused() {
    let text =
        |low, high, log, step| NumberRange::new(low, high, log, step).unwrap_err().to_string();
    assert_eq!(
        text(2.0, 1.0, false, None),
        "expected two finite ends, the low end below the high end, found 2 and 1"
    );
    assert_eq!(
        text(0.0, 1.0, true, None),
        "expected a low end above 0 on a logarithmic scale, found 0"
    );
    assert!(text(1.0, 1.0, false, None).contains("found 1 and 1"));
    assert!(text(f64::NAN, 1.0, false, None).contains("found NaN and 1"));
    assert!(text(0.0, f64::INFINITY, false, None).contains("found 0 and inf"));
    for step in [0.0, -1.0, f64::NAN, f64::INFINITY, 1.1, 1e-17] {
        let text = text(0.0, 1.0, false, Some(step));
        assert!(text.ends_with(&format!("at most the width of the range, found {step}")), "{text}");
    }
}

#[test]
fn parts_are_equal_on_the_scale() {
    let linear = range(0.0, 8.0, false, None);
    assert_eq!(linear.part(1, 4), (2.0, 4.0));
    assert_eq!(
        [-1.0, 0.0, 1.9, 2.0, 8.0, 9.0].map(|value| linear.part_of(value, 4)),
        [0, 0, 0, 1, 3, 3]
    );
    let log = range(1e-4, 1.0, true, None);
    let (from, to) = log.part(1, 4);
    assert!((from / 1e-3 - 1.0).abs() < 1e-12 && (to / 1e-2 - 1.0).abs() < 1e-12);
    assert_eq!([1e-4, 9e-4, 2e-3, 0.5, 1.0].map(|value| log.part_of(value, 4)), [0, 0, 1, 3, 3]);
}

#[test]
fn numbers_are_whole_steps_above_the_low_end() {
    let whole = range(1.0, 10.0, false, Some(3.0));
    for (value, expected) in [(-9.0, 1.0), (1.0, 1.0), (2.4, 1.0), (2.6, 4.0), (99.0, 10.0)] {
        assert!(same(whole.round(value), expected), "{value}");
    }
    let tenths = range(0.0, 0.3, false, Some(0.1));
    assert!(
        (tenths.round(1.0) - 0.3).abs() < 1e-12,
        "the last step counts in spite of its rounding error"
    );
    let uneven = range(0.0, 1.0, false, Some(0.4));
    assert!((uneven.round(1.0) - 0.8).abs() < 1e-12);
    assert!(!uneven.fits(1.0, 9, 10) && uneven.fits(uneven.round(1.0), 8, 10));
}

#[test]
fn a_part_between_two_steps_has_no_number() {
    let range = range(1.0, 1000.0, true, Some(1.0));
    let filled = range.filled(20);
    assert!(filled.contains(0) && !filled.contains(1) && filled.contains(2) && filled.contains(19));
    assert!((range.middle(1, 20) - 2.0).abs() < 1e-12);
    let tens = NumberRange::new(1.0, 10.0, false, Some(1.0)).unwrap();
    assert_eq!(tens.filled(10), Mask::all(10));
    assert!((0..10).all(|part| (tens.middle(part, 10) - f64::from(part + 1)).abs() < 1e-12));
}

#[test]
fn draws_are_uniform_on_the_scale() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let log = range(1e-6, 1.0, true, None);
    let low = (0..2000).filter(|_| log.draw_in(0, 2, &mut rng) < 10_f64.powf(-4.5)).count();
    assert!((900..1100).contains(&low), "{low}");
    let whole = range(1.0, 4.0, false, Some(1.0));
    let mut counts = [0; 4];
    for _ in 0..2000 {
        let value = whole.draw_in(0, 1, &mut rng);
        counts[usize::from(whole.part_of(value, 4))] += 1;
    }
    assert!(counts.iter().all(|count| (400..600).contains(count)), "{counts:?}");
}

#[test]
fn ends_may_be_as_far_apart_as_floats_go() {
    for parts in [1, 2, 7, 64] {
        all(&range(-1e308, 1e308, false, None), parts);
        all(&range(-f64::MAX, f64::MAX, false, None), parts);
        all(&range(-f64::MAX, f64::MAX, false, Some(1e300)), parts);
        all(&range(1e-300, 1e300, true, None), parts);
        all(&range(5e-324, f64::MAX, true, None), parts);
        all(&range(1.0, f64::MAX, true, Some(1e296)), parts);
        all(&range(0.0, 5e-324, false, None), parts);
        all(&range(1.0, 1.0 + f64::EPSILON, true, None), parts);
        all(&range(1e300, f64::from_bits(1e300_f64.to_bits() + 1), false, None), parts);
        all(&range(5e-324, 1e-20, true, None), parts);
    }
    assert!((range(1e-300, 1e300, true, None).middle(0, 1) - 1.0).abs() < 1e-9);
    assert!(range(-1e308, 1e308, false, None).middle(0, 1).abs() < 1e-9);
}

#[test]
fn a_nearby_number_is_another_one() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let whole = range(1.0, 5.0, false, Some(1.0));
    for _ in 0..100 {
        let near = whole.near(5.0, 5, &mut rng);
        assert!((near - 4.0).abs() < 1e-12);
        assert!((whole.another_in(0, 2, 1.0, &mut rng) - 2.0).abs() < 1e-12);
        let near = range(0.0, 1.0, false, None).near(0.5, 10, &mut rng);
        assert!((0.4..=0.6).contains(&near));
    }
}

#[test]
fn zero_has_one_sign_and_nan_is_no_number() {
    assert_eq!(Number::new(-0.0), Number::new(0.0));
    assert_eq!(Number::new(-0.0).unwrap().get().to_bits(), 0);
    assert_eq!(Number::new(f64::NAN), None);
    assert_eq!(Number::new(f64::NEG_INFINITY), None);
    assert!(Number::new(-1.0) < Number::new(0.5));
}

proptest! {
    #[test]
    fn parts_hold_their_numbers(
        one in any::<f64>().prop_filter("finite", |value| value.is_finite()),
        other in any::<f64>().prop_filter("finite", |value| value.is_finite()),
        log in any::<bool>(),
        steps in prop::option::of(1.0..1e6),
        parts in 1..=64_usize,
    ) {
        let ends = if log { [one.abs(), other.abs()] } else { [one, other] };
        let (low, high) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
        let step = steps.map(|steps: f64| high / steps - low / steps);
        if let Ok(range) = NumberRange::new(low, high, log, step) {
            all(&range, parts);
            prop_assert_eq!(range.round(f64::NAN).to_bits(), range.low().to_bits());
        }
    }
}
