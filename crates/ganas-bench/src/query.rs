//! Query settings. They select the result that a query returns if a benchmark has several results
//! for an architecture.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use ganas_graph::ArchHash;
use rand::{Rng as _, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The settings that determine which result a query returns if a benchmark has several results for
/// an architecture.
///
/// In many benchmarks, every architecture was trained several times. In some, it was also trained
/// for different numbers of epochs. Publications differ in which of these results they use, so
/// reports always state the query settings.
///
/// Written as text, the settings are a comma-separated list, such as `mean`, `epochs=36`,
/// `repeat=2,epochs=12` or `random=7`. Without `epochs`, the results of the longest training runs
/// are used. Without `repeat` or `random`, a query returns the mean over the runs.
///
/// ```
/// use ganas_bench::{QuerySettings, RepeatSelection};
/// assert_eq!("".parse(), Ok(QuerySettings::default()));
/// let settings: QuerySettings = "epochs=36,random=7".parse()?;
/// assert_eq!(settings.epochs, Some(36));
/// assert_eq!(settings.reading, RepeatSelection::Random { seed: 7 });
/// assert_eq!(settings.to_string(), "random=7,epochs=36");
/// let error = "repeat=one".parse::<QuerySettings>().unwrap_err().to_string();
/// assert!(error.ends_with("found `repeat=one`"), "{error}");
/// # Ok::<(), ganas_bench::QueryError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct QuerySettings {
    /// Number of training epochs, or `None` for the largest number for which the benchmark has
    /// results.
    pub epochs: Option<u32>,
    /// Determines which of the repeated training runs are used.
    pub reading: RepeatSelection,
}

/// Determines which of an architecture's repeated training runs a query uses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum RepeatSelection {
    /// The mean over all runs.
    #[default]
    Mean,
    /// The run with this number or, for an ensemble of models, the prediction of the model with
    /// this number. Runs are numbered from 0, in the order in which the published file contains
    /// them. An architecture that has no run with this number is treated as if the benchmark did
    /// not contain it.
    Repeat(usize),
    /// One run for each architecture, drawn at random. The surrogates of NAS-Bench-101 and
    /// NAS-Bench-301 instead add random noise to their prediction. The same seed always gives the
    /// same results.
    Random {
        /// Seed of the random selection.
        seed: u64,
    },
}

/// The reason why query settings are invalid, either in general or for a particular benchmark.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum QueryError {
    /// The string cannot be parsed as query settings.
    #[error(
        "query: expected one of `mean`, `repeat=NUMBER`, `random` and `random=SEED`, or `epochs=NUMBER`, or both, separated by a comma; found `{found}`"
    )]
    Form {
        /// The invalid part.
        found: String,
    },
    /// The benchmark has no results for the requested number of epochs.
    #[error(
        "{benchmark} has no results for {found} epochs; expected {} epochs{}",
        any_of(valid),
        advice.map_or(String::new(), |advice| format!("; {advice}"))
    )]
    Epochs {
        /// Name of the benchmark.
        benchmark: String,
        /// The training lengths, in epochs, for which there are results.
        valid: Vec<u32>,
        /// The requested number of epochs.
        found: u32,
        /// How to add results for other training lengths; `None` if that is not possible.
        advice: Option<&'static str>,
    },
    /// The number of epochs of one of the study's rungs is not an integer. (A rung is one of the
    /// training lengths in a study with several fidelities.)
    #[error("{benchmark}: expected each rung to be a whole number of epochs, found {found}")]
    Rung {
        /// Name of the benchmark.
        benchmark: String,
        /// The rung.
        found: f64,
    },
    /// The requested training run does not exist for the benchmark or for the architecture.
    #[error(
        "{benchmark}: expected a repeat below {count} (repeats are counted from 0), found {found}"
    )]
    Repeat {
        /// Name of the benchmark.
        benchmark: String,
        /// How many training runs the benchmark or the architecture has.
        count: usize,
        /// The index of the requested run, counted from 0.
        found: usize,
    },
}

impl From<QuerySettings> for String {
    fn from(settings: QuerySettings) -> Self {
        settings.to_string()
    }
}

impl TryFrom<String> for QuerySettings {
    type Error = QueryError;

    fn try_from(text: String) -> Result<Self, QueryError> {
        text.parse()
    }
}

impl QuerySettings {
    /// Returns the index in `epochs` of the number of epochs that the settings select. Returns an
    /// error if the settings are not valid for the benchmark. `epochs` lists, in ascending order,
    /// the numbers of epochs for which the benchmark has results. `repeats` is the maximum number
    /// of training runs that the benchmark has for an architecture. If the settings do not select a
    /// number of epochs, the result is the index of the last number in `epochs`.
    ///
    /// ```
    /// use ganas_bench::QuerySettings;
    /// let at = |text: &str| text.parse::<QuerySettings>()?.check("toy", &[4, 12, 36, 108], 3);
    /// assert_eq!([at("")?, at("epochs=12")?], [3, 1]);
    /// let error = |text| at(text).unwrap_err().to_string();
    /// assert_eq!(error("epochs=13"), "toy has no results for 13 epochs; expected 4, 12, 36 or 108 epochs");
    /// let expected = "toy: expected a repeat below 3 (repeats are counted from 0), found 3";
    /// assert_eq!(error("repeat=3"), expected);
    /// # Ok::<(), ganas_bench::QueryError>(())
    /// ```
    ///
    /// # Errors
    /// [`QueryError::Epochs`] or [`QueryError::Repeat`].
    pub fn check(
        &self,
        benchmark: &str,
        epochs: &[u32],
        repeats: usize,
    ) -> Result<usize, QueryError> {
        match self.reading {
            RepeatSelection::Repeat(found) if found >= repeats => {
                return Err(QueryError::Repeat {
                    benchmark: benchmark.into(),
                    count: repeats,
                    found,
                });
            }
            _ => {}
        }
        let Some(found) = self.epochs else {
            return Ok(epochs.len().saturating_sub(1));
        };
        epochs.iter().position(|&known| known == found).ok_or_else(|| QueryError::Epochs {
            benchmark: benchmark.into(),
            valid: epochs.to_vec(),
            found,
            advice: None,
        })
    }
}

impl RepeatSelection {
    /// Returns the range of indices of the training runs that a query uses for an architecture with
    /// `count` runs. The query returns the mean over these runs. `hash` is the canonical hash of
    /// the architecture.
    ///
    /// ```
    /// use ganas_bench::RepeatSelection;
    /// use ganas_graph::ArchHash;
    /// let hash = ArchHash::of(b"any");
    /// assert_eq!(RepeatSelection::Mean.of(hash, 3), 0..3);
    /// assert_eq!(RepeatSelection::Repeat(2).of(hash, 3), 2..3);
    /// let drawn = RepeatSelection::Random { seed: 5 }.of(hash, 3);
    /// assert!(drawn.len() == 1 && drawn.end <= 3);
    /// assert_eq!(RepeatSelection::Random { seed: 5 }.of(hash, 3), drawn);
    /// ```
    pub fn of(self, hash: ArchHash, count: usize) -> Range<usize> {
        match self {
            Self::Mean => 0..count,
            Self::Repeat(repeat) => repeat.min(count)..repeat.saturating_add(1).min(count),
            Self::Random { .. } if count == 0 => 0..0,
            Self::Random { seed } => {
                let repeat = keyed_rng(seed, hash, *b"repeat  ").random_range(0..count);
                repeat..repeat + 1
            }
        }
    }
}

/// Returns the random number generator that belongs to a seed, an architecture and a purpose.
pub(crate) fn keyed_rng(seed: u64, hash: ArchHash, purpose: [u8; 8]) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..24].copy_from_slice(hash.as_bytes());
    key[24..].copy_from_slice(&purpose);
    ChaCha8Rng::from_seed(key)
}

impl fmt::Display for QuerySettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reading.fmt(formatter)?;
        self.epochs.map_or(Ok(()), |epochs| write!(formatter, ",epochs={epochs}"))
    }
}

impl fmt::Display for RepeatSelection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mean => formatter.write_str("mean"),
            Self::Repeat(repeat) => write!(formatter, "repeat={repeat}"),
            Self::Random { seed } => write!(formatter, "random={seed}"),
        }
    }
}

impl FromStr for QuerySettings {
    type Err = QueryError;

    fn from_str(text: &str) -> Result<Self, QueryError> {
        let (mut epochs, mut reading) = (None, None);
        for part in text.split(',').map(str::trim).filter(|_| !text.trim().is_empty()) {
            let wrong = || QueryError::Form { found: part.into() };
            let earlier = match part.split_once('=') {
                Some(("epochs", number)) => {
                    epochs.replace(number.parse().map_err(|_| wrong())?).is_some()
                }
                _ => reading.replace(part.parse()?).is_some(),
            };
            if earlier {
                return Err(wrong());
            }
        }
        Ok(Self { epochs, reading: reading.unwrap_or_default() })
    }
}

impl FromStr for RepeatSelection {
    type Err = QueryError;

    /// Reads `mean`, `repeat=NUMBER`, `random` (with seed 0) or `random=SEED`.
    fn from_str(text: &str) -> Result<Self, QueryError> {
        let reading = match (text, text.split_once('=')) {
            ("mean", _) => Some(Self::Mean),
            ("random", _) => Some(Self::Random { seed: 0 }),
            (_, Some(("repeat", number))) => number.parse().ok().map(Self::Repeat),
            (_, Some(("random", seed))) => seed.parse().ok().map(|seed| Self::Random { seed }),
            _ => None,
        };
        reading.ok_or_else(|| QueryError::Form { found: text.into() })
    }
}

fn any_of(numbers: &[u32]) -> String {
    if numbers.is_empty() {
        return "no number of".into();
    }
    let mut text = String::new();
    for (place, number) in numbers.iter().enumerate() {
        text += match place {
            0 => "",
            _ if place + 1 == numbers.len() => " or ",
            _ => ", ",
        };
        text += &number.to_string();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips() {
        for text in ["mean", "repeat=2", "random=0", "mean,epochs=4", "random=9,epochs=108"] {
            assert_eq!(text.parse::<QuerySettings>().unwrap().to_string(), text);
        }
        assert_eq!("random".parse(), Ok(RepeatSelection::Random { seed: 0 }));
        assert_eq!("epochs=4, mean".parse(), "mean,epochs=4".parse::<QuerySettings>());
    }

    #[test]
    fn wrong_text_names_the_part() {
        for (text, part) in [
            ("median", "median"),
            ("mean,", ""),
            ("mean,mean", "mean"),
            ("epochs=4,epochs=4", "epochs=4"),
            ("mean,epochs=-1", "epochs=-1"),
            ("random=x", "random=x"),
        ] {
            let error = text.parse::<QuerySettings>().unwrap_err();
            assert_eq!(error, QueryError::Form { found: part.into() }, "{text}");
        }
    }

    #[test]
    fn random_draws_are_even_and_keyed_by_seed_and_architecture() {
        let hash = |number: u32| ArchHash::of(&number.to_le_bytes());
        let mut counts = [0_u32; 3];
        for number in 0..3_000 {
            counts[RepeatSelection::Random { seed: 1 }.of(hash(number), 3).start] += 1;
        }
        assert!(counts.iter().all(|count| (900..1_100).contains(count)), "{counts:?}");
        let draws = |seed| {
            (0..50).map(|n| RepeatSelection::Random { seed }.of(hash(n), 3)).collect::<Vec<_>>()
        };
        assert_eq!(draws(1), draws(1));
        assert_ne!(draws(1), draws(2));
    }
}
