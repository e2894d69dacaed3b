//! Hostile commands: the study must end nevertheless, without a wrong value.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::files::read;

use super::lab::Lab;

const STUDY: &str = "space = \"nasbench201\"\nstrategy = \"random\"\nbudget = 4\nseed = 4\nworkers = 2\n\
    max_failures = 1000\n[evaluator]\ncommand = [\"sh\", \"command.sh\"]\ntimeout_seconds = 2\n\
    grace_seconds = 0.2\n";

/// The end of every command, unless it is ended before: the correct value is 6.
const ANSWER: &str = r#"
trial=$(basename "$(dirname "$GANAS_TRIAL_DIR")" | sed 's/^0*\(.\)/\1/')
echo "{\"trial\": $trial, \"objective\": 6}" > "$GANAS_RESULT"
"#;

/// `$study` is the study's folder, `$mine` a file of the user's, `$dir` the attempt's folder.
const HOSTILE: [&str; 27] = [
    r#"mkdir "$dir/ending.json" "$dir/group" "$dir/alive.lock" "$dir/stdout.log.1""#,
    r#"ln -sf "$mine" "$dir/ending.half"; ln -sf "$mine" "$dir/request.half""#,
    r#"ln -sf "$mine" "$GANAS_RESULT"; exit"#,
    r#"mkfifo "$GANAS_RESULT"; exit"#,
    r#"head -c 3000000 /dev/zero > "$GANAS_RESULT"; exit"#,
    r#"echo "{\"trial\": $trial, \"objective\": NaN}" > "$GANAS_RESULT"; exit"#,
    r#"echo "{\"trial\": $trial, \"objective\": 7}" > "$GANAS_RESULT"; exit 1"#,
    r#"echo "{\"trial\": $trial, \"objective\": 7}" > "$GANAS_RESULT"; kill -9 $$"#,
    r#"echo "{\"trial\": $trial, \"objective\": 7}" > "$GANAS_RESULT"; kill -9 $PPID"#,
    r#"echo "{\"trial\": $trial, \"objective\": 7}" > "$GANAS_RESULT"; kill -TERM 0; sleep 60"#,
    r#"echo "{\"trial\": $((trial + 1)), \"objective\": 7}" > "$GANAS_RESULT"; exit"#,
    r#"echo "[$trial, 7]" > "$GANAS_RESULT"; exit"#,
    r#"echo "{\"trial\": $trial, \"objective\": 7, \"train_seconds\": -5}" > "$GANAS_RESULT"; exit"#,
    r#"trap "" TERM; (trap "" TERM; sleep 60) & sleep 60"#,
    r#"chmod 0 "$dir""#,
    r#"rm -r "$dir"; exit"#,
    r#"rm -r "$study/trials"; exit"#,
    r#"rm -r "$study/attempts""#,
    r#"rm -r "$study/attempts"; ln -s "$(dirname "$mine")" "$study/attempts""#,
    r#"echo garbage >> "$study/attempts/$(basename "$(dirname "$dir")")/1""#,
    r#"echo "ended 0 0" >> "$study/attempts/$(basename "$(dirname "$dir")")/1"; exit 1"#,
    r#"echo "ended 0 0" >&0"#,
    r#"for next in 000001 000002 000003; do ln -s "$(dirname "$mine")" "$study/trials/$next"; done"#,
    r"head -c 20000000 /dev/zero; head -c 3000000 /dev/urandom >&2",
    r#"printf '\033]0;owned\007\n{"\033' >&2; exit 3"#,
    r#"setsid sh -c "sleep 5; echo late" & true"#,
    r#"ln -sf "$mine" "$study/study.lock""#,
];

/// Number of cases in a round.
pub(super) const CASES: u64 = HOSTILE.len() as u64;

/// Time limit of such a study: commands are ended after two seconds.
const LIMIT: Duration = Duration::from_mins(1);

/// Runs a study with the hostile command of this number.
pub(super) fn check(lab: &Lab, case: u64) -> Result<()> {
    let hostile = HOSTILE[usize::try_from(case % CASES)?];
    let script = format!(
        "dir=$GANAS_TRIAL_DIR; study=$dir/../../..; mine=$study/../mine\n\
        trial=$(basename \"$(dirname \"$dir\")\" | sed 's/^0*\\(.\\)/\\1/')\n{hostile}\n{ANSWER}"
    );
    let place = lab.place(&[("study.toml", STUDY), ("command.sh", &script), ("mine", "mine")])?;
    let started = Instant::now();
    let first = place.json_or_refusal(&["search", "study.toml", "--json"])?;
    let again = place.json_or_refusal(&["resume", "study", "--json"])?;
    ensure!(started.elapsed() < LIMIT, "{hostile}: took {:?}", started.elapsed());
    ensure!(read(&place.path("mine"))? == "mine", "{hostile}: changed a file of the user's");
    if let (Some(first), Some(again)) = (first, again) {
        ensure!(first["queries"] == again["queries"], "{hostile}: {first} then {again}");
    }
    if let Some(trials) = place.json_or_refusal(&["trials", "study", "--json"])? {
        for trial in trials["trials"].as_array().into_iter().flatten() {
            let value = &trial["value"];
            ensure!(value.is_null() || value.as_f64() == Some(6.0), "{hostile}: {trial}");
        }
    }
    Ok(())
}
