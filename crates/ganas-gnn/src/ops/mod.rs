//! Fused tensor operations with their own backward pass.
//!
//! Each operation replaces a chain of candle operations (copies, gathers, element-wise passes over
//! new buffers) with one pass. The operations are single-threaded, so their results do not depend
//! on the number of threads.

mod affine;
mod cross_entropy;
mod gru;
mod matrix;
mod pair_logits;
mod sparse;

use std::sync::Arc;

use candle_core::{CpuStorage, Layout, Result, Storage, Tensor};

pub use affine::{Activation, affine, pooled_affine};
pub use cross_entropy::cross_entropy;
pub use gru::gru;
pub(crate) use matrix::{add_product, transposed};
pub(crate) use pair_logits::all_logits;
pub use pair_logits::pair_logits;
pub use sparse::Sparse;

/// Returns the values of a contiguous f32 operand.
pub(crate) fn slice<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let Some((start, end)) = layout.contiguous_offsets() else {
        candle_core::bail!("expected a contiguous operand, found {layout:?}");
    };
    Ok(&storage.as_slice::<f32>()?[start..end])
}

/// Runs `read` on the values of a CPU tensor.
pub(crate) fn with_values<T>(tensor: &Tensor, read: impl FnOnce(&[f32]) -> T) -> Result<T> {
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(storage) => Ok(read(slice(storage, layout)?)),
        _ => candle_core::bail!("expected a tensor on the CPU"),
    }
}

/// Pairs of row numbers, shared between the forward and the backward pass.
pub type Pairs = Arc<Vec<(u32, u32)>>;
