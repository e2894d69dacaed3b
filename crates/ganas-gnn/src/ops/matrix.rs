//! Products of small dense matrices, such as those that occur in graph networks.
//!
//! The factors are read in place: at these sizes, repacking them first costs as much as it saves.
//! Each value of a product is a sum along the inner dimension. The terms of the sum are added in
//! order, regardless of the processor's vector width. All processors with fused multiply–add
//! therefore compute the same bits.

#![expect(
    clippy::inline_always,
    reason = "vector code must be inlined into the function that selects the vector unit"
)]

use pulp::{Arch, Simd, WithSimd};

/// Adds `left · right` to `sums`.
///
/// # Shapes
/// `left` is `[rows, inner]`, `right` `[inner, columns]`, `sums` `[rows, columns]`.
pub(crate) fn add_product(left: &[f32], right: &[f32], columns: usize, sums: &mut [f32]) {
    let rows = sums.len() / columns.max(1);
    let left = Left { values: left, rows, inner: left.len() / rows.max(1), transposed: false };
    Arch::new().dispatch(AddProduct { left, right, columns, sums });
}

/// Adds `leftᵀ · right` to `sums`.
///
/// # Shapes
/// `left` is `[inner, rows]`, `right` `[inner, columns]`, `sums` `[rows, columns]`.
pub(crate) fn add_transposed_product(
    left: &[f32],
    right: &[f32],
    columns: usize,
    sums: &mut [f32],
) {
    let rows = sums.len() / columns.max(1);
    let left = Left { values: left, rows, inner: left.len() / rows.max(1), transposed: true };
    Arch::new().dispatch(AddProduct { left, right, columns, sums });
}

/// Returns the transpose of a matrix with `columns` columns.
pub(crate) fn transposed(values: &[f32], columns: usize) -> Vec<f32> {
    /// Number of rows and of columns in the blocks that are transposed in registers.
    const SIDE: usize = 8;
    let rows = values.len() / columns.max(1);
    let mut result = vec![0.0; values.len()];
    let whole = [rows, columns].map(|length| length - length % SIDE);
    for row in (0..whole[0]).step_by(SIDE) {
        for column in (0..whole[1]).step_by(SIDE) {
            let mut block = [[0.0; SIDE]; SIDE];
            for (line, target) in block.iter_mut().enumerate() {
                target.copy_from_slice(&values[(row + line) * columns + column..][..SIDE]);
            }
            for line in 0..SIDE {
                let turned = block.map(|source| source[line]);
                result[(column + line) * rows + row..][..SIDE].copy_from_slice(&turned);
            }
        }
    }
    for row in 0..rows {
        let done = if row < whole[0] { whole[1] } else { 0 };
        for column in done..columns {
            result[column * rows + row] = values[row * columns + column];
        }
    }
    result
}

/// The left factor of a product, `[rows, inner]`; stored as `[inner, rows]` if it is transposed.
#[derive(Clone, Copy)]
struct Left<'a> {
    values: &'a [f32],
    rows: usize,
    inner: usize,
    transposed: bool,
}

struct AddProduct<'a> {
    left: Left<'a>,
    right: &'a [f32],
    columns: usize,
    sums: &'a mut [f32],
}

/// Number of rows in a block of the result. A block is two vectors wide and is summed in registers.
/// With two vectors of the right factor and one of the left, it uses 15 of AVX2's 16 registers.
const ROWS: usize = 6;

impl WithSimd for AddProduct<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let mut row = 0;
        while row < self.left.rows {
            row += match self.left.rows - row {
                ROWS.. => self.rows::<S, ROWS>(simd, row),
                3.. => self.rows::<S, 3>(simd, row),
                _ => self.rows::<S, 1>(simd, row),
            };
        }
    }
}

impl AddProduct<'_> {
    /// Adds the product to `R` rows, starting at `row`, and returns `R`.
    #[inline(always)]
    fn rows<S: Simd, const R: usize>(&mut self, simd: S, row: usize) -> usize {
        let Left { values, rows, inner, transposed } = self.left;
        if transposed {
            self.block::<S, R>(
                simd,
                row,
                #[inline(always)]
                |index| values[index * rows + row..][..R].try_into().expect("R values"),
            );
        } else {
            let mut lines = [&values[..0]; R];
            for (line, left) in lines.iter_mut().enumerate() {
                *left = &values[(row + line) * inner..][..inner];
            }
            self.block::<S, R>(
                simd,
                row,
                #[inline(always)]
                |index| {
                    let mut left = [0.0; R];
                    for (left, line) in left.iter_mut().zip(lines) {
                        *left = line[index];
                    }
                    left
                },
            );
        }
        R
    }

    /// Like [`AddProduct::rows`], but `left` returns the left factor's values at an inner index.
    #[inline(always)]
    fn block<S: Simd, const R: usize>(
        &mut self,
        simd: S,
        row: usize,
        left: impl Fn(usize) -> [f32; R] + Copy,
    ) {
        let mut column = 0;
        while column + 2 * S::F32_LANES <= self.columns {
            self.full::<S, R>(simd, row, column, left);
            column += 2 * S::F32_LANES;
        }
        while column < self.columns {
            self.partial::<S, R>(simd, row, column, left);
            column += S::F32_LANES;
        }
    }

    /// Adds the product to two full SIMD vectors of columns, starting at `column`.
    #[inline(always)]
    fn full<S: Simd, const R: usize>(
        &mut self,
        simd: S,
        row: usize,
        column: usize,
        left: impl Fn(usize) -> [f32; R],
    ) {
        let width = 2 * S::F32_LANES;
        let columns = self.columns;
        let place = |line: usize| (row + line) * columns + column;
        let mut sums = [[simd.splat_f32s(0.0); 2]; R];
        for (line, sum) in sums.iter_mut().enumerate() {
            sum.copy_from_slice(S::as_simd_f32s(&self.sums[place(line)..][..width]).0);
        }
        for (index, right) in self.right.chunks_exact(columns).enumerate().take(self.left.inner) {
            let right = S::as_simd_f32s(&right[column..column + width]).0;
            let (first, second) = (right[0], right[1]);
            for (sum, value) in sums.iter_mut().zip(left(index)) {
                let value = simd.splat_f32s(value);
                sum[0] = simd.mul_add_e_f32s(value, first, sum[0]);
                sum[1] = simd.mul_add_e_f32s(value, second, sum[1]);
            }
        }
        for (line, sum) in sums.into_iter().enumerate() {
            let values = S::as_mut_simd_f32s(&mut self.sums[place(line)..][..width]).0;
            values.copy_from_slice(&sum);
        }
    }

    /// Adds the product to at most one SIMD vector of columns, starting at `column`.
    #[inline(always)]
    fn partial<S: Simd, const R: usize>(
        &mut self,
        simd: S,
        row: usize,
        column: usize,
        left: impl Fn(usize) -> [f32; R],
    ) {
        let columns = self.columns;
        let width = S::F32_LANES.min(columns - column);
        let place = |line: usize| (row + line) * columns + column;
        let mut sums = [simd.splat_f32s(0.0); R];
        for (line, sum) in sums.iter_mut().enumerate() {
            *sum = simd.partial_load_f32s(&self.sums[place(line)..][..width]);
        }
        for (index, right) in self.right.chunks_exact(columns).enumerate().take(self.left.inner) {
            let right = simd.partial_load_f32s(&right[column..column + width]);
            for (sum, value) in sums.iter_mut().zip(left(index)) {
                *sum = simd.mul_add_e_f32s(simd.splat_f32s(value), right, *sum);
            }
        }
        for (line, sum) in sums.into_iter().enumerate() {
            simd.partial_store_f32s(&mut self.sums[place(line)..][..width], sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(count: usize, seed: usize) -> Vec<f32> {
        (0..count).map(|index| ((index * 37 + seed * 11) % 23) as f32 - 11.0).collect()
    }

    /// The factors hold whole numbers, so that every order of summation gives the same result.
    #[test]
    fn products_of_all_shapes() {
        for (rows, inner, columns) in
            [(1, 1, 1), (6, 3, 16), (5, 2, 5), (13, 7, 37), (8, 64, 64), (0, 3, 4), (3, 0, 4)]
        {
            let (left, right) = (values(rows * inner, 1), values(inner * columns, 2));
            let mut expected = values(rows * columns, 3);
            for row in 0..rows {
                for column in 0..columns {
                    expected[row * columns + column] += (0..inner)
                        .map(|i| left[row * inner + i] * right[i * columns + column])
                        .sum::<f32>();
                }
            }
            let mut sums = values(rows * columns, 3);
            add_product(&left, &right, columns, &mut sums);
            assert_eq!(sums, expected, "{rows} {inner} {columns}");
            let mut sums = values(rows * columns, 3);
            let left = transposed(&left, inner.max(1));
            add_transposed_product(&left, &right, columns, &mut sums);
            assert_eq!(sums, expected, "{rows} {inner} {columns}, transposed");
        }
    }
}
