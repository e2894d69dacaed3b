//! `ganas completions`: what a shell needs to complete commands and options.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::Cli;
use crate::output::{self, Outcome};

/// Print a script that completes commands and options in a shell
///
/// For bash, put `source <(ganas completions bash)` in `~/.bashrc`; for zsh, the same in `~/.zshrc`; for
/// fish, write it to `~/.config/fish/completions/ganas.fish`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Runs `ganas completions`.
pub(crate) fn run(args: &CompletionsArgs) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "ganas", &mut script);
    output::write(&String::from_utf8_lossy(&script))
}
