//! Cholesky factors of kernel matrices.

use nalgebra::{Cholesky, DMatrix, Dyn};

/// Addition to the diagonal that keeps matrices positive definite despite rounding.
pub(crate) const JITTER: f64 = 1e-6;

/// Returns the Cholesky factor of the matrix `values` with `noise` added to its diagonal; `None` if
/// the sum is not positive definite.
pub(crate) fn factor(mut values: DMatrix<f64>, noise: f64) -> Option<Cholesky<f64, Dyn>> {
    for at in 0..values.nrows() {
        values[(at, at)] += noise + JITTER;
    }
    Cholesky::new(values)
}
