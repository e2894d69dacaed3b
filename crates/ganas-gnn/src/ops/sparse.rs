//! Fused sums over sparse edges.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

use super::{slice, with_values};

/// A matrix of zeros and ones with few ones, in compressed rows.
///
/// Every way in which a graph network moves rows about is a product with one: looking up label
/// embeddings, summing over neighbours, pooling over a graph's nodes, picking a node.
#[derive(Debug, Clone)]
pub struct Sparse {
    columns: usize,
    offsets: Vec<u32>,
    indices: Vec<u32>,
}

impl Sparse {
    /// A matrix with `columns` columns and no rows yet.
    pub fn new(columns: usize) -> Self {
        Self { columns, offsets: vec![0], indices: Vec::new() }
    }

    /// Adds a row with ones at `ones` (a column named twice counts twice).
    ///
    /// # Panics
    /// If a column is out of range.
    pub fn push_row(&mut self, ones: impl IntoIterator<Item = usize>) {
        for column in ones {
            assert!(column < self.columns, "column {column} of {}", self.columns);
            self.indices.push(column as u32);
        }
        self.offsets.push(self.indices.len() as u32);
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.offsets.len() - 1
    }

    /// The product with a dense matrix.
    ///
    /// # Shapes
    /// `dense` is `[columns, width]`; the result is `[rows, width]`.
    ///
    /// # Errors
    /// If `dense` is not a contiguous f32 matrix with that many rows.
    ///
    /// # Complexity
    /// O(ones · width).
    pub fn product(self: &Arc<Self>, dense: &Tensor) -> Result<Tensor> {
        dense.apply_op1(Product(Arc::clone(self)))
    }

    /// Number of columns.
    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// The product with `dense` of rows of `width` values, on plain numbers.
    pub(crate) fn multiply(&self, dense: &[f32], width: usize) -> Vec<f32> {
        let mut result = vec![0.0; self.rows() * width];
        for (row, sum) in result.chunks_exact_mut(width).enumerate() {
            for &column in self.row(row) {
                add(sum, &dense[column as usize * width..][..width]);
            }
        }
        result
    }

    /// The product of the transposed matrix with `dense`.
    pub(crate) fn multiply_transposed(&self, dense: &[f32], width: usize) -> Vec<f32> {
        let mut result = vec![0.0; self.columns * width];
        for (row, addend) in dense.chunks_exact(width).enumerate() {
            for &column in self.row(row) {
                add(&mut result[column as usize * width..][..width], addend);
            }
        }
        result
    }

    /// Columns of the ones of a row.
    pub(crate) fn row(&self, row: usize) -> &[u32] {
        &self.indices[self.offsets[row] as usize..self.offsets[row + 1] as usize]
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
}
