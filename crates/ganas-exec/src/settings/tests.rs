//! Tests of rejected settings and of the defaults.

use super::*;

fn error(change: impl FnOnce(&mut CommandSettings)) -> String {
    let mut settings = CommandSettings::new(vec!["train".into()]);
    settings.check().unwrap();
    change(&mut settings);
    settings.check().unwrap_err().to_string()
}

#[test]
fn what_is_out_of_range_is_named() {
    assert!(error(|s| s.command.clear()).contains("command: expected a program"));
    assert!(error(|s| s.command[0].clear()).contains("command"));
    assert!(error(|s| s.command.push("a\0b".into())).contains("NUL"));
    let word = |word: &str| {
        let mut settings = CommandSettings::new(vec!["train".into()]);
        settings.command.push(word.into());
        settings.check().map_err(|error| error.to_string())
    };
    assert!(word("--out={results}").unwrap_err().contains("did you mean `{result}`?"));
    assert!(word("--log={progres}").unwrap_err().contains("did you mean `{progress}`?"));
    assert!(word("{request}{trial}").unwrap_err().contains("found `{trial}`"));
    for right in ["{request}/{result}", "{print $1}", "{epochs}", "{}", "{", "a{b}", "{{result}}"] {
        assert_eq!(word(right), Ok(()), "{right}");
    }
    assert!(error(|s| s.timeout_seconds = Some(0.0)).contains("timeout_seconds"));
    assert!(error(|s| s.timeout_seconds = Some(f64::NAN)).contains("found NaN"));
    assert!(error(|s| s.backoff_seconds = -1.0).contains("backoff_seconds"));
    assert!(error(|s| s.grace_seconds = f64::INFINITY).contains("grace_seconds"));
    assert!(error(|s| s.fidelity = Some(f64::NAN)).contains("fidelity"));
    let ours = |s: &mut CommandSettings| {
        s.environment.insert("GANAS_RESULT".into(), "x".into());
    };
    assert!(error(ours).contains("GANAS_"));
    assert!(error(|s| s.devices.push(String::new())).contains("devices"));
    let twice = |s: &mut CommandSettings| {
        s.devices.push("0".into());
        s.environment.insert(VISIBLE_DEVICES.into(), "1".into());
    };
    assert!(error(twice).contains("either `devices` or CUDA_VISIBLE_DEVICES"));
}

#[test]
fn what_an_engine_cannot_do_is_refused() {
    fn ray(settings: &mut CommandSettings) {
        settings.ray = Some(serde_json::from_str(r#"{"address": "http://ray"}"#).unwrap());
    }
    let both = |s: &mut CommandSettings| {
        ray(s);
        s.slurm = Some(SlurmSettings::default().into());
    };
    assert!(error(both).contains("expected one engine, found `slurm` as well"));
    let devices = |s: &mut CommandSettings| {
        ray(s);
        s.devices.push("0".into());
    };
    assert!(error(devices).contains("expected no devices"));
    let named = |name: &str| {
        let mut settings = CommandSettings::new(vec!["train".into()]);
        ray(&mut settings);
        settings.environment.insert(name.into(), "1".into());
        settings.check().map_err(|error| error.to_string())
    };
    for name in ["A-B", "1A", "A.B", "É"] {
        let refused = named(name).unwrap_err();
        assert!(
            refused.contains("do not begin with a digit") && refused.contains(name),
            "{refused}"
        );
    }
    for name in ["A_B", "_", "a1"] {
        assert_eq!(named(name), Ok(()), "{name}");
    }
    let idle = |s: &mut CommandSettings| {
        ray(s);
        s.ray.as_mut().unwrap().poll_seconds = 0.0;
    };
    assert!(error(idle).contains("poll_seconds"), "the engine's own settings are checked");
}

#[test]
fn unknown_settings_are_refused() {
    let text = r#"{"command": ["a"], "time_limit": 3}"#;
    let error = serde_json::from_str::<CommandSettings>(text).unwrap_err().to_string();
    assert!(error.contains("unknown field `time_limit`"), "{error}");
}

#[test]
fn a_missing_program_is_told_of_in_words() {
    let found = |name: &str| {
        let settings = CommandSettings::new(vec![name.into()]);
        settings.program(Path::new("/")).unwrap_err().to_string()
    };
    assert!(found("no-such-program").ends_with(": no such program in PATH"));
    assert!(found("no/such").ends_with(": no program at /no/such"));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("train.sh"), "").unwrap();
    let settings = CommandSettings::new(vec!["./train.sh".into()]);
    let error = settings.program(folder.path()).unwrap_err().to_string();
    assert!(error.ends_with("train.sh is not executable (run `chmod +x`)"), "{error}");
}

#[test]
fn defaults_are_the_same_from_a_file() {
    let read: CommandSettings = serde_json::from_str(r#"{"command": ["a"]}"#).unwrap();
    assert_eq!(read, CommandSettings::new(vec!["a".into()]));
    assert_eq!(read.directory, Path::new("."));
}

#[test]
fn variables_are_inherited_by_name() {
    let only = Inherit::Only(vec!["PATH".into(), "CUDA_*".into()]);
    assert!(only.admits("PATH") && only.admits("CUDA_VISIBLE_DEVICES"));
    assert!(!only.admits("PATHS") && !only.admits("HOME"));
    assert!(Inherit::default().admits("HOME") && !Inherit::All(false).admits("HOME"));
}

#[test]
fn waits_double_up_to_a_limit() {
    let settings = CommandSettings::new(vec!["a".into()]);
    let seconds = |failures| settings.backoff(failures).as_secs();
    assert_eq!([1, 2, 3, 20, u32::MAX].map(seconds), [1, 2, 4, 600, 600]);
}

#[test]
fn times_are_those_of_the_settings() {
    let settings = CommandSettings {
        grace_seconds: 1.5,
        final_grace_seconds: 2.5,
        timeout_seconds: Some(3.5),
        ..CommandSettings::new(vec!["train".into()])
    };
    let times = [settings.grace(), settings.final_grace(), settings.timeout().unwrap()];
    assert_eq!(times.map(|time| time.as_millis()), [1_500, 2_500, 3_500]);
    assert_eq!(settings.cancel_grace(), MAX_CANCEL_GRACE);
    let short = CommandSettings { grace_seconds: 0.25, ..settings };
    assert_eq!(short.cancel_grace().as_millis(), 250);
}
