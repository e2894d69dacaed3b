use std::collections::VecDeque;

use super::pool::Pool;
use super::slot::Slot;
use super::{Run, StopReason};
use crate::StudyError;

/// Trials on their way.
#[derive(Debug, Default)]
struct Traffic {
    /// To be evaluated when a worker is free.
    waiting: VecDeque<Slot>,
    /// Being evaluated.
    flying: Vec<Slot>,
    /// Has the strategy nothing more to ask before something lands?
    dry: bool,
}

impl Run<'_, '_, '_> {
    /// Tells each result as it comes, and asks for one more architecture whenever a worker is free.
    /// `pending` is what a store held: results that were not told, then what is to be evaluated.
    pub(super) fn asynchronous(
        &mut self,
        pending: Vec<Slot>,
        pool: &mut Pool<'_>,
    ) -> Result<StopReason, StudyError> {
        let mut traffic = Traffic::default();
        for slot in pending {
            // What became known meanwhile is not evaluated any more.
            if slot.is_open() && !self.study.history.contains(slot.key) {
                self.study.history.expect(slot.key);
                traffic.waiting.push_back(slot);
            } else {
                self.pass_on(&slot)?;
            }
        }
        let reason = self.direct(&mut traffic, pool);
        pool.cancel();
        while !traffic.flying.is_empty() {
            // What ends nevertheless is stored, and told when the study goes on.
            let landed = self.land(&mut traffic, pool);
            if reason.is_ok() {
                landed?;
            }
        }
        reason
    }

    fn direct(
        &mut self,
        traffic: &mut Traffic,
        pool: &mut Pool<'_>,
    ) -> Result<StopReason, StudyError> {
        loop {
            if let Some(reason) = self.study.stops() {
                return Ok(reason);
            }
            if self.study.settings.cancel.is_set() {
                return Ok(StopReason::Interrupted);
            }
            if traffic.flying.len() < self.study.settings.workers.max(1) {
                if let Some(mut slot) = traffic.waiting.pop_front() {
                    self.begin(&mut slot, pool)?;
                    traffic.flying.push(slot);
                    continue;
                }
                let left = self.study.queries_left().saturating_sub(traffic.flying.len());
                if left > 0 && !traffic.dry {
                    self.ask_for_more(left, traffic)?;
                    continue;
                }
            }
            if traffic.flying.is_empty() {
                return Ok(StopReason::Exhausted);
            }
            let Some(slot) = self.land(traffic, pool)? else {
                return Ok(StopReason::Interrupted);
            };
            self.pass_on(&slot)?;
            traffic.dry = false;
        }
    }

    /// Asks for one architecture, or for those that are to come first.
    fn ask_for_more(&mut self, left: usize, traffic: &mut Traffic) -> Result<(), StudyError> {
        let first = self.study.round == 0 && !self.study.settings.first.is_empty();
        let asked = self.ask(if first { left } else { 1 })?;
        traffic.dry = asked.is_empty();
        let slots = self.study.plan(asked);
        self.save(&slots)?;
        self.study.round += 1;
        self.study.idle += 1;
        for slot in slots {
            if slot.is_open() {
                self.study.history.expect(slot.key);
                traffic.waiting.push_back(slot);
            } else if !self.study.history.is_expected(slot.key) {
                self.pass_on(&slot)?;
            }
        }
        Ok(())
    }

    /// Waits for a result; `None` if the evaluation was given up.
    fn land(
        &mut self,
        traffic: &mut Traffic,
        pool: &mut Pool<'_>,
    ) -> Result<Option<Slot>, StudyError> {
        let (trial, evaluation) = pool.next();
        let at = traffic.flying.iter().position(|slot| slot.trial == Some(trial));
        let mut slot = traffic.flying.swap_remove(at.expect("only what flies can land"));
        Ok(self.finish(&mut slot, evaluation)?.then_some(slot))
    }

    /// Tells what became of a proposal.
    fn pass_on(&mut self, slot: &Slot) -> Result<(), StudyError> {
        let before = self.study.history.queries();
        let seen = self.absorb(slot);
        if self.study.history.queries() > before {
            self.study.idle = 0;
        }
        self.tell(&[seen])
    }
}
