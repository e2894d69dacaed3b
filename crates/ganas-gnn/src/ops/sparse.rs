//! Sparse matrices. Their products with dense matrices are computed as fused sums of rows.

#![expect(
    clippy::inline_always,
    reason = "vector code must be inlined into the function that selects the vector unit"
)]

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use pulp::{Arch, Simd, WithSimd, bytemuck};

use super::{Activation, slice, with_values};

/// A sparse matrix of whole numbers, most of them 0 or 1. An entry is larger than 1 if its column
/// was given more than once to [`Sparse::push_row`]. The matrix is stored in the compressed sparse
/// row format.
///
/// Whenever a graph network selects or sums rows, it multiplies by such a matrix: to look up label
/// embeddings, to sum over neighbours, to pool over a graph's nodes, or to pick a node.
#[derive(Debug, Clone)]
pub struct Sparse {
    columns: usize,
    offsets: Vec<u32>,
    indices: Vec<u32>,
}

impl Sparse {
    /// Creates a matrix with `columns` columns and no rows yet.
    pub fn new(columns: usize) -> Self {
        Self { columns, offsets: vec![0], indices: Vec::new() }
    }

    /// Like [`Sparse::new`], but with capacity for `rows` rows of one or two ones each.
    pub(crate) fn with_room(columns: usize, rows: usize) -> Self {
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        Self { columns, offsets, indices: Vec::with_capacity(2 * rows) }
    }

    /// Adds a row with ones in the columns `ones`. A column that occurs `n` times in `ones` gets
    /// the value `n`.
    ///
    /// # Panics
    /// If a column is out of range.
    pub fn push_row(&mut self, ones: impl IntoIterator<Item = usize>) {
        let columns = self.columns;
        self.indices.extend(ones.into_iter().map(|column| {
            assert!(column < columns, "column {column} of {columns}");
            column as u32
        }));
        self.offsets.push(self.indices.len() as u32);
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Returns the product of this matrix and the dense matrix `dense`.
    ///
    /// # Shapes
    /// `dense` is `[columns, width]`, and the result is `[rows, width]`.
    ///
    /// # Errors
    /// If `dense` is not a contiguous f32 matrix with as many rows as this matrix has columns.
    ///
    /// # Complexity
    /// O(ones · width), where `ones` is the total number of columns that were passed to
    /// [`Sparse::push_row`].
    pub fn product(self: &Arc<Self>, dense: &Tensor) -> Result<Tensor> {
        dense.apply_op1(Product(Arc::clone(self)))
    }

    /// Returns the number of columns.
    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// Returns the product with `dense`, a matrix with rows of `width` values, as plain numbers.
    pub(crate) fn multiply(&self, dense: &[f32], width: usize) -> Vec<f32> {
        self.multiply_parts(dense, 1, &vec![0.0; width], Activation::Identity)
    }

    /// Like [`Sparse::multiply`], but for `parts` dense matrices stored one after the other. Row
    /// `r` of the result is `activation` applied to a sum: `start` plus, for each part `p`, row `r
    /// · parts + p` of the product with part `p`.
    pub(crate) fn multiply_parts(
        &self,
        dense: &[f32],
        parts: usize,
        start: &[f32],
        activation: Activation,
    ) -> Vec<f32> {
        let mut result = Vec::with_capacity(self.rows() / parts * start.len());
        let sums = Sums { matrix: self, dense, parts, start, activation, result: &mut result };
        Arch::new().dispatch(sums);
        result
    }

    /// Returns the product of the transposed matrix with `dense`.
    pub(crate) fn multiply_transposed(&self, dense: &[f32], width: usize) -> Vec<f32> {
        self.multiply_transposed_parts(dense, width, 1)
    }

    /// Computes the gradient of [`Sparse::multiply_parts`] for the dense matrices, stored one after
    /// the other.
    pub(crate) fn multiply_transposed_parts(
        &self,
        dense: &[f32],
        width: usize,
        parts: usize,
    ) -> Vec<f32> {
        let mut result = vec![0.0; parts * self.columns * width];
        Arch::new().dispatch(
            #[inline(always)]
            || {
                for (row, addend) in dense.chunks_exact(width.max(1)).enumerate() {
                    for part in 0..parts {
                        for &column in self.row(row * parts + part) {
                            let place = part * self.columns + column as usize;
                            add(&mut result[place * width..][..width], addend);
                        }
                    }
                }
            },
        );
        result
    }

    /// Returns the columns of the ones in a row.
    pub(crate) fn row(&self, row: usize) -> &[u32] {
        &self.indices[self.offsets[row] as usize..self.offsets[row + 1] as usize]
    }
}

/// A product with parts, under construction.
struct Sums<'a> {
    matrix: &'a Sparse,
    dense: &'a [f32],
    parts: usize,
    start: &'a [f32],
    activation: Activation,
    result: &'a mut Vec<f32>,
}

impl WithSimd for Sums<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let width = self.start.len();
        for row in 0..self.matrix.rows() / self.parts {
            let mut place = 0;
            while place < width {
                place += match (width - place) / S::F32_LANES {
                    8.. => self.block::<S, 8>(simd, row, place),
                    4.. => self.block::<S, 4>(simd, row, place),
                    2.. => self.block::<S, 2>(simd, row, place),
                    1 => self.block::<S, 1>(simd, row, place),
                    0 => self.rest(row, place),
                };
            }
        }
    }
}

impl<'a> Sums<'a> {
    /// Returns the offsets in the dense data at which the addends of part `part` of a row start.
    #[inline(always)]
    fn addends(&self, row: usize, part: usize) -> impl Iterator<Item = usize> + use<'a> {
        let (matrix, width): (&'a Sparse, _) = (self.matrix, self.start.len());
        let before = part * matrix.columns;
        let columns = matrix.row(row * self.parts + part).iter();
        columns.map(move |&column| (before + column as usize) * width)
    }

    /// Sums `V` vectors of a row, starting at `place`, in registers, and returns their length.
    #[inline(always)]
    fn block<S: Simd, const V: usize>(&mut self, simd: S, row: usize, place: usize) -> usize {
        let length = V * S::F32_LANES;
        let start = S::as_simd_f32s(&self.start[place..place + length]).0;
        let mut sums: [S::f32s; V] = start.try_into().expect("V vectors");
        for part in 0..self.parts {
            for addend in self.addends(row, part) {
                let addend = S::as_simd_f32s(&self.dense[addend + place..][..length]).0;
                for (sum, &addend) in sums.iter_mut().zip(addend) {
                    *sum = simd.add_f32s(*sum, addend);
                }
            }
        }
        if self.activation == Activation::Relu {
            for sum in &mut sums {
                *sum = simd.max_f32s(*sum, simd.splat_f32s(0.0));
            }
        }
        self.result.extend_from_slice(bytemuck::cast_slice(&sums));
        length
    }

    /// Like [`Sums::block`], but for the remainder of a row.
    #[inline(always)]
    fn rest(&mut self, row: usize, place: usize) -> usize {
        let length = self.start.len() - place;
        let end = self.result.len();
        self.result.extend_from_slice(&self.start[place..]);
        for part in 0..self.parts {
            for addend in self.addends(row, part) {
                add(&mut self.result[end..], &self.dense[addend + place..][..length]);
            }
        }
        self.activation.apply(&mut self.result[end..]);
        length
    }
}

struct Product(Arc<Sparse>);

impl CustomOp1 for Product {
    fn name(&self) -> &'static str {
        "sparse-product"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (rows, width) = layout.shape().dims2()?;
        if rows != self.0.columns {
            candle_core::bail!("expected {} rows, found {rows}", self.0.columns);
        }
        let result = self.0.multiply(slice(storage, layout)?, width);
        Ok((CpuStorage::F32(result), Shape::from((self.0.rows(), width))))
    }

    fn bwd(&self, dense: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let (_, width) = dense.dims2()?;
        let result = with_values(gradient, |g| self.0.multiply_transposed(g, width))?;
        Tensor::from_vec(result, dense.shape(), dense.device()).map(Some)
    }
}

#[inline(always)]
fn add(sum: &mut [f32], addend: &[f32]) {
    for (sum, addend) in sum.iter_mut().zip(addend) {
        *sum += addend;
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};

    use super::*;

    #[test]
    fn product_and_gradient() -> Result<()> {
        let mut sparse = Sparse::new(3);
        sparse.push_row([0, 2]);
        sparse.push_row([]);
        sparse.push_row([2]);
        let dense = Var::new(&[[1f32, 2.0], [3.0, 4.0], [5.0, 6.0]], &Device::Cpu)?;
        let product = Arc::new(sparse).product(&dense)?;
        assert_eq!(product.to_vec2::<f32>()?, [[6.0, 8.0], [0.0, 0.0], [5.0, 6.0]]);
        let gradients = product.sum_all()?.backward()?;
        let gradient = gradients.get(&dense).unwrap().to_vec2::<f32>()?;
        assert_eq!(gradient, [[1.0, 1.0], [0.0, 0.0], [2.0, 2.0]]);
        Ok(())
    }

    #[test]
    fn parts_are_summed_at_all_widths() {
        let mut sparse = Sparse::new(2);
        for ones in [vec![0], vec![0, 1], vec![], vec![1, 1]] {
            sparse.push_row(ones);
        }
        for width in [1, 8, 70, 64] {
            let dense: Vec<f32> = (0..4 * width).map(|index| (index % 13) as f32 - 6.0).collect();
            let start: Vec<f32> = (0..width).map(|index| (index % 5) as f32).collect();
            let found = sparse.multiply_parts(&dense, 2, &start, Activation::Relu);
            let at = |row: usize, h: usize| dense[row * width + h];
            let first = (0..width).map(|h| start[h] + at(0, h) + at(2, h) + at(3, h));
            let second = (0..width).map(|h| start[h] + 2.0 * at(3, h));
            let expected: Vec<_> = first.chain(second).map(|sum| sum.max(0.0)).collect();
            assert_eq!(found, expected, "{width}");
            let (first, second) = found.split_at(width);
            let both = first.iter().zip(second).map(|(first, second)| first + 2.0 * second);
            let expected = [first, &vec![0.0; width], first, &both.collect::<Vec<_>>()].concat();
            assert_eq!(sparse.multiply_transposed_parts(&found, width, 2), expected);
        }
    }
}
