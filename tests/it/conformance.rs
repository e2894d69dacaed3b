//! Requirements on every strategy and every search space. A new one is one line below.

pub(crate) mod evaluators;
mod spaces;
mod strategies;

use ganas_graph::spaces::darts::Network;
use ganas_graph::spaces::{Chain, Darts, DescribedSpace, NasBench101, NasBench201};
use ganas_search::baselines::{
    Evolution, EvolutionSettings, LocalSearch, LocalSearchSettings, RandomDecisions, RandomSearch,
    Reinforce, ReinforceSettings,
};
use ganas_trainer::{Bananas, BananasConfig, GaNas, TrainerConfig};

use crate::toy::Toy;

/// One test for each strategy and each property in [`strategies`].
macro_rules! strategies {
    ($($name:ident => $make:expr),* $(,)?) => {
        $(strategies!(@one $name, $make,
            equal_seed_gives_equal_history,
            other_seed_gives_other_history,
            a_restored_one_asks_what_the_first_would,
            budget_is_met_exactly,
            no_identity_is_queried_twice,
            constraints_are_never_violated,
            whole_space_is_a_budget,
            whole_domain_is_found,
            the_few_within_limits_are_all_found,
            a_restored_one_finds_the_same_few,
            nothing_feasible_is_explained,
            unknown_architectures_cost_nothing,
            unusable_value_is_an_error,
            target_stops_the_study,
        );)*
    };
    (@one $name:ident, $make:expr, $($property:ident),* $(,)?) => {
        mod $name {
            use super::*;
            $(
                #[test]
                fn $property() {
                    strategies::$property(&|| Box::new($make));
                }
            )*
        }
    };
}

/// One test for each search space and each property in [`spaces`].
macro_rules! spaces {
    ($($name:ident => $make:expr),* $(,)?) => {
        $(spaces!(@one $name, $make,
            moves_stay_in_the_space,
            moves_change_one_decision,
            notation_round_trips,
            cut_notation_is_no_panic,
            only_allowed_choices_are_accepted,
            every_prefix_has_a_decision_and_a_graph,
            equal_architectures_are_of_one_class,
            costs_belong_to_metrics,
            names_are_usable,
            enumeration_agrees_with_the_counts,
        );)*
    };
    (@one $name:ident, $make:expr, $($property:ident),* $(,)?) => {
        mod $name {
            use super::*;
            $(
                #[test]
                fn $property() {
                    spaces::$property(&$make);
                }
            )*
        }
    };
}

/// Whatever has a name in a registry conforms, whether it is listed below or not.
#[test]
fn registered_strategies() {
    for entry in ::ganas::strategies() {
        let make = || (entry.build)(&[]).unwrap();
        strategies::equal_seed_gives_equal_history(&make);
        strategies::a_restored_one_asks_what_the_first_would(&make);
    }
}

/// The same for spaces.
#[test]
fn registered_spaces() {
    for name in ::ganas::space_names() {
        let space = ::ganas::open_space(name).unwrap();
        spaces::moves_stay_in_the_space(&*space);
        spaces::notation_round_trips(&*space);
        spaces::costs_belong_to_metrics(&*space);
    }
}

strategies! {
    random => RandomSearch,
    random_decisions => RandomDecisions,
    evolution => Evolution::new(EvolutionSettings::ying_2019()).unwrap(),
    small_evolution => Evolution::new(EvolutionSettings { population: 6, sample: 2 }).unwrap(),
    local_search => LocalSearch::new(LocalSearchSettings::naszilla()).unwrap(),
    single_start => LocalSearch::new(LocalSearchSettings { starts: 1 }).unwrap(),
    reinforce => Reinforce::new(ReinforceSettings::fast()).unwrap(),
    ganas => GaNas::new("ganas", TrainerConfig::ranked()).unwrap(),
    ganas_paper => GaNas::new("ganas-paper", TrainerConfig::paper()).unwrap(),
    gaussian_process => GaNas::new("gaussian-process", TrainerConfig::gaussian_process()).unwrap(),
    bananas => Bananas::new(quick_bananas()).unwrap(),
}

/// BANANAS with less training.
fn quick_bananas() -> BananasConfig {
    BananasConfig { ensemble: 2, epochs: 10, ..BananasConfig::white_2021() }
}

spaces! {
    toy => Toy::default(),
    nasbench101 => NasBench101::default(),
    nasbench201 => NasBench201::default(),
    darts => Darts::default(),
    darts_none => Darts::with_none(Network::nasbench301()),
    efficientnet => Chain::built_in("efficientnet").unwrap(),
    proxylessnas => Chain::built_in("proxylessnas").unwrap(),
    mnasnet => Chain::built_in("mnasnet").unwrap(),
    ofa_mbv3 => Chain::built_in("ofa-mbv3").unwrap(),
    nasbench_macro => Chain::built_in("nasbench-macro").unwrap(),
    described_nasbench201 => described(include_str!("../../crates/ganas-graph/examples/spaces/nasbench201.toml")),
    described_nasbench101 => described(include_str!("../../crates/ganas-graph/examples/spaces/nasbench101.toml")),
    described_darts => described(include_str!("../../crates/ganas-graph/examples/spaces/darts.toml")),
    described_chain => described(include_str!("../../crates/ganas-graph/examples/spaces/mobile.toml")),
    described_both => described(include_str!("../../crates/ganas-graph/examples/spaces/cells_and_stages.toml")),
    described_bounded => described(BOUNDED),
    described_parameters => described(include_str!("../../crates/ganas-graph/examples/spaces/training.toml")),
    described_digits => described(include_str!("../../crates/ganas-graph/examples/spaces/digits.toml")),
    described_vit => described(include_str!("../../crates/ganas-graph/examples/spaces/vit.toml")),
    described_tabular => described(include_str!("../../crates/ganas-graph/examples/spaces/tabular.toml")),
    described_built_cells => described(include_str!("../../crates/ganas-graph/examples/spaces/built_cells.toml")),
    described_joint => described(&joint()),
}

/// Two cells, of which one is fed by a fixed number of nodes and one has few edges that carry anything.
const BOUNDED: &str = r#"
name = "bounded"
[[cells]]
name = "encoder"
inputs = ["image", "mask"]
nodes = 3
operators = ["conv", "pool"]
operators_on = "nodes"
inputs_per_node = 2
output = "unused"
[[cells]]
name = "decoder"
nodes = 3
operators = ["none", "conv"]
operators_on = "edges"
nothing = "none"
max_edges = 2
output = "last"
"#;

/// Cells, stages, and parameters with conditions on both.
fn joint() -> String {
    let network = include_str!("../../crates/ganas-graph/examples/spaces/cells_and_stages.toml");
    let parameters = r#"
[[parameters]]
name = "rate"
low = 0.001
high = 0.1
log = true
default = 0.01
[[parameters]]
name = "drop"
low = 0.0
high = 0.5
default = 0.1
when = "stage1.depth > 1"
[[parameters]]
name = "epochs"
low = 1
high = 200
integer = true
default = 10
"#;
    format!("{network}\n{parameters}")
}

fn described(text: &str) -> DescribedSpace {
    ganas_graph::spaces::described::parse(text).unwrap()
}
