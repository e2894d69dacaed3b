//! Counts the combinations of values that the parameters can have, and checks whether at least one
//! combination is allowed.

use super::conditions::Network;
use super::set::{Domain, Parameter, Parameters, Setting, Settings};
use crate::formula::Formula;
use crate::number::PARTS;

/// Maximum number of combinations to try.
const MAX_COMBINATIONS: usize = 100_000;

impl Parameters {
    /// Returns the number of settings, including forbidden ones. Returns `None` if a parameter is
    /// continuous, if conditions name the network's decisions, or if there are too many settings to
    /// count.
    pub(in super::super) fn size(&self) -> Option<u128> {
        if self.follow_network {
            return None;
        }
        self.sized(&mut self.undecided(), 0, &mut 0)
    }

    fn sized(&self, settings: &mut Settings, from: usize, tried: &mut usize) -> Option<u128> {
        let Some(parameter) = self.all.get(from) else { return Some(1) };
        *tried += 1;
        if *tried > MAX_COMBINATIONS {
            return None;
        }
        let mut after = |setting, settings: &mut Settings| {
            settings.all[from] = setting;
            self.sized(settings, from + 1, tried)
        };
        if !self.is_there(parameter, settings) {
            return after(Setting::Absent, settings);
        }
        let count = match &parameter.domain {
            Domain::Constant(_) => return after(Setting::Constant, settings),
            Domain::Number { range, .. } => range.numbers()?,
            Domain::Category { values, .. } if self.named.contains(&from) => {
                return (0..64).take(values.len()).try_fold(0_u128, |sum, choice| {
                    sum.checked_add(after(Setting::Chosen(choice, None), settings)?)
                });
            }
            Domain::Category { values, .. } => values.len() as u128,
        };
        count.checked_mul(after(Setting::Open, settings)?)
    }

    /// Tries combinations of the settings that [`Parameters::trials`] lists; if all of them are
    /// forbidden, returns their number. Returns `None` if one is allowed, if there are too many to
    /// try, or if a rule names a decision of the network. For a parameter that neither conditions
    /// nor rules name, tries only one setting.
    ///
    /// `left` is the number of combinations that may still be tried for all rules together.
    pub(super) fn tried_in_vain(&self, left: &mut usize) -> Option<usize> {
        let named = |place| {
            self.named.contains(&place)
                || self.forbidden.iter().any(|rule| self.variables.names(rule, place))
        };
        if self.forbidden.iter().any(|rule| self.variables.names_network(rule)) {
            return None;
        }
        let trials: Vec<Vec<Setting>> = (0..self.all.len())
            .map(|place| {
                let trials = self.trials(&self.all[place].domain);
                if named(place) { trials } else { trials.into_iter().take(1).collect() }
            })
            .collect();
        let mut tried = 0;
        let most = MAX_COMBINATIONS.min(*left);
        let is_found = self.is_allowed(&mut self.undecided(), 0, &trials, (&mut tried, most));
        *left = left.saturating_sub(tried);
        (!is_found && tried <= most).then_some(tried)
    }

    /// Returns the settings of a parameter to try. For a range, these are its ends, the numbers
    /// that rules name, and one number between each adjacent two of these. They show every outcome
    /// of a rule that compares the parameter only with numbers.
    fn trials(&self, domain: &Domain) -> Vec<Setting> {
        match domain {
            Domain::Constant(_) => vec![Setting::Constant],
            Domain::Category { values, .. } => {
                (0..64).take(values.len()).map(|choice| Setting::Chosen(choice, None)).collect()
            }
            Domain::Number { range, .. } => {
                let mut numbers = vec![range.low(), range.high()];
                let bounds = self.forbidden.iter().flat_map(Formula::numbers);
                numbers
                    .extend(bounds.filter(|bound| range.low() <= *bound && *bound <= range.high()));
                numbers.sort_by(f64::total_cmp);
                let between: Vec<_> =
                    numbers.windows(2).map(|two| two[0] / 2.0 + two[1] / 2.0).collect();
                numbers.extend(between);
                let setting = |number: f64| {
                    let number = range.round(number);
                    Setting::Chosen(range.part_of(number, PARTS), Some(number))
                };
                numbers.into_iter().map(setting).collect()
            }
        }
    }

    fn is_allowed(
        &self,
        settings: &mut Settings,
        from: usize,
        trials: &[Vec<Setting>],
        (tried, most): (&mut usize, usize),
    ) -> bool {
        let Some(parameter) = self.all.get(from) else {
            *tried += 1;
            return self.broken(settings, &Network::new()) == 0;
        };
        let absent = [Setting::Absent];
        let trials_here =
            if self.is_there(parameter, settings) { &trials[from][..] } else { &absent };
        trials_here.iter().any(|setting| {
            settings.all[from] = *setting;
            *tried <= most && self.is_allowed(settings, from + 1, trials, (tried, most))
        })
    }

    fn is_there(&self, parameter: &Parameter, settings: &Settings) -> bool {
        let holds = |when: &Formula| when.holds(&self.values(settings, &Network::new(), f64::NAN));
        parameter.when.as_ref().is_none_or(holds)
    }

    fn undecided(&self) -> Settings {
        Settings { all: vec![Setting::Open; self.all.len()], open: None }
    }
}
