//! The kinds of this crate's errors.

use ganas_bench::BenchError;
use ganas_exec::ExecError;
use ganas_search::{StoreError, StudyError};

use crate::Error;

/// The kind of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The request is invalid and must be changed.
    Usage,
    /// The work failed although the request was valid.
    Failure,
    /// The work was interrupted.
    Interruption,
}

impl Error {
    /// Returns the kind of the error.
    pub fn kind(&self) -> ErrorKind {
        let usage = match self {
            Self::Interrupted { .. } | Self::ComparisonInterrupted { .. } => {
                return ErrorKind::Interruption;
            }
            Self::Compared { source, .. } => return source.kind(),
            Self::Name(_)
            | Self::Constraint(_)
            | Self::Arch(_)
            | Self::Strategy(_)
            | Self::Description(_)
            | Self::Query(_)
            | Self::Option(_)
            | Self::Csv { .. }
            | Self::SpaceForBenchmark { .. }
            | Self::BenchmarkForSpace { .. }
            | Self::Report(ganas_report::Error::Foreign { .. })
            | Self::Usage(_) => true,
            Self::Bench(error) => matches!(
                error,
                BenchError::Name(_)
                    | BenchError::Space(_)
                    | BenchError::OwnName { .. }
                    | BenchError::Arch(_)
                    | BenchError::Query(_)
                    | BenchError::CompiledIn { .. }
            ),
            Self::Study(error) => matches!(
                error,
                StudyError::NoBudget
                    | StudyError::BudgetTooLarge { .. }
                    | StudyError::TooManyWorkers { .. }
                    | StudyError::TimeBudget { .. }
            ),
            Self::Exec(error) => {
                matches!(error, ExecError::Setting { .. } | ExecError::Start { .. })
            }
            Self::Store(error) => matches!(
                error,
                StoreError::Exists { .. }
                    | StoreError::Leftovers { .. }
                    | StoreError::Missing { .. }
            ),
            _ => false,
        };
        if usage { ErrorKind::Usage } else { ErrorKind::Failure }
    }
}

#[cfg(test)]
mod tests {
    use ganas_search::UnknownName;

    use super::*;

    #[test]
    fn wrong_usage_is_told_from_failure() {
        let unknown = UnknownName { what: "space", found: "x".into(), valid: vec!["y".into()] };
        assert_eq!(Error::from(BenchError::Name(unknown.clone())).kind(), ErrorKind::Usage);
        assert_eq!(Error::from(unknown).kind(), ErrorKind::Usage);
        assert_eq!(Error::from(StudyError::NoBudget).kind(), ErrorKind::Usage);
        let missing = StoreError::Missing { folder: "x".into() };
        assert_eq!(Error::from(StudyError::Store(missing)).kind(), ErrorKind::Usage);
        let nothing = StudyError::NothingFeasible { rejections: Vec::new() };
        assert_eq!(Error::from(nothing).kind(), ErrorKind::Failure);
    }
}
