//! `cargo xtask ablate`: compares variants of a strategy × spaces × seeds, seed by seed.

mod experiment;
mod found;
mod report;

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use self::experiment::Experiment;
use self::found::{Found, Kept, Writer};
use self::report::SpaceResults;
use crate::parallel::{in_parallel, processors};
use crate::process::{Ganas, commit, root};

/// Compare variants of a strategy over spaces and seeds
///
/// A TOML file describes the comparison; benchmarks-data/ablate has examples. Each search is a
/// separate process whose result is kept, so that an interrupted run resumes: a kept result is used
/// as long as the command and the program are the same. The program is kept beside the results, as
/// NAME.ganas-ID, until they are complete. The report goes to standard output.
#[derive(Debug, Args)]
pub(crate) struct AblateArgs {
    /// The experiment
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Number of concurrent searches [default: one less than the number of processors]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Build of `ganas` to run instead of the working tree's
    #[arg(long, value_name = "PATH")]
    binary: Option<PathBuf>,
    /// Commit of this build, for the report
    #[arg(long, value_name = "ID", requires = "binary")]
    commit: Option<String>,
    /// Only the reference and variants whose names contain this; may be repeated
    #[arg(long, value_name = "SUBSTRING")]
    only: Vec<String>,
    /// File that keeps the results [default: target/ablate/NAME.jsonl]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Report on the kept results without further searches
    #[arg(long)]
    kept: bool,
    /// Also write the report to benchmarks-data/results/ablate/NAME.md
    #[arg(long, conflicts_with_all = ["only", "kept"])]
    write: bool,
}

/// A build of `ganas`.
#[derive(Debug)]
struct Build {
    ganas: Ganas,
    commit: String,
}

/// A command that has yet to be run.
#[derive(Debug)]
struct Search {
    key: String,
    command: String,
}

/// Runs `cargo xtask ablate`.
///
/// # Errors
/// If the file does not describe an experiment, or a search fails; earlier results are kept.
pub(crate) fn run(args: &AblateArgs) -> Result<()> {
    let mut experiment = Experiment::read(&args.file)?;
    experiment.keep_only(&args.only)?;
    let name = args.file.file_stem().context("expected a file with a name")?.to_string_lossy();
    let scratch = root().join("target/ablate");
    let path = args.out.clone().unwrap_or_else(|| scratch.join(format!("{name}.jsonl")));
    let build = Build::new(args)?;
    let program = build.ganas.checksum()?;
    let kept = if args.kept {
        Kept::read(&path)?
    } else {
        let jobs = args.jobs.map_or(processors().saturating_sub(1).max(1), NonZeroUsize::get);
        run_searches(&experiment, &build.ganas, &program, jobs, &path)?
    };
    let head = format!(
        "# {name}\n\n{}\n\n`cargo xtask ablate {}`, seeds {} to {}, commit `{}`, SHA-256 of the program `{}`.\n\n{}",
        experiment.about,
        shown(&args.file),
        experiment.seeds.first,
        experiment.seeds.all().end - 1,
        build.commit,
        &program[..16],
        report::EXPLANATION,
    );
    let text = head + &experiment.report(&program, &kept)?;
    print!("{text}");
    if args.write { write(&name, &text) } else { Ok(()) }
}

impl Build {
    fn new(args: &AblateArgs) -> Result<Self> {
        if let Some(path) = &args.binary {
            let commit = args.commit.clone().unwrap_or("unknown".into());
            return Ok(Self { ganas: Ganas::at(path), commit });
        }
        let commit = commit()?;
        let ganas = Ganas::build(&root(), &root().join("target"))?;
        Ok(Self { ganas, commit })
    }
}

/// Runs the searches whose results are not kept, and returns all results.
///
/// They run a copy of the program beside the results, so that a concurrent build changes nothing.
/// An interrupted run leaves the copy in place, so that it can resume after the working tree has
/// changed.
fn run_searches(
    experiment: &Experiment,
    ganas: &Ganas,
    program: &str,
    jobs: usize,
    path: &Path,
) -> Result<Kept> {
    let writer = Writer::open(path)?;
    let mut kept = Kept::read(path)?;
    let open = experiment.open_searches(program, &kept);
    if !open.is_empty() {
        let copy = ganas.copy_to(&path.with_extension(format!("ganas-{}", &program[..16])))?;
        ensure!(copy.checksum()? == program, "the program was rebuilt during the run");
        kept.extend(search(&copy, &open, jobs, &writer)?);
        copy.remove()?;
    }
    Ok(kept)
}

impl Experiment {
    /// Returns the searches whose results are not kept: all variants and spaces with the first seed
    /// come first.
    fn open_searches(&self, program: &str, kept: &Kept) -> Vec<Search> {
        let mut open: Vec<Search> = Vec::new();
        for seed in self.seeds.all() {
            let seed = seed.to_string();
            for space in &self.spaces {
                let commands = self.variants.iter().map(|it| space.command(&it.strategy, &seed));
                let searches =
                    commands.map(|command| Search { key: found::key(&command, program), command });
                open.extend(searches.filter(|search| kept.get(&search.key).is_none()));
            }
        }
        open
    }

    fn report(&self, program: &str, kept: &Kept) -> Result<String> {
        let mut text = String::new();
        for space in &self.spaces {
            let seeds = |strategy: &str| {
                let found = |seed: u64| {
                    kept.get(&found::key(&space.command(strategy, &seed.to_string()), program))
                };
                self.seeds.all().map(found).collect()
            };
            let found = self.variants.iter().map(|variant| seeds(&variant.strategy)).collect();
            text += &SpaceResults { space, variants: &self.variants, found }.markdown()?;
        }
        Ok(text)
    }
}

/// Runs searches and keeps their results. After a failure no other search is begun.
fn search(ganas: &Ganas, open: &[Search], jobs: usize, writer: &Writer) -> Result<Vec<Found>> {
    let (failed, ended) = (AtomicBool::new(false), AtomicUsize::new(0));
    let one = |search: &Search| -> Result<Found> {
        let Search { key, command } = search;
        let report = ganas.quiet_json(command)?;
        let found = Found::new(key.clone(), command, &report)
            .with_context(|| format!("unexpected JSON of ganas {command}"))?;
        writer.append(&found)?;
        let ended = ended.fetch_add(1, Ordering::Relaxed) + 1;
        say(&format!("{ended} of {}: ganas {command}: {:.1} s", open.len(), found.seconds));
        Ok(found)
    };
    let unless_failed = |search: &Search| {
        let found = (!failed.load(Ordering::Relaxed)).then(|| one(search));
        if matches!(found, Some(Err(_))) {
            failed.store(true, Ordering::Relaxed);
        }
        found
    };
    let all = in_parallel(open, jobs, unless_failed);
    let found: Vec<Found> = all.into_iter().flatten().collect::<Result<_>>()?;
    if found.len() < open.len() {
        bail!("{} searches were not started", open.len() - found.len());
    }
    Ok(found)
}

/// Formats a path as written in the repository.
fn shown(path: &Path) -> String {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let inside = whole.strip_prefix(root()).map(Path::to_owned);
    inside.unwrap_or_else(|_| path.file_name().unwrap_or_default().into()).display().to_string()
}

fn write(name: &str, text: &str) -> Result<()> {
    let path = root().join("benchmarks-data/results/ablate").join(format!("{name}.md"));
    fs::create_dir_all(path.parent().expect("a file's path has a folder"))
        .and_then(|()| fs::write(&path, text))
        .with_context(|| format!("writing {}", path.display()))?;
    say(&format!("wrote {}", path.display()));
    Ok(())
}

#[expect(clippy::print_stderr, reason = "standard output is the report's")]
fn say(line: &str) {
    eprintln!("{line}");
}
