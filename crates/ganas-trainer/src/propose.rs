//! A round's proposals: from all sources, then from chance if they are too few.

use ganas_search::{Diagnostic, Proposal};
use rand::Rng;

use crate::candidates::{Pool, choose};
use crate::models::Models;
use crate::round::Round;
use crate::{Selection, TrainerError};

impl Models {
    /// As many proposals as a round has, or as are wanted; adds what the generator was like to
    /// `diagnostics`.
    pub(crate) fn propose(
        &self,
        round: &Round<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Result<Vec<Proposal>, TrainerError> {
        let Round { context, config, .. } = *round;
        let count = config.per_round.min(context.at_most);
        let mut rng = context.streams.rng("candidates", context.round, 0);
        let generated = self.generated(round, diagnostics, &mut rng)?;
        let mut chosen = match config.candidates.selection {
            Selection::Sampled => generated.proposals.into_iter().take(count).collect(),
            Selection::Ranked => choose(self.pools(round, generated, &mut rng)?, count),
        };
        let taken: Vec<_> = chosen.iter().map(Proposal::key).collect();
        let missing = count - chosen.len();
        chosen.extend(context.sample_open(missing, &taken, &mut rng));
        Ok(chosen)
    }

    /// The generator's candidates in the order sampled.
    fn generated(
        &self,
        round: &Round<'_>,
        diagnostics: &mut Vec<Diagnostic>,
        rng: &mut impl Rng,
    ) -> Result<Pool, TrainerError> {
        let mut pool = Pool::new("generator");
        let samples = round.config.candidates.generator_samples;
        if samples > 0 {
            let rollout = self.generator.sample(round.context.space, samples, rng)?;
            diagnostics.push(("entropy", rollout.entropy()));
            for arch in rollout.archs {
                pool.offer(round.context, arch);
            }
            diagnostics.push(("novelty", pool.proposals.len() as f64 / samples as f64));
        }
        Ok(pool)
    }

    /// The candidates of all sources, with scores and shares.
    fn pools(
        &self,
        round: &Round<'_>,
        generated: Pool,
        rng: &mut impl Rng,
    ) -> Result<Vec<(Pool, Vec<f64>, f64)>, TrainerError> {
        let (context, config, parents) = (round.context, &round.config.candidates, round.parents());
        let mutations = Pool::mutations(context, &parents, config.mutations_per_parent, rng);
        let score = |archs: &[_]| self.score(round, archs);
        let evolved = Pool::evolved(context, &parents, config, score, rng)?;
        let pools = [
            (generated, config.generator_share),
            (mutations, config.mutation_share),
            (evolved, config.evolution_share),
        ];
        let scored = |(pool, share): (Pool, f64)| {
            let scores = self.score(round, &pool.archs())?;
            Ok((pool, scores, share))
        };
        pools.into_iter().map(scored).collect()
    }
}
