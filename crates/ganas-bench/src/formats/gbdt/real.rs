//! Operations on single-precision and double-precision numbers, as scalars and in vector registers.

use std::fmt::Debug;
use std::ops::AddAssign;

use pulp::Simd;

/// A floating-point type in which models are evaluated: `f32` or `f64`. Its operations apply to
/// scalars and to vector registers.
pub trait Real: Copy + Debug + Default + PartialOrd + AddAssign + Into<f64> + Send + Sync {
    /// Positive infinity, which is larger than any finite number.
    const INFINITY: Self;
    /// Not a number.
    const NAN: Self;

    /// A vector register, whose lanes hold one number each.
    type Lanes<S: Simd>: Copy + Debug;

    /// Returns `numbers`, split into vector registers. The length of `numbers` must be a multiple
    /// of the number of lanes in the widest register of any supported processor.
    fn lanes<S: Simd>(numbers: &[Self]) -> &[Self::Lanes<S>];

    /// Returns `numbers`, split into vector registers as by [`Real::lanes`], for writing.
    fn lanes_mut<S: Simd>(numbers: &mut [Self]) -> &mut [Self::Lanes<S>];

    /// Returns a register that holds `number` in every lane.
    fn splat<S: Simd>(simd: S, number: Self) -> Self::Lanes<S>;

    /// Returns a register that holds, in each lane, the left number if the value is below the
    /// threshold, and the right number otherwise.
    fn choose<S: Simd>(
        simd: S,
        value_and_threshold: [Self::Lanes<S>; 2],
        left_and_right: [Self::Lanes<S>; 2],
    ) -> Self::Lanes<S>;

    /// Returns the sums of two registers, lane by lane.
    fn add<S: Simd>(simd: S, one: Self::Lanes<S>, other: Self::Lanes<S>) -> Self::Lanes<S>;
}

macro_rules! real {
    ($number:ty, $lanes:ident, $split:ident, $split_mut:ident, $splat:ident, $below:ident, $select:ident, $add:ident) => {
        impl Real for $number {
            const INFINITY: Self = <$number>::INFINITY;
            const NAN: Self = <$number>::NAN;

            type Lanes<S: Simd> = S::$lanes;

            #[inline(always)]
            fn lanes<S: Simd>(numbers: &[Self]) -> &[S::$lanes] {
                S::$split(numbers).0
            }

            #[inline(always)]
            fn lanes_mut<S: Simd>(numbers: &mut [Self]) -> &mut [S::$lanes] {
                S::$split_mut(numbers).0
            }

            #[inline(always)]
            fn splat<S: Simd>(simd: S, number: Self) -> S::$lanes {
                simd.$splat(number)
            }

            #[inline(always)]
            fn choose<S: Simd>(
                simd: S,
                [value, below]: [S::$lanes; 2],
                [left, right]: [S::$lanes; 2],
            ) -> S::$lanes {
                simd.$select(simd.$below(value, below), left, right)
            }

            #[inline(always)]
            fn add<S: Simd>(simd: S, one: S::$lanes, other: S::$lanes) -> S::$lanes {
                simd.$add(one, other)
            }
        }
    };
}

real!(f32, f32s, as_simd_f32s, as_mut_simd_f32s, splat_f32s, less_than_f32s, select_f32s, add_f32s);
real!(f64, f64s, as_simd_f64s, as_mut_simd_f64s, splat_f64s, less_than_f64s, select_f64s, add_f64s);
