//! The `ganas` command: a command-line front end to the library.
//!
//! Results go to stdout; progress and errors go to stderr. The exit code is 0 if the work was done,
//! 1 if it failed, 2 if the command was used incorrectly and 130 if it was interrupted.

mod commands;
mod dashboard;
mod logging;
mod output;
mod serve;
mod signals;

use std::process::ExitCode;

use clap::{Command, CommandFactory as _, FromArgMatches as _, Parser};

/// Neural architecture search with few evaluations.
///
/// Set `GANAS_LOG=debug` in the environment to log each step of an evaluation on stderr.
#[derive(Debug, Parser)]
#[command(name = "ganas", version, arg_required_else_help = true, max_term_width = 80)]
struct Cli {
    #[command(subcommand)]
    command: commands::Command,
}

fn main() -> ExitCode {
    logging::start();
    let found = with_negative_numbers(Cli::command()).get_matches();
    let cli = Cli::from_arg_matches(&found).unwrap_or_else(|error| error.exit());
    output::exit_code(cli.command.run())
}

/// Makes options read `-1` as a number, so that an option for which it is too small reports that.
fn with_negative_numbers(command: Command) -> Command {
    let option = |arg: clap::Arg| {
        let has_value = !arg.is_positional() && arg.get_action().takes_values();
        if has_value { arg.allow_negative_numbers(true) } else { arg }
    };
    command.mut_args(option).mut_subcommands(with_negative_numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Width of all help pages, in columns.
    const WIDTH: usize = 80;

    /// Adds to `broken` the lines of help that were broken by hand but that clap would wrap again.
    fn collect_broken(command: &Command, broken: &mut Vec<String>) {
        let texts = command.get_long_about().into_iter().chain(command.get_after_long_help());
        for text in texts.map(ToString::to_string) {
            let paragraphs = text.split("\n\n").map(|paragraph| paragraph.lines());
            let by_hand = paragraphs.filter(|lines| {
                // One statement per line is wrapped as it should be.
                lines.clone().count() > 1 && !lines.clone().all(|line| line.ends_with('.'))
            });
            let wide = by_hand.flatten().filter(|line| line.chars().count() > WIDTH);
            broken.extend(wide.map(|line| format!("{}: {line}", command.get_name())));
        }
        command.get_subcommands().for_each(|command| collect_broken(command, broken));
    }

    #[test]
    fn lines_of_help_that_are_broken_by_hand_fit() {
        let mut broken = Vec::new();
        collect_broken(&Cli::command(), &mut broken);
        assert!(broken.is_empty(), "{}", broken.join("\n"));
        let wide = Command::new("wide").after_long_help(format!("two:\n{}", "x".repeat(WIDTH + 1)));
        collect_broken(&Command::new("all").subcommand(wide), &mut broken);
        assert_eq!(broken.len(), 1);
    }
}
