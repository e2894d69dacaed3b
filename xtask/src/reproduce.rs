use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

use crate::process::{Ganas, output, root};
use crate::{regress, results};

/// Run a whole experiment and write its table
///
/// Each data set's result is kept under target/reproduce, so that what was interrupted goes on where
/// it was: a kept result is used as long as the command and the program are the same.
#[derive(Debug, Args)]
pub(crate) struct ReproduceArgs {
    /// The experiment
    experiment: Experiment,
    /// Number of seeds
    #[arg(long, value_name = "N", default_value = "20")]
    seeds: NonZeroUsize,
    /// Two seeds, and the table goes to target/reproduce only
    #[arg(long, conflicts_with = "seeds")]
    quick: bool,
}

/// An experiment by its name on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Experiment {
    /// Every strategy on the three data sets of NAS-Bench-201
    Nasbench201,
    /// GA-NAS with one of its settings changed at a time
    Nasbench201Settings,
    /// Every strategy, and GA-NAS's rivals, on NAS-Bench-101's stand-in, which must have been imported
    Nasbench101Surrogate,
    /// Every strategy, and GA-NAS's rivals, on NAS-Bench-301's stand-in, which must have been imported
    Nasbench301Standin,
    /// GA-NAS and baselines on NAS-Bench-Macro, which must have been imported
    NasbenchMacro,
    /// GA-NAS and baselines on Accel-NASBench's models, which must have been imported
    AccelNasbench,
    /// The same with no more parameters and multiply–adds than EfficientNet-B0
    AccelNasbenchLimited,
    /// GA-NAS and baselines on once-for-all's accuracy predictor, which must have been imported
    OfaMbv3,
}

/// What an experiment compares.
#[derive(Debug)]
struct Plan {
    name: &'static str,
    space: &'static str,
    datasets: &'static [&'static str],
    strategies: &'static str,
    budgets: &'static str,
    /// The one of the budgets at which the summary compares.
    summary_budget: u64,
    /// Arguments that limit costs.
    limits: &'static str,
    /// Does the README show the summary?
    in_readme: bool,
}

impl Experiment {
    fn plan(self) -> Plan {
        match self {
            Self::Nasbench201 => Plan {
                name: "nasbench201",
                space: "nasbench201",
                datasets: &["cifar10", "cifar100", "imagenet16-120"],
                strategies: "ganas,ganas-paper,random,evolution,local-search,reinforce",
                budgets: "50,100,150,300,444",
                summary_budget: 150,
                limits: "",
                in_readme: true,
            },
            Self::Nasbench201Settings => Plan {
                name: "nasbench201-settings",
                space: "nasbench201",
                // The hardest of the three: on the others nearly every setting finds the optimum.
                datasets: &["imagenet16-120"],
                strategies: SETTINGS,
                budgets: "50,100,150",
                summary_budget: 150,
                limits: "",
                in_readme: false,
            },
            Self::Nasbench101Surrogate => Plan {
                name: "nasbench101-surrogate",
                space: "nasbench101-surrogate",
                datasets: &["cifar10"],
                strategies: NASBENCH101_STRATEGIES,
                budgets: "50,100,150",
                summary_budget: 150,
                limits: "",
                in_readme: false,
            },
            Self::Nasbench301Standin => Plan {
                name: "nasbench301-standin",
                space: "nasbench301-standin",
                datasets: &["cifar10"],
                strategies: NASBENCH301_STRATEGIES,
                budgets: "50,100,150,300",
                summary_budget: 150,
                limits: "",
                in_readme: false,
            },
            Self::NasbenchMacro => {
                Plan::of_chains("nasbench-macro", "nasbench-macro", &["cifar10"])
            }
            Self::AccelNasbench => {
                Plan::of_chains("accel-nasbench", "accel-nasbench", &["imagenet"])
            }
            Self::AccelNasbenchLimited => Plan {
                limits: " --max params=@efficientnet-b0 --max macs=@efficientnet-b0",
                ..Plan::of_chains("accel-nasbench-limited", "accel-nasbench", &["imagenet"])
            },
            Self::OfaMbv3 => Plan::of_chains("ofa-mbv3", "ofa-mbv3", &["imagenet"]),
        }
    }
}

/// GA-NAS, with mutations only, evolution on the discriminator's score in place of the generator, the
/// paper's edge head, the 1-2-GNN for each of the two models, and the baselines.
const NASBENCH101_STRATEGIES: &str = "ganas,\
    ganas:candidates.generator_samples=0:generator.ppo.updates=0,\
    ganas:candidates.generator_samples=0:generator.ppo.updates=0:candidates.mutations_per_parent=0:candidates.evolution_generations=10,\
    ganas:generator.edge_head=gru,\
    ganas:generator.encoder.k=2,\
    ganas:discriminator.encoder.k=2,\
    random,evolution,local-search,reinforce";

/// GA-NAS, with mutations only, evolution on the discriminator's score in place of the generator, and
/// the baselines.
const NASBENCH301_STRATEGIES: &str = "ganas,\
    ganas:candidates.generator_samples=0:generator.ppo.updates=0,\
    ganas:candidates.generator_samples=0:generator.ppo.updates=0:candidates.mutations_per_parent=0:candidates.evolution_generations=10,\
    random,evolution,local-search,reinforce";

/// The default, then each setting that was measured: the sources of candidates and their shares of a
/// round, the reward, its novelty, the number of discriminators, the size of rounds.
const SETTINGS: &str = "ganas,\
    ganas:candidates.mutations_per_parent=0,\
    ganas:candidates.generator_samples=0:generator.ppo.updates=0,\
    ganas:candidates.evolution_generations=5,\
    ganas:candidates.evolution_generations=5:candidates.generator_samples=0:generator.ppo.updates=0,\
    ganas:candidates.generator_share=0.4,\
    ganas:candidates.generator_share=0.4:candidates.mutation_share=0.4,\
    ganas:generator.novelty=free,\
    ganas:generator.novelty=study,\
    ganas:generator.reward=logit,\
    ganas:discriminator.count=3,\
    ganas:discriminator.adversarial_weight=1,\
    ganas:initial=30:per_round=10:inner_iterations=3";

/// Runs `cargo xtask reproduce`.
pub(crate) fn run(args: &ReproduceArgs) -> Result<()> {
    let plan = args.experiment.plan();
    let seeds = if args.quick { 2 } else { args.seeds.get() };
    let scratch = root().join("target/reproduce");
    let commit = commit()?;
    let ganas = Ganas::build(&root(), &root().join("target"))?;
    let program = fingerprint(&ganas.bytes()?);
    let mut datasets = Map::new();
    for &dataset in plan.datasets {
        let command = plan.command(dataset, seeds);
        let key = json!({ "command": format!("ganas {command}"), "program": program });
        let kept = scratch.join(format!("{}-{dataset}.json", plan.name));
        let result = match read_kept(&kept, &key) {
            Some(result) => result,
            None => measure(&ganas, &command, &kept, &key)?,
        };
        datasets.insert(dataset.into(), result);
    }
    let record = json!({
        "experiment": plan.name,
        "commit": commit,
        "seeds": seeds,
        "summary_budget": plan.summary_budget,
        "datasets": datasets,
    });
    let folder = if args.quick { scratch } else { root().join("benchmarks-data").join("results") };
    write_results(&folder, plan.name, &record)?;
    if args.quick || !plan.in_readme { Ok(()) } else { results::update_readme(&record) }
}

impl Plan {
    /// In a space of chains, at the budgets at which others were measured, too.
    fn of_chains(
        name: &'static str,
        space: &'static str,
        datasets: &'static [&'static str],
    ) -> Self {
        Self {
            name,
            space,
            datasets,
            strategies: "ganas,random,evolution,local-search",
            budgets: "100,192,200,300,400",
            summary_budget: 200,
            limits: "",
            in_readme: false,
        }
    }

    fn command(&self, dataset: &str, seeds: usize) -> String {
        let Self { space, strategies, budgets, limits, .. } = self;
        format!(
            "compare {space} --dataset {dataset} --strategies {strategies} --seeds {seeds} --budgets {budgets}{limits}"
        )
    }
}

fn measure(ganas: &Ganas, command: &str, kept: &Path, key: &Value) -> Result<Value> {
    println!("ganas {command}");
    let started = Instant::now();
    let comparison = ganas.json(command)?;
    println!("{:.0} s", started.elapsed().as_secs_f64());
    let result = json!({ "command": format!("ganas {command}"), "comparison": comparison });
    regress::write(kept, &json!({ "key": key, "result": result }))?;
    Ok(result)
}

/// The kept result of the same command and program; whatever else the file holds is not used.
fn read_kept(path: &Path, key: &Value) -> Option<Value> {
    let kept: Value = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    (kept["key"] == *key).then(|| kept["result"].clone())
}

fn fingerprint(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// The commit that is about to be built, marked where files differ from it other than those that
/// experiments write.
fn commit() -> Result<String> {
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.args(arguments).current_dir(root());
        output(git)
    };
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    let sources = [".", ":!README.md", ":!benchmarks-data/results"];
    let changed = git(&[&["status", "--porcelain", "--"], &sources[..]].concat())?;
    let mark = if changed.is_empty() { "" } else { "-dirty" };
    Ok(format!("{}{mark}", commit.trim()))
}

fn write_results(folder: &Path, name: &str, record: &Value) -> Result<()> {
    regress::write(&folder.join(format!("{name}.json")), record)?;
    let path = folder.join(format!("{name}.md"));
    fs::write(&path, results::markdown(record)?)
        .with_context(|| format!("writing {}", path.display()))?;
    println!("wrote {}", path.display());
    Ok(())
}
