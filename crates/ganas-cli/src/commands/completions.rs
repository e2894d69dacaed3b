//! `ganas completions`: what a shell needs to complete commands and options.

use clap::{Args, Command};
use clap_complete::Shell;

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

/// Runs `ganas completions`; `all` is the command itself.
pub(crate) fn run(args: &CompletionsArgs, mut all: Command) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut all, "ganas", &mut script);
    output::write(&String::from_utf8_lossy(&script))
}
