//! Stub.
use ganas_graph::{SearchSpace, moves};
use crate::Streams;
pub fn fingerprint(space: &dyn SearchSpace) -> String {
    let mut text = vec![
        format!("{}\n{:?}\n{:?}\n", space.name(), space.kinds(), space.labels()),
        format!("{:?}\n{:?}\n", space.cost_metrics(), space.size()),
    ];
    let mut rng = Streams::new(0).rng("fingerprint", 0, 0);
    for _ in 0..16 {
        let arch = moves::sample(space, &mut rng);
        text.push(format!("{} {:?}\n", space.display(&arch), space.cost(&arch)));
    }
    ganas_graph::ArchHash::of(text.concat().as_bytes()).to_string()
}
pub(crate) fn is_of(space: &dyn SearchSpace, stored: &str) -> bool { fingerprint(space) == stored }
