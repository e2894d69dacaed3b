//! Benchmarks for neural architecture search, used as evaluators. They look up or predict the
//! result of an architecture instead of training it, so a search can be run and assessed within
//! seconds.
//!
//! A [`Benchmark`] has a search space. A benchmark is an [`Evaluator`](ganas_search::Evaluator),
//! which returns validation accuracy in percent (test accuracy for NAS-Bench-Macro) or, for a
//! user's own benchmark, the values of the user's table. It is also a
//! [`TestOracle`](ganas_search::TestOracle), which provides test results for reports. All results
//! come from compact tables. Some tables are compiled into the program, [`import`] creates others
//! from published files, and [`import_table`] creates those of users' own benchmarks. Code that
//! published files contain is never executed. [`registry`] lists all benchmarks except the user's
//! own.
//!
//! ```
//! use ganas_bench::{Benchmark, QuerySettings};
//!
//! let benchmark = Benchmark::open("nasbench201", Some("cifar10"), QuerySettings::default())?;
//! let arch = benchmark.space.parse(
//!     "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|",
//! )?;
//! let measurement = benchmark.measure(&arch)?.expect("the table is complete");
//! assert!((measurement.value - 81.982_666_67).abs() < 1e-6);
//! assert_eq!(measurement.train_seconds, Some(1444.219));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod accuracy;
mod benchmark;
#[cfg_attr(
    not(feature = "internals"),
    expect(
        clippy::unused_self,
        dead_code,
        unreachable_pub,
        unused_imports,
        reason = "used, and public, when the feature `internals` is enabled"
    )
)]
mod benchmarks;
mod entry;
mod error;
mod folder;
#[cfg_attr(
    not(feature = "internals"),
    expect(
        dead_code,
        unreachable_pub,
        unused_imports,
        reason = "used, and public, when the feature `internals` is enabled"
    )
)]
mod formats;
mod import;
mod imported;
mod installed;
mod mapping;
mod query;
mod registry;
mod regular_file;
mod source;
mod table_info;
mod user_table;

pub use accuracy::Accuracy;
pub use benchmark::Benchmark;
pub use benchmarks::chains;
pub use entry::Entry;
pub use error::BenchError;
pub use folder::data_folder;
pub use formats::gbdt::ModelError;
pub use formats::npy::NpyError;
pub use formats::pickle::PickleError;
pub use formats::tfrecord::TfRecordError;
pub use import::import;
pub use imported::{ImportReport, Progress};
pub use installed::{Installed, installed};
pub use query::{QueryError, QuerySettings, RepeatSelection};
pub use registry::{datasets, entry, names, registry};
pub use regular_file::open_regular;
pub use source::{Record, Verification};
pub use table_info::TableInfo;
pub use user_table::{OWN_DATASET, TABLE, TableImport, import_table};

#[cfg(feature = "internals")]
pub use benchmarks::{nasbench101, nasbench201, nasbench301};
#[cfg(feature = "internals")]
pub use formats::{gbdt, pickle, protobuf, table, tfrecord};

/// The examples of the README, as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
