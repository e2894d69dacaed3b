//! The contents of reports on searches, comparisons and improvements. The contents can be written
//! as JSON. Other crates print them or draw charts of them.

mod comparison;
mod front;
mod hypervolumes;
mod improvement;
mod paired;
mod search;

pub use self::comparison::{Comparison, QueriesToOptimum, Row};
pub use self::front::{FrontRecord, HypervolumePoint, HypervolumeRecord};
pub use self::hypervolumes::{HypervolumeRow, Hypervolumes, Span};
pub use self::improvement::{Change, ImprovementReport, NetworkRecord};
pub use self::paired::Paired;
pub use self::search::{
    Best, Cost, Improvement, Optimum, Query, RoundRecord, SearchReport, TableRecord,
};
pub use ganas_report::statistics::{mean, median, standard_deviation, standard_error};
