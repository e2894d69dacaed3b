//! Concurrent commands receive different worker numbers.

use std::collections::BTreeSet;
use std::fs;
use std::thread;

use ganas_exec::CommandEvaluator;
use ganas_graph::{Arch, spaces::NasBench201};
use ganas_search::{Evaluator, Job, TrialId};

use crate::fixture::{Fixture, until};

/// Notes worker and device, and waits until as many have done so as run at a time.
const MEETS: &str = r#"
place="$3/../../../here"
mkdir -p "$place"
echo "$CUDA_VISIBLE_DEVICES" > "$place/$GANAS_WORKER.half"
mv "$place/$GANAS_WORKER.half" "$place/$GANAS_WORKER"
while [ ! -e "$place/go" ]; do sleep 0.01; done
echo "{\"trial\": $(basename "$(dirname "$3")" | sed 's/^0*\(.\)/\1/'), \"objective\": $GANAS_WORKER}"
"#;

#[test]
fn trials_that_run_at_the_same_time_have_a_worker_and_a_device_each() {
    let fixture = Fixture::new(MEETS).with(|it| {
        it.devices = vec!["7".into(), "9".into()];
        // Longer than the test waits, which would wait for the commands for ever.
        it.timeout_seconds = Some(90.0);
    });
    let path = fixture.folder.path();
    let evaluator = CommandEvaluator::new(fixture.settings.clone(), "test", path, path).unwrap();
    let space = NasBench201::default();
    let arch = Arch::from_choices(&space, &[0; 6]).unwrap();
    let evaluate = |trial| {
        let trial = TrialId(trial);
        let cancel = &fixture.cancel;
        let (space, arch) = (&space, &arch);
        evaluator.evaluate(&Job::first(space, arch, trial, 5, cancel))
    };
    let here = fixture.file("here");
    thread::scope(|scope| {
        let trials: Vec<_> = [0, 1].map(|trial| scope.spawn(move || evaluate(trial))).into();
        until(|| here.join("0").exists() && here.join("1").exists());
        fs::write(here.join("go"), "").unwrap();
        let values = trials.into_iter().map(|trial| match trial.join().unwrap().unwrap() {
            ganas_search::Evaluation::Measured(it) => it.value.to_string(),
            other => panic!("expected a measurement, found {other:?}"),
        });
        assert_eq!(values.collect::<BTreeSet<_>>(), BTreeSet::from(["0".into(), "1".into()]));
    });
    let device = |worker| fs::read_to_string(here.join(worker)).unwrap().trim().to_owned();
    assert_eq!([device("0"), device("1")], ["7", "9"]);
}
