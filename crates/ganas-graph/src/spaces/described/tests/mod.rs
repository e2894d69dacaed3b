//! Tests of described spaces.

mod builtin;
mod by_name;
mod chains;
mod hostile;
mod keys;
mod mistakes;
mod network;
mod random;

/// The example files of search spaces.
const EXAMPLES: [&str; 10] = [
    include_str!("../../../../examples/spaces/nasbench201.toml"),
    include_str!("../../../../examples/spaces/nasbench101.toml"),
    include_str!("../../../../examples/spaces/darts.toml"),
    include_str!("../../../../examples/spaces/mobile.toml"),
    include_str!("../../../../examples/spaces/cells_and_stages.toml"),
    include_str!("../../../../examples/spaces/training.toml"),
    include_str!("../../../../examples/spaces/digits.toml"),
    include_str!("../../../../examples/spaces/vit.toml"),
    include_str!("../../../../examples/spaces/tabular.toml"),
    include_str!("../../../../examples/spaces/built_cells.toml"),
];
