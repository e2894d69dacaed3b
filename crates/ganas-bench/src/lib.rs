//! Neural architecture search benchmarks as evaluators: every architecture's results are known, so a
//! search can be run, and judged, in seconds.
//!
//! A [`Benchmark`] is a search space, an [`Evaluator`](ganas_search::Evaluator) that answers with
//! validation accuracy in percent, and a [`TestOracle`](ganas_search::TestOracle) for reports.
//! Numbers are read from compact tables ([`mod@table`]), some compiled in, some made from published
//! files by [`import`]. Nothing here ever runs what such a file says ([`pickle`]).
//!
//! ```
//! use ganas_bench::{Benchmark, QuerySettings};
//! use ganas_search::{Evaluation, Evaluator};
//!
//! let benchmark = Benchmark::open("nasbench201", Some("cifar10"), QuerySettings::default())?;
//! let arch = benchmark.space.parse(
//!     "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|",
//! )?;
//! let Evaluation::Measured(measurement) = benchmark.evaluate(&arch)? else {
//!     panic!("the table is complete");
//! };
//! assert!((measurement.value - 81.982_666_67).abs() < 1e-6);
//! assert_eq!(measurement.train_seconds, Some(1444.219));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod accuracy;
mod benchmark;
mod csv_lines;
mod error;
mod files;
mod folder;
mod import;
mod mapping;
mod model_table;
mod npy;
mod query;

pub mod chains;
pub mod gbdt;
pub mod nasbench101;
pub mod nasbench201;
pub mod nasbench301;
pub mod pickle;
pub mod protobuf;
pub mod table;
pub mod tfrecord;

pub use accuracy::Accuracy;
pub use benchmark::{Benchmark, Record, TableInfo, Verification, datasets, names};
pub use error::BenchError;
pub use folder::data_folder;
pub use import::{ImportReport, Progress, import};
pub use npy::NpyError;
pub use query::{QueryError, QuerySettings, Reading};
