//! Names of jobs. A name links an attempt to the job that a scheduler such as Slurm runs for it.

use std::fmt::{Display, Formatter};
use std::str::FromStr;

/// The name of a job in which an engine runs an attempt. Each job is one task of a batch, and a
/// batch is submitted as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct JobName {
    /// The engine that runs the job.
    pub(crate) engine: EngineName,
    /// The number of the batch in the study, from 0.
    pub(crate) batch: u64,
    /// The number of the task in the batch, from 0.
    pub(crate) task: usize,
}

/// The name of an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum EngineName {
    Slurm,
    Ray,
}

impl Display for EngineName {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Slurm => "slurm",
            Self::Ray => "ray",
        })
    }
}

impl Display for JobName {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {} {}", self.engine, self.batch, self.task)
    }
}

impl FromStr for JobName {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut words = text.split(' ');
        let mut word = || words.next().ok_or(());
        let engine = match word()? {
            "slurm" => EngineName::Slurm,
            "ray" => EngineName::Ray,
            _ => return Err(()),
        };
        let batch = word()?.parse().map_err(drop)?;
        let task = word()?.parse().map_err(drop)?;
        if words.next().is_some() { Err(()) } else { Ok(Self { engine, batch, task }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        let job = JobName { engine: EngineName::Slurm, batch: 12, task: 3 };
        assert_eq!(job.to_string().parse(), Ok(job));
        for text in ["", "slurm", "slurm 1", "slurm 1 2 3", "slurm 1 x", "local 1 2"] {
            assert_eq!(text.parse::<JobName>(), Err(()), "{text}");
        }
    }
}
