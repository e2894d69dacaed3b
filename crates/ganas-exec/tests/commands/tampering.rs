//! Commands that tamper with files of the study.

use std::fs;

use ganas_search::TrialId;

use crate::fixture::*;

#[test]
fn what_is_no_plain_file_is_a_failure() {
    let found = |script| Fixture::new(script).reason();
    let linked = r#"echo '{"trial": 7, "objective": 1}' > "$3/a" && ln -s "$3/a" "$2""#;
    assert!(found(linked).contains("found a symbolic link"));
    assert!(found(r#"mkfifo "$2""#).contains("found something that is not a regular file"));
    assert!(found(r#"head -c 2000000 /dev/zero > "$2""#).contains("found a larger one"));
    let moved = r#"mv "$3" "$3.away" && ln -s "$3.away" "$3" &&
        echo '{"trial": 7, "objective": 1}' > "$2""#;
    assert!(found(moved).contains("resolves to"));
}

#[test]
fn a_command_that_removes_its_own_folder_has_failed() {
    for removed in [r#""$3""#, r#""$3/..""#, r#""$3/../..""#] {
        let script =
            format!(r#"case $3 in *-1) rm -r "$(realpath {removed})" ;; *) {ANSWER} ;; esac"#);
        let fixture = Fixture::new(&script);
        let reason = fixture.reason();
        assert!(reason.starts_with("the command removed files that it was given: "), "{reason}");
        let again = fixture.with(|s| s.retries = 1);
        assert!(again.value() > 0.0, "{removed}");
    }
}

#[test]
fn a_stream_that_a_stray_process_keeps_open_loses_nothing() {
    let script = r#"echo '{"trial": 7, "objective": 5}'; setsid sleep 20 & exit 0"#;
    let fixture = Fixture::new(script).with(|s| s.log_bytes = 0);
    assert_eq!(fixture.value().to_bits(), 5.0_f64.to_bits());
}

#[test]
fn a_trial_folder_that_leads_elsewhere_fails_that_trial() {
    let fixture = Fixture::new(ANSWER);
    let elsewhere = tempfile::tempdir().unwrap();
    fs::create_dir(fixture.file("trials")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), fixture.file("trials/000007")).unwrap();
    let reason = fixture.reason();
    assert!(reason.contains("but it resolves to"), "{reason}");
    assert!(fixture.try_trial(TrialId(8), 1).is_ok());
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[test]
fn what_a_command_puts_in_its_folder_harms_nothing() {
    // Where older versions kept their records, and in the places of logs.
    let script = format!(
        r#"cd "$3"; mkdir ending.json stdout.log.1; ln -s ../../../mine ending.half
        ln -sf ../../../mine group; echo 1 > "$3/request.json"; {ANSWER}"#
    );
    let fixture = Fixture::new(&script);
    fs::write(fixture.file("mine"), "mine").unwrap();
    assert!(fixture.value() > 0.0);
    assert!(fixture.value() > 0.0);
    assert_eq!(fs::read_to_string(fixture.file("mine")).unwrap(), "mine");
    assert!(!fixture.attempt(2).exists());
}

#[test]
fn logs_follow_no_links() {
    let script = format!(
        r#"i=0; rm "$3/stdout.log"; ln -s ../../../mine "$3/stdout.log"
        ln -s ../../../mine "$3/stdout.log.1"
        while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done; {ANSWER}"#
    );
    let fixture = Fixture::new(&script).with(|s| s.log_bytes = 1 << 12);
    fs::write(fixture.file("mine"), "mine").unwrap();
    fixture.run();
    assert_eq!(fs::read_to_string(fixture.file("mine")).unwrap(), "mine");
}

#[test]
fn a_changed_record_fails_its_trial_only() {
    for change in ["echo x", "echo ended 0 0", "rm", "mkdir"] {
        let script = format!(
            r#"record="$3/../../../attempts/000007/1"; case '{change}' in
            mkdir) rm "$record"; mkdir "$record" ;;
            rm) rm -r "$3/../../../attempts" ;;
            *) {change} >> "$record" ;; esac; {ANSWER}"#
        );
        let fixture = Fixture::new(&script);
        fixture.run();
        let again = fixture.try_run(1);
        assert!(again.is_ok(), "{change}: {again:?}");
        if change.starts_with("echo") {
            assert!(fixture.reason().contains("expected the original record in"), "{change}");
        }
        assert!(fixture.try_trial(TrialId(8), 1).is_ok(), "{change}");
    }
}

#[test]
fn a_command_that_kills_its_supervisor_has_failed_and_is_ended() {
    let fixture = Fixture::new(r#"echo $$ > "$3/child"; kill -9 $PPID; sleep 300"#);
    let reason = fixture.reason();
    assert!(reason.starts_with("the command's supervisor ended with signal 9"), "{reason}");
    assert!(ends(&wait_for(&fixture.attempt(1).join("child"))));
}
