//! File formats: readers of foreign formats, which only ever return data, and our own tables.

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
