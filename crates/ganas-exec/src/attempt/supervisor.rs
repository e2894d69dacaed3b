//! The parent of a command, which writes down how it ended whoever else is still there.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

/// Runs its arguments and writes their exit status to its stdin, which is the attempt's record. A
/// signal that asks the group to end is the command's to answer; that it came is written too. What
/// the shell itself has to say of a killed command is not the command's.
const SCRIPT: &str = r#"
asked=
trap 'asked=" asked"' HUP INT QUIT TERM
exec 3>&2 2>/dev/null
"$@" 2>&3 3>&-
status=$?
echo "ended $status $status$asked" >&0
exit $status
"#;

/// The program in its supervisor, or by itself where there is no `sh`; arguments may be added.
///
/// The supervisor has the command's streams, directory and environment, and ends with its exit status.
pub(crate) fn supervised<'a>(
    program: &Path,
    mut variables: impl Iterator<Item = &'a OsStr>,
) -> Command {
    if cfg!(not(unix)) {
        return Command::new(program);
    }
    // A plain `sh` may keep from the command what it cannot name, such as a function of bash.
    let shell = if variables.all(is_name) { "/bin/sh" } else { "bash" };
    let mut command = Command::new(shell);
    command.args(["-c", SCRIPT, "ganas-supervisor"]).arg(program);
    command
}

/// Can a shell have a variable of that name?
fn is_name(name: &OsStr) -> bool {
    let bytes = name.as_encoded_bytes();
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    bytes.iter().all(is_part) && !bytes.first().is_none_or(u8::is_ascii_digit)
}
