//! Settings for jobs that run on Ray.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::is_word;
use crate::error::ExecError;

/// The address of the Ray cluster and the resources of each job. In a study file, these settings
/// are in `[evaluator.ray]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RaySettings {
    /// The address of Ray's dashboard, such as `http://127.0.0.1:8265`.
    pub address: String,
    /// Number of CPUs per job. If jobs request no resources at all, Ray runs them all at once.
    #[serde(default = "one")]
    pub num_cpus: f64,
    /// Number of GPUs per job.
    #[serde(default)]
    pub num_gpus: f64,
    /// Memory per job, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<u64>,
    /// Amounts of custom resources per job. The keys are the names of resources that the cluster
    /// defines.
    #[serde(default)]
    pub resources: BTreeMap<String, f64>,
    /// Seconds between two polls of the jobs' states. The polls do not delay the results of
    /// commands: ganas learns from the attempt's record that a command has ended.
    #[serde(default = "ten")]
    pub poll_seconds: f64,
}

impl RaySettings {
    /// Checks that every setting is valid.
    pub(super) fn check(&self) -> Result<(), ExecError> {
        let wrong = |setting, expected, found: &dyn std::fmt::Debug| {
            Err(ExecError::Setting { setting, expected, found: format!("{found:?}") })
        };
        if !self.address.starts_with("http://") || !is_word(&self.address) {
            let expected = "an address such as \"http://127.0.0.1:8265\" (https is not supported)";
            return wrong("ray.address", expected, &self.address);
        }
        let is_amount = |amount: &f64| amount.is_finite() && *amount >= 0.0;
        for (setting, amount) in [("ray.num_cpus", self.num_cpus), ("ray.num_gpus", self.num_gpus)]
        {
            if !is_amount(&amount) {
                return wrong(setting, "at least 0", &amount);
            }
        }
        if let Some(amount) = self.resources.values().find(|amount| !is_amount(amount)) {
            return wrong("ray.resources", "at least 0", amount);
        }
        if !(0.05..=3600.0).contains(&self.poll_seconds) {
            return wrong("ray.poll_seconds", "0.05 to 3600 seconds", &self.poll_seconds);
        }
        Ok(())
    }

    /// Returns the time between two polls of the jobs.
    pub(crate) fn poll(&self) -> Duration {
        Duration::try_from_secs_f64(self.poll_seconds).unwrap_or(Duration::from_secs(10))
    }
}

const fn one() -> f64 {
    1.0
}

const fn ten() -> f64 {
    10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(), String> {
        let settings: RaySettings =
            serde_json::from_str(text).map_err(|error| error.to_string())?;
        settings.check().map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        read(r#"{"address": "http://127.0.0.1:8265"}"#).unwrap();
        let error = |text| read(text).unwrap_err();
        assert!(error("{}").contains("missing field `address`"));
        assert!(error(r#"{"address": "https://ray"}"#).contains("ray.address"));
        assert!(error(r#"{"address": "http://ray", "num_cpus": -1}"#).contains("ray.num_cpus"));
        assert!(error(r#"{"address": "http://ray", "poll_seconds": 0}"#).contains("poll_seconds"));
        assert!(error(r#"{"address": "http://ray", "cpus": 1}"#).contains("unknown field `cpus`"));
    }

    #[test]
    fn polls_are_as_far_apart_as_set() {
        let settings = |text| serde_json::from_str::<RaySettings>(text).unwrap();
        let address = r#"{"address": "http://ray"}"#;
        assert_eq!(settings(address).poll(), Duration::from_secs(10));
        let often = r#"{"address": "http://ray", "poll_seconds": 0.25}"#;
        assert_eq!(settings(often).poll(), Duration::from_millis(250));
    }
}
