use std::collections::VecDeque;

use super::pool::Pool;
use super::slot::Slot;
use super::{Run, StopReason};
use crate::{Observation, StudyError};

impl Run<'_, '_, '_> {
    /// Round after round; the first is `pending` if there is one.
    pub(super) fn rounds(
        &mut self,
        pending: Vec<Slot>,
        pool: &mut Pool<'_>,
    ) -> Result<StopReason, StudyError> {
        let mut slots = pending;
        loop {
            if slots.is_empty() {
                if self.study.settings.cancel.is_set() {
                    return Ok(StopReason::Interrupted);
                }
                let asked = self.ask(self.study.queries_left())?;
                if asked.is_empty() {
                    return Ok(StopReason::Exhausted);
                }
                slots = self.study.plan(asked);
                self.save(&slots)?;
            }
            let before = self.study.history.queries();
            let Some(seen) = self.measure(std::mem::take(&mut slots), pool)? else {
                return Ok(StopReason::Interrupted);
            };
            self.study.record(before, &seen);
            self.tell(&seen)?;
            self.study.round += 1;
            if let Some(reason) = self.study.stops() {
                return Ok(reason);
            }
        }
    }

    /// Evaluates a round and gives what became of its proposals, in their order, up to the one that
    /// ends the study; `None` if the study was interrupted before.
    fn measure(
        &mut self,
        mut slots: Vec<Slot>,
        pool: &mut Pool<'_>,
    ) -> Result<Option<Vec<Observation>>, StudyError> {
        let mut queue: VecDeque<usize> =
            (0..slots.len()).filter(|&at| slots[at].is_open()).collect();
        let (mut seen, mut flying, mut failure) = (Vec::new(), 0, None);
        let mut over = false;
        loop {
            while !over && seen.len() < slots.len() && self.has_come(&slots[seen.len()]) {
                seen.push(self.absorb(&slots[seen.len()]));
                over = seen.len() == slots.len();
                if self.study.stops_early().is_some() {
                    over = true;
                    queue.clear();
                    pool.cancel();
                }
            }
            while flying < self.study.settings.workers.max(1)
                && !self.study.settings.cancel.is_set()
                && let Some(at) = queue.pop_front()
            {
                if self.has_come(&slots[at]) {
                    continue;
                }
                match self.begin(&mut slots[at], pool) {
                    Ok(()) => flying += 1,
                    Err(error) => {
                        give_up(&mut queue, pool);
                        failure.get_or_insert(error);
                    }
                }
            }
            if flying == 0 {
                break;
            }
            let (trial, evaluation) = pool.next();
            flying -= 1;
            let slot = slots.iter_mut().find(|slot| slot.trial == Some(trial));
            let slot = slot.expect("only this round's trials were submitted");
            if let Err(error) = self.finish(slot, evaluation) {
                give_up(&mut queue, pool);
                failure.get_or_insert(error);
            }
        }
        match failure {
            Some(error) => Err(error),
            None => Ok(over.then_some(seen)),
        }
    }

    /// Is it known what became of the proposal?
    fn has_come(&self, slot: &Slot) -> bool {
        !slot.is_open() || self.study.history.contains(slot.key)
    }
}

/// Begins nothing more and cancels what is under way; what ends nevertheless is still stored.
fn give_up(queue: &mut VecDeque<usize>, pool: &Pool<'_>) {
    queue.clear();
    pool.cancel();
}
