//! The errors of reports.

/// The reason why a report cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file does not contain a complete comparison.
    #[error("{file}: expected the output of `ganas compare --json`, found {found}")]
    Foreign {
        /// Name of the file.
        file: String,
        /// What the file contains instead of a complete comparison.
        found: String,
    },
    /// The numbers of a chart cannot be written.
    #[error("could not write the numbers of {chart} as CSV")]
    Numbers {
        /// Name of the chart.
        chart: String,
        /// The error.
        #[source]
        source: csv::Error,
    },
}
