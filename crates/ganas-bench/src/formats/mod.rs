//! File formats. The readers of external formats only return data and never execute code. The
//! format of benchmark tables is ganas's own.

pub(crate) mod csv_lines;
pub(crate) mod files;
pub mod gbdt;
pub(crate) mod magnitude;
pub(crate) mod model_table;
pub(crate) mod npy;
pub mod pickle;
pub mod protobuf;
pub mod table;
pub mod tfrecord;
