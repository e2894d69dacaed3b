//! The strategies that GA-NAS is compared with, each written against the search space's grammar
//! only, so that they work in every space.

mod random;

pub use random::RandomSearch;
