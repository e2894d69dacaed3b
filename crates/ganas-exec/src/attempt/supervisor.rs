//! The parent process of a command, which records its exit status even if nothing else survives.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use super::files::utf8;
use super::folders::Attempt;
use crate::error::ExecError;
use crate::settings::is_shell_name;

/// Runs its arguments and writes their exit status to its stdin, which is the attempt's record. A
/// signal to the group is left to the command to handle; that it arrived is recorded too. The
/// shell's own message about a killed command is kept out of the command's stderr.
const SCRIPT: &str = r#"
asked=
trap 'asked=" asked"' HUP INT QUIT TERM
exec 3>&2 2>/dev/null
"$@" 2>&3 3>&-
status=$?
echo "ended $status $status$asked" >&0
exit $status
"#;

/// Returns the program wrapped in its supervisor, or unwrapped where there is no `sh`. More
/// arguments may be appended.
///
/// The supervisor has the command's streams, directory and environment, and exits with the
/// command's status.
pub(crate) fn supervised<'a>(
    program: &Path,
    variables: impl Iterator<Item = &'a OsStr>,
) -> Command {
    if cfg!(not(unix)) {
        return Command::new(program);
    }
    let mut command = Command::new(shell(variables));
    command.args(["-c", SCRIPT, "ganas-supervisor"]).arg(program);
    command
}

/// Like [`SCRIPT`], but on another machine: runs its arguments and writes their exit status to the
/// file `$record`. Their stdin is empty, and their streams are those of the shell that runs this.
const REMOTE: &str = r#"
asked=
trap 'asked=" asked"' HUP INT QUIT TERM
end() {
    echo "ended $1 $1$asked" >> "$record"
    exit "$1"
}
"#;

const REMOTE_RUN: &str = r#"exec 3>&2 2>/dev/null
(exec "$@" 2>&3 3>&- </dev/null)
end $?
"#;

/// Creates the attempt's marker, or exits: a job submitted twice or restarted does nothing.
const MARK: &str = r#"if ! (set -C; uname -n > "$record.began") 2>/dev/null; then
    echo again >> "$record.again" || exit 1
    exit 0
fi
"#;

/// Returns the script of an attempt run by a job, independent of the job's folder and environment:
/// the command's words, its directory and its additional variables.
pub(crate) fn script<'a>(
    attempt: &Attempt,
    words: impl Iterator<Item = String>,
    directory: &Path,
    variables: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<String, ExecError> {
    let path = |path: &Path| utf8(path).map(quoted);
    let mut text = format!("record={}\n{MARK}", path(&attempt.record)?);
    let (stdout, stderr) = (path(&attempt.stdout())?, path(&attempt.stderr())?);
    let _ = writeln!(text, "exec >{stdout} 2>{stderr}{REMOTE}cd {} || end 126", path(directory)?);
    for (name, value) in variables {
        let _ = writeln!(text, "export {name}={}", quoted(value));
    }
    let words: Vec<_> = words.map(|word| quoted(&word)).collect();
    let _ = write!(text, "set -- {}\n{REMOTE_RUN}", words.join(" "));
    Ok(text)
}

/// Returns a shell that preserves all of the variables.
pub(crate) fn shell<'a>(mut variables: impl Iterator<Item = &'a OsStr>) -> &'static str {
    // A plain `sh` may drop variables whose names it cannot represent, such as functions of bash.
    let is_name = |name: &OsStr| name.to_str().is_some_and(is_shell_name);
    if variables.all(is_name) { "/bin/sh" } else { "bash" }
}

/// Quotes a string as one word of a shell.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_is_one_word_of_a_shell() {
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's $x"), r"'it'\''s $x'");
    }
}
