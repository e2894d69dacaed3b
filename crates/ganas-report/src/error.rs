//! What can be wrong with what is to be shown.

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file holds something else.
    #[error(
        "{file}: expected what `ganas compare --json` printed, or a file of benchmarks-data/results, found {found}"
    )]
    Foreign {
        /// The file.
        file: String,
        /// What it holds.
        found: String,
    },
    /// The numbers of a chart cannot be written.
    #[error("writing the numbers of {chart} as CSV")]
    Numbers {
        /// The chart.
        chart: String,
        /// Why.
        #[source]
        source: csv::Error,
    },
}
