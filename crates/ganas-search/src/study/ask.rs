//! Provides trials to evaluate: those of the current round that are still waiting, or new ones that
//! the strategy proposes.

use std::time::Instant;

use super::slot::{Slot, SlotState};
use super::stop::TOLERANCE;
use super::{OpenTrial, StopReason, Study, stop};
use crate::open_sampler::SamplingShortfall;
use crate::{Context, PromotionRule, Proposal, StudyError};

/// Maximum number of new architectures each time the strategy is asked, if the study has several
/// rungs. Low rungs may cost next to nothing.
const MAX_PER_ASK: usize = 10_000;

impl Study {
    /// Returns at most `how_many` trials to evaluate. The study first stores the trials together
    /// with the strategy's current state. The method returns fewer trials, or none, if the study
    /// has ended ([`Study::stop_reason`]), or if the study first needs the results of trials that
    /// it has already returned. The call takes as long as the strategy needs to propose
    /// architectures.
    ///
    /// If the process is killed, no trial is lost. If the power fails before the next
    /// [`Study::tell`], the reopened study returns the same trials.
    ///
    /// # Errors
    /// [`StudyError::NothingFeasible`] if the study has proved that no architecture satisfies the
    /// constraints. [`StudyError::NoneFound`] if every architecture that the study examined
    /// violates the constraints, but other architectures may satisfy them. Errors of the strategy
    /// and of the store are returned as well.
    pub fn ask(&mut self, how_many: usize) -> Result<Vec<OpenTrial>, StudyError> {
        self.check_unbroken()?;
        let mut given = Vec::new();
        while given.len() < how_many && self.stop.is_none() {
            if self.settings.asynchronous && self.out() >= self.settings.workers.max(1) {
                break;
            }
            let seed = self.settings.seed;
            let rest = &mut self.slots[self.entered..];
            let mut waiting = rest.iter_mut().filter(|slot| slot.state == SlotState::Waiting);
            let fidelity = self.settings.fidelity.as_ref();
            match waiting.next().and_then(|slot| slot.hand_out(seed, fidelity)) {
                Some(trial) => given.push(trial),
                None if self.slots.is_empty() || self.settings.asynchronous => {
                    if !self.ask_strategy()? {
                        break;
                    }
                }
                // The round is not over.
                None => break,
            }
        }
        if given.is_empty() {
            self.explain_nothing()?;
        }
        Ok(given)
    }

    /// Returns the number of trials being evaluated.
    fn out(&self) -> usize {
        self.slots.iter().filter(|slot| slot.state == SlotState::Out).count()
    }

    /// Starts a round; in an asynchronous study, starts or promotes one more architecture. Returns
    /// false if the study has ended, or has nothing to ask until it is told another result.
    fn ask_strategy(&mut self) -> Result<bool, StudyError> {
        let asynchronous = self.settings.asynchronous;
        let promoted = self.promotions()?;
        if asynchronous && !promoted.is_empty() {
            self.take_planned(promoted)?;
            return Ok(true);
        }
        let left = self.room(&promoted);
        if promoted.is_empty() && (left == 0 || (asynchronous && self.dry)) {
            if self.slots.is_empty() {
                let reason = if left == 0 { StopReason::Budget } else { StopReason::Exhausted };
                self.end_if(Some(reason))?;
            }
            return Ok(false);
        }
        let proposals = if left > 0 { self.proposals(left)? } else { Vec::new() };
        let mut slots = self.placed(&proposals, &promoted);
        if slots.is_empty() && promoted.is_empty() {
            self.dry = asynchronous && !self.slots.is_empty();
            return if self.dry { Ok(false) } else { self.take_nothing() };
        }
        self.empty = 0;
        slots.splice(0..0, promoted);
        self.take_planned(slots)?;
        Ok(true)
    }

    /// Returns slots for the proposals, each at its first rung, for as many proposals as the budget
    /// allows.
    fn placed(&self, proposals: &[Proposal], promoted: &[Slot]) -> Vec<Slot> {
        let slots = proposals.iter().map(|it| Slot::new(it, self.round));
        let Some(fidelity) = &self.settings.fidelity else { return slots.collect() };
        let (begun, top) = (self.begun(), fidelity.top());
        let mut left =
            self.unclaimed() - promoted.iter().map(|it| it.cost).sum::<f64>() + TOLERANCE;
        let place = |(at, slot): (usize, Slot)| {
            let at_top = fidelity.rule == PromotionRule::Guided && proposals[at].starts_at_top();
            let is_affordable = fidelity.cost(top, None) <= left;
            let rung = if at_top && is_affordable { top } else { fidelity.first_rung(begun + at) };
            let slot = slot.at(rung, fidelity);
            left -= slot.cost;
            (left >= 0.0).then_some(slot)
        };
        slots.enumerate().map_while(place).collect()
    }

    /// Plans and stores the slots, then starts their evaluation.
    fn take_planned(&mut self, mut slots: Vec<Slot>) -> Result<(), StudyError> {
        self.plan(&mut slots);
        self.save(&slots)?;
        if self.settings.asynchronous {
            self.take_one_by_one(slots)
        } else {
            self.take_round(slots)
        }
    }

    /// Returns the promotions to evaluate at the next rung, as many as the budget allows; at most
    /// one in an asynchronous study.
    fn promotions(&mut self) -> Result<Vec<Slot>, StudyError> {
        let Some(fidelity) = &self.settings.fidelity else { return Ok(Vec::new()) };
        let mut left = self.unclaimed() + TOLERANCE;
        let mut promoted = fidelity.promotions(&self.history);
        for due in fidelity.due(&self.history) {
            let context = self.settings.context(
                &*self.space,
                &self.history,
                &self.constraints,
                &self.open_sampler,
            );
            let started = Instant::now();
            let places = self.strategy.promote(&context, &due.candidates, due.count);
            self.in_strategy += started.elapsed();
            promoted.extend(due.chosen(&places?));
        }
        let slots = promoted.into_iter().map(|it| Slot::promoted(it, fidelity, self.round));
        let mut affordable: Vec<_> = slots
            .take_while(|slot| {
                left -= slot.cost;
                left >= 0.0
            })
            .collect();
        affordable.truncate(if self.settings.asynchronous { 1 } else { usize::MAX });
        Ok(affordable)
    }

    /// Returns the budget that is neither spent nor claimed by unfinished trials, in full
    /// evaluations.
    fn unclaimed(&self) -> f64 {
        let rest = self.slots[self.entered..].iter().filter(|slot| slot.trial.is_some());
        self.budget_left() - rest.map(|slot| slot.cost).sum::<f64>()
    }

    /// Returns the number of new architectures that the remaining budget covers after the given
    /// promotions, including the expected cost of promoting the new architectures later.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to the budget's"
    )]
    pub(super) fn room(&self, promoted: &[Slot]) -> usize {
        let promoted: f64 = promoted.iter().map(|slot| slot.cost).sum();
        let mut left = self.unclaimed() - promoted + TOLERANCE;
        let Some(fidelity) = &self.settings.fidelity else { return left.max(0.0) as usize };
        let costs = (self.begun()..).map(|at| fidelity.expected_cost(fidelity.first_rung(at)));
        let fits = |cost: &f64| {
            left -= cost;
            left >= 0.0
        };
        costs.take_while(fits).take(MAX_PER_ASK).count()
    }

    /// Returns the number of architectures whose evaluation was started, at whatever rung.
    fn begun(&self) -> usize {
        let rest = self.slots[self.entered..].iter();
        self.history.begun() + rest.filter(|slot| slot.after.is_none()).count()
    }

    /// Handles an ask without proposals. Returns true if the study should ask the strategy again:
    /// it does so for a few rounds if sampling found nothing but did not prove that nothing is
    /// left.
    fn take_nothing(&mut self) -> Result<bool, StudyError> {
        let reason = match self.open_sampler.shortfall() {
            SamplingShortfall::None | SamplingShortfall::Proved => StopReason::Exhausted,
            SamplingShortfall::NoneFound(draws) => StopReason::NoneFound(draws),
        };
        self.empty += 1;
        if matches!(reason, StopReason::NoneFound(_)) && self.empty < stop::MAX_EMPTY_ROUNDS {
            self.round += 1;
            return Ok(true);
        }
        self.end_if(Some(reason))?;
        Ok(false)
    }

    /// Returns the strategy's proposals. In the first round, returns the architectures of
    /// [`StudySettings::first`](crate::StudySettings::first) instead, if there are any.
    fn proposals(&mut self, left: usize) -> Result<Vec<Proposal>, StudyError> {
        let context = self.settings.context(
            &*self.space,
            &self.history,
            &self.constraints,
            &self.open_sampler,
        );
        let context = Context { news: &self.news, round: self.round, ..context };
        self.open_sampler.begin(self.empty > 0);
        Ok(if self.round == 0 && !self.settings.first.is_empty() {
            let first = self.settings.first.iter().take(left);
            first.map(|arch| context.proposal(arch.clone(), "given")).collect()
        } else {
            let context =
                Context { at_most: if self.settings.asynchronous { 1 } else { left }, ..context };
            let started = Instant::now();
            let asked = self.strategy.ask(&context);
            self.in_strategy += started.elapsed();
            // A strategy that failed must not be asked again.
            self.broken |= asked.is_err();
            let mut asked = asked?;
            asked.truncate(context.at_most);
            self.news.clear();
            self.heard = self.arrivals;
            self.heard_known = self.known;
            let numbers = self.strategy.diagnostics();
            self.diagnostics =
                numbers.into_iter().map(|(name, number)| (name.into(), number)).collect();
            asked
        })
    }

    /// Returns an error if the study ended because no architecture satisfies the constraints, or
    /// because the search found none that does.
    fn explain_nothing(&self) -> Result<(), StudyError> {
        if !self.history.trials().is_empty() || !self.constraints.rejected_all() {
            return Ok(());
        }
        let rejections = self.constraints.summary();
        match self.stop {
            Some(StopReason::Exhausted)
                if self.open_sampler.shortfall() == SamplingShortfall::Proved =>
            {
                Err(StudyError::NothingFeasible { rejections })
            }
            Some(StopReason::NoneFound(draws)) => Err(StudyError::NoneFound { draws, rejections }),
            Some(StopReason::Exhausted | StopReason::Stuck) => {
                Err(StudyError::NoneFound { draws: self.constraints.checked(), rejections })
            }
            _ => Ok(()),
        }
    }
}
