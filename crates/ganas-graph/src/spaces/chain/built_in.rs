//! The built-in chains and their descriptions.

use std::sync::LazyLock;

use super::Chain;

/// Names of the built-in chains. Each chain is described by a TOML file in the source folder of
/// this module.
pub const BUILT_IN: [&str; 5] =
    ["efficientnet", "proxylessnas", "mnasnet", "ofa-mbv3", "nasbench-macro"];

static SPACES: LazyLock<[Chain; BUILT_IN.len()]> = LazyLock::new(|| {
    [
        include_str!("efficientnet.toml"),
        include_str!("proxylessnas.toml"),
        include_str!("mnasnet.toml"),
        include_str!("ofa_mbv3.toml"),
        include_str!("nasbench_macro.toml"),
    ]
    .map(|text| {
        let description = toml::from_str(text).expect("tests read every built-in description");
        Chain::new(&description).expect("tests make every built-in space")
    })
});

impl Chain {
    /// Returns the built-in chain called `name`, or `None` if no built-in chain has this name.
    /// [`BUILT_IN`] lists the names.
    ///
    /// ```
    /// use ganas_graph::{SearchSpace, spaces::chain::Chain};
    /// let space = Chain::built_in("efficientnet").expect("a built-in space");
    /// let b0 = space.named("efficientnet-b0").expect("a named architecture");
    /// assert_eq!(space.network_cost(&b0).parameters, 5_288_548);
    /// ```
    pub fn built_in(name: &str) -> Option<Self> {
        let place = BUILT_IN.iter().position(|known| *known == name)?;
        Some(SPACES[place].clone())
    }
}
