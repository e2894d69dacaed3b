//! Names and files of NAS-Bench-101 and its stand-ins, and the units of their numbers.

/// NAS-Bench-101 or one of its stand-ins, which replace it for users who do not have a published
/// file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Variant {
    /// The published results.
    Published,
    /// A surrogate model's predictions for all cells.
    Surrogate,
    /// Published results of some cells.
    Subset,
}

impl Variant {
    /// All variants.
    pub const ALL: [Self; 3] = [Self::Published, Self::Surrogate, Self::Subset];

    /// Returns the name of the benchmark.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Published => "nasbench101",
            Self::Surrogate => "nasbench101-surrogate",
            Self::Subset => "nasbench101-subset",
        }
    }

    /// Returns the file name of the imported table in the user's data folder.
    pub const fn table_file(self) -> &'static str {
        match self {
            Self::Published => "nasbench101.table",
            Self::Surrogate => "nasbench101-surrogate.table",
            Self::Subset => "nasbench101-subset.table",
        }
    }

    /// Returns the files that can be imported.
    pub(super) const fn files(self) -> &'static str {
        match self {
            Self::Published => "nasbench_only108.tfrecord or nasbench_full.tfrecord",
            Self::Surrogate => "nb101_surrogate.npz",
            Self::Subset => "nb101_real_30001.csv.gz",
        }
    }

    /// Returns the units of accuracy (as a fraction) and of seconds, if the source states whole
    /// multiples of such units.
    pub(super) const fn units(self) -> Option<[f64; 2]> {
        match self {
            Self::Surrogate => Some([1e-5, 1e-1]),
            Self::Published | Self::Subset => None,
        }
    }
}
