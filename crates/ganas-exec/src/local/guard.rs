//! Terminates running commands if this process is killed and therefore cannot terminate them
//! itself.

use std::io::Write;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// The script of the guard. It reads from stdin which process groups to add and to drop. When stdin
/// closes because this process has ended, it kills all groups that were added and not dropped.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
groups=
while read -r what group; do
    case $what in
        add) groups="$groups $group" ;;
        drop)
            rest=
            for other in $groups; do
                [ "$other" = "$group" ] || rest="$rest $other"
            done
            groups=$rest
            ;;
    esac
done
for group in $groups; do
    kill -s KILL -- "-$group"
done
"#;

/// A process that briefly outlives this one, in order to end the commands that are still running.
///
/// The kernel could instead signal a child when its parent dies. But the child would have to
/// request this signal between fork and exec, which needs unsafe code in Rust, and the signal would
/// not reach the child's own children. Where there is no `sh`, commands continue to run when this
/// process is killed; a resumed study finds and ends them.
#[derive(Debug)]
pub(crate) struct Guard {
    process: Child,
    orders: Option<Mutex<ChildStdin>>,
}

impl Guard {
    /// Starts the guard. Returns `None` if that is not possible.
    #[cfg(unix)]
    pub(crate) fn start() -> Option<Self> {
        use std::os::unix::process::CommandExt;
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SCRIPT, "ganas-guard"]).env_clear().current_dir("/").process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = command.spawn().ok()?;
        let orders = process.stdin.take().map(Mutex::new);
        Some(Self { process, orders })
    }

    /// Returns `None`, because the system has no process groups.
    #[cfg(not(unix))]
    pub(crate) fn start() -> Option<Self> {
        None
    }

    /// Tells the guard to kill the process group when this process ends.
    pub(crate) fn add(&self, group: u32) {
        self.order("add", group);
    }

    /// Tells the guard that a process group has ended.
    pub(crate) fn drop(&self, group: u32) {
        self.order("drop", group);
    }

    fn order(&self, what: &str, group: u32) {
        if let Some(orders) = &self.orders {
            let mut orders = orders.lock().unwrap_or_else(PoisonError::into_inner);
            // If the guard was killed, commands run without it.
            let _ = orders.write_all(format!("{what} {group}\n").as_bytes());
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.orders = None;
        // It has nothing left to do and ends. If it was killed, nothing can be done.
        let _ = self.process.wait();
    }
}
