//! `ganas strategies`: lists the strategies.

use clap::Args;
use serde_json::json;

use crate::output::{self, Outcome, Table};

/// List the strategies available to `search`, `compare`, `improve` and `serve`
#[derive(Debug, Args)]
pub(crate) struct StrategiesArgs {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs `ganas strategies`.
pub(crate) fn run(args: &StrategiesArgs) -> Outcome {
    let all = ganas::strategies().iter();
    let records = all.clone().map(|entry| {
        json!({
            "name": entry.name,
            "description": entry.description,
            "has_settings": entry.has_settings,
        })
    });
    let result = json!({ "strategies": records.collect::<Vec<_>>() });
    output::write_either(args.json, &result, || {
        let mut table = Table::new(&["strategy"]);
        for entry in all {
            table.push(vec![format!("{:16}  {}", entry.name, entry.description)]);
        }
        format!(
            "{table}\nSettings can follow the name of gaussian-process, of bananas or of any GA-NAS strategy, as in ganas:truth_size=20.\n"
        )
    })
}
