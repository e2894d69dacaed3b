//! The parts of a search space that determine the size of a generator.

use std::fmt;

use ganas_graph::SearchSpace;

use crate::GnnError;

/// The number of labels, the maximum number of nodes, and the number of choices of each kind of
/// decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    labels: usize,
    nodes: usize,
    choices: Vec<usize>,
}

impl Shape {
    pub(super) fn of(space: &dyn SearchSpace) -> Self {
        let choices = space.kinds().iter().map(|kind| kind.choices.len()).collect();
        Self { labels: space.labels().len(), nodes: space.most_nodes(), choices }
    }

    /// # Errors
    /// [`GnnError::OtherSpace`] unless `other` has the same shape.
    pub(super) fn check(&self, other: &Self) -> Result<(), GnnError> {
        if self == other {
            return Ok(());
        }
        Err(GnnError::OtherSpace { expected: self.to_string(), found: other.to_string() })
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { labels, nodes, choices } = self;
        write!(
            formatter,
            "{labels} labels, at most {nodes} nodes, kinds of decision with {choices:?} choices"
        )
    }
}

#[cfg(test)]
mod tests {
    use ganas_graph::spaces::{NasBench101, NasBench201};
    use ganas_graph::{Arch, SearchSpace};
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use crate::{EdgeHead, EncoderSettings, Generator, GnnError, Weights};

    fn generator(space: &dyn SearchSpace) -> Generator {
        let settings = EncoderSettings { width: 4, layers: 1, k: 1 };
        let rng = ChaCha8Rng::seed_from_u64(0);
        Weights::draw(rng, |vb| Generator::new(space, settings, EdgeHead::default(), &vb))
            .unwrap()
            .0
    }

    #[test]
    fn another_space_is_an_error() {
        let (one, other) = (NasBench201::default(), NasBench101::default());
        let (of_one, of_other) = (generator(&one), generator(&other));
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let is_refused = |error: GnnError| matches!(error, GnnError::OtherSpace { .. });
        assert!(is_refused(of_one.sample(&other, 2, &mut rng).unwrap_err()));
        assert!(is_refused(of_other.sample(&one, 2, &mut rng).unwrap_err()));
        let arch = Arch::from_choices(&one, &[0; 6]).unwrap();
        assert!(is_refused(of_other.follow(&one, &[arch]).unwrap_err()));
        let rollout = of_one.sample(&one, 2, &mut rng).unwrap();
        assert!(is_refused(of_other.replay(&rollout).unwrap_err()));
        assert!(of_one.replay(&rollout).is_ok());
    }
}
