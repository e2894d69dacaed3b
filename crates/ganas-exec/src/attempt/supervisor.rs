//! The supervisor is the parent process of a command. It records the command's exit status even if
//! the study is killed.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use super::files::utf8;
use super::folders::Attempt;
use crate::error::ExecError;
use crate::settings::is_shell_name;

/// The script of a supervisor on this machine. It runs its arguments as a command, and writes the
/// command's exit status to the attempt's record, which is open as stdin. If a signal asks the
/// process group to end, the script lets the command handle the signal, and records that the signal
/// arrived. The shell's own message about a killed command is kept out of the command's stderr.
const SCRIPT: &str = r#"
asked=
trap 'asked=" asked"' HUP INT QUIT TERM
exec 3>&2 2>/dev/null
"$@" 2>&3 3>&-
status=$?
echo "ended $status $status$asked" >&0
exit $status
"#;

/// Returns a command that runs the program under a supervisor or, on systems other than Unix,
/// without one. Further arguments of the program may be appended. `variables` are the names of the
/// program's environment variables.
///
/// The supervisor passes its streams, directory and environment on to the program, and exits with
/// the program's exit status.
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

/// The first part of the script of a supervisor in a job. Together with [`REMOTE_RUN`], it does the
/// same as [`SCRIPT`], except that it writes the exit status to the file `$record` and that the
/// command's stdin is empty.
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

/// Creates the attempt's marker, or exits if the marker exists, so that a job that is submitted
/// twice or restarted runs the command only once.
const MARK: &str = r#"if ! (set -C; uname -n > "$record.began") 2>/dev/null; then
    echo again >> "$record.again" || exit 1
    exit 0
fi
"#;

/// Returns the script that a job runs for an attempt. The script sets the command's words,
/// directory and additional environment variables itself, so that these do not depend on the job.
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

/// Returns a shell that passes all environment variables with these names on to a command.
pub(crate) fn shell<'a>(mut variables: impl Iterator<Item = &'a OsStr>) -> &'static str {
    // A plain `sh` may drop variables whose names it cannot represent, such as functions of bash.
    let is_name = |name: &OsStr| name.to_str().is_some_and(is_shell_name);
    if variables.all(is_name) { "/bin/sh" } else { "bash" }
}

/// Returns the text, quoted as a single word for a shell.
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
