//! Studies of the built `ganas` on a disk that becomes full: they end with an error that names the
//! cause, and once there is room they resume and produce the same history. Skipped where this process
//! may not mount a file system.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const STUDY: &str = r#"
space = "nasbench201"
strategy = "random"
budget = 40
seed = 3
max_failures = 1000
[evaluator]
command = ["sh", "answer.sh"]
"#;

/// Values that follow from the architecture alone.
const ANSWER: &str = r#"
trial=$(basename "$(dirname "$GANAS_TRIAL_DIR")" | sed 's/^0*\(.\)/\1/')
sum=$(grep -o '"arch": *"[^"]*"' "$GANAS_REQUEST" | cksum | cut -d' ' -f1)
echo "{\"trial\": $trial, \"objective\": $((sum % 1000))}" > "$GANAS_RESULT.new" &&
    mv "$GANAS_RESULT.new" "$GANAS_RESULT"
"#;

/// A file system of its own.
struct Mount(TempDir);

impl Mount {
    /// `None` if this process may not mount one.
    #[expect(clippy::print_stderr, reason = "it says what was skipped")]
    fn new(kibibytes: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={kibibytes}k");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path());
        let mounted = mount.output().is_ok_and(|output| output.status.success());
        if !mounted {
            eprintln!("skipped: mounting a tmpfs is not allowed here");
        }
        mounted.then_some(Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn grow(&self) {
        let mut mount = Command::new("mount");
        let grown = mount.args(["-o", "remount,size=64m"]).arg(self.path()).status();
        assert!(grown.unwrap().success());
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).output();
    }
}

fn ganas(folder: &Path, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ganas"));
    command.args(arguments.split_whitespace()).current_dir(folder);
    command.env("GANAS_DATA", folder.join("no-imports"));
    command.output().unwrap()
}

fn json(folder: &Path, arguments: &str) -> Value {
    let output = ganas(folder, arguments);
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn failure(folder: &Path, arguments: &str) -> String {
    let output = ganas(folder, arguments);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// Ends on the full disk, and goes on when there is room.
fn check(mount: &Mount, search: &str, undisturbed: &Value) {
    let said = failure(mount.path(), search);
    let full = ["the disk is full; free some space", "No space left on device"];
    assert!(full.iter().any(|text| said.contains(text)), "{said}");
    let before = json(mount.path(), "status study --json")["states"]["measured"].as_u64();
    assert!(before > Some(10), "{before:?}");
    mount.grow();
    let store = rusqlite::Connection::open(mount.path().join("study/study.db")).unwrap();
    let found: String = store.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(found, "ok");
    drop(store);
    let resumed = json(mount.path(), "resume study --json --history");
    assert_eq!(resumed["history"], undisturbed["history"]);
    assert_eq!(resumed["failed"], 0);
    let trials = json(mount.path(), "trials study --json");
    let attempts = |trial: &Value| trial["attempts"].as_u64().unwrap();
    let mut made = trials["trials"].as_array().unwrap().iter().map(attempts).filter(|it| *it != 1);
    assert!(made.next().is_none_or(|attempts| attempts == 2) && made.next().is_none());
}

#[test]
fn a_full_disk_loses_nothing_of_a_benchmark() {
    let Some(mount) = Mount::new(900) else { return };
    let search = "search --strategy evolution --budget 2000 --seed 4 --json --history";
    let free = tempfile::tempdir().unwrap();
    let undisturbed = json(free.path(), search);
    let in_folder = format!("{search} --dir study");
    check(&mount, &in_folder, &undisturbed);
}

#[test]
fn a_full_disk_loses_nothing_of_a_command() {
    let write = |folder: &Path| {
        fs::write(folder.join("study.toml"), STUDY).unwrap();
        fs::write(folder.join("answer.sh"), ANSWER).unwrap();
    };
    let search = "search study.toml --json --history";
    let free = tempfile::tempdir().unwrap();
    write(free.path());
    let undisturbed = json(free.path(), search);
    // The disk is full at another write each time.
    for kibibytes in (1160..1200).step_by(8) {
        let Some(mount) = Mount::new(kibibytes) else { return };
        write(mount.path());
        check(&mount, search, &undisturbed);
    }
}
