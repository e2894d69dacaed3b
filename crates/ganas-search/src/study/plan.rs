//! Selects the proposals that become trials, and stores these trials before they are evaluated.

use std::collections::HashSet;

use super::Study;
use super::slot::{Slot, SlotState};
use crate::store::{AskedTrial, Checkpoint};
use crate::{StoreError, StudyError, TrialId};

impl Study {
    /// Decides which proposals become trials, and numbers these trials.
    pub(super) fn plan(&mut self, slots: &mut [Slot]) {
        let mut planned = HashSet::new();
        for slot in slots {
            let is_promoted = slot.after.is_some();
            let wanted = (is_promoted || !self.history.contains(slot.key))
                && !planned.contains(&slot.key)
                && self.constraints.admit_proposal(&*self.space, &slot.arch);
            if wanted {
                planned.insert(slot.key);
                slot.trial = Some(TrialId(self.next_trial));
                slot.state = SlotState::Waiting;
                self.next_trial += 1;
            }
        }
    }

    /// Stores the trials that are about to be evaluated, together with the strategy's state.
    pub(super) fn save(&mut self, slots: &[Slot]) -> Result<(), StudyError> {
        let seed = self.settings.seed;
        let trials: Vec<AskedTrial<'_>> =
            slots.iter().filter_map(|slot| slot.asked(seed)).collect();
        if self.store.is_none() || trials.is_empty() {
            return Ok(());
        }
        let resumes = self.store.as_ref().is_some_and(|store| store.resumes());
        let strategy = if resumes { self.strategy.checkpoint() } else { Ok(Vec::new()) };
        // The strategy was asked, and its proposals are lost.
        self.broken |= strategy.is_err();
        let checkpoint = Checkpoint {
            round: self.round,
            idle: self.idle,
            seen: self.heard,
            known: Some(self.heard_known),
            seconds_in_strategy: self.in_strategy.as_secs_f64(),
            proposals: slots.iter().map(Slot::proposed).collect(),
            diagnostics: self.diagnostics.clone(),
            rejected: self.constraints.rejected(),
            strategy: strategy?,
        };
        let space = self.space.clone();
        let unsaved = std::mem::take(&mut self.unsaved);
        self.write(|store| -> Result<(), StoreError> {
            store.asked(&*space, &checkpoint, &unsaved, &trials)
        })
    }

    /// Starts a round with these slots.
    pub(super) fn take_round(&mut self, slots: Vec<Slot>) -> Result<(), StudyError> {
        self.slots = slots;
        self.before_round = (self.history.queries(), self.history.evaluations());
        let counted = self.enter_round();
        debug_assert!(counted.is_empty(), "nothing of a new round was evaluated yet");
        self.end_round_if_over()
    }

    /// Starts the trials among the slots in an asynchronous study, and immediately processes the
    /// slots that need no evaluation.
    pub(super) fn take_one_by_one(&mut self, slots: Vec<Slot>) -> Result<(), StudyError> {
        self.round += 1;
        self.idle += 1;
        for slot in slots {
            if slot.state == SlotState::Waiting {
                self.history.expect(slot.key, slot.rung);
                self.slots.push(slot);
            } else if !self.history.is_expected(slot.key) {
                self.enter(&slot);
            }
        }
        self.end_if(self.reason_to_end())
    }
}
