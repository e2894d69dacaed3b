//! Export to TensorBoard's event files, in which each record contains a protobuf message and
//! checksums.

use std::fs;
use std::path::Path;

use ganas_report::Study;
use ganas_search::{StoredTrial, TrialState};

use crate::Error;

/// Writes a study to event files for TensorBoard in a folder, which is created if it is missing. A
/// TensorBoard run named `study` contains the values of the full evaluations that violate no limit,
/// and the best value so far. Each trial that has ended becomes a separate run. That run contains
/// the trial's value, its metrics and, as hyperparameters, its choices. Existing files are
/// replaced. Returns the number of runs.
///
/// # Errors
/// If a file cannot be written.
pub fn write_tensorboard(study: &Study, folder: &Path) -> Result<usize, Error> {
    write(&folder.join("study"), &progress(study))?;
    let ended = study
        .trials
        .iter()
        .filter(|trial| !matches!(trial.state, TrialState::Pending | TrialState::Running));
    let mut runs = 1;
    for trial in ended {
        let name = if trial.trial.0 < 0 {
            format!("known-{:06}", -trial.trial.0)
        } else {
            format!("trial-{:06}", trial.trial.0)
        };
        write(&folder.join("trials").join(name), &run(study, trial))?;
        runs += 1;
    }
    Ok(runs)
}

fn write(folder: &Path, events: &[Vec<u8>]) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(|source| Error::file("create", folder, source))?;
    let path = folder.join("events.out.tfevents.0.ganas");
    let bytes: Vec<u8> = events.iter().flat_map(|event| record(event)).collect();
    fs::write(&path, bytes).map_err(|source| Error::file("write", &path, source))
}

/// Returns the events of the study: for each full evaluation, its value and the best value so far.
fn progress(study: &Study) -> Vec<Vec<u8>> {
    let mut events = vec![first(study.status.began)];
    let mut counting: Vec<_> = study
        .trials
        .iter()
        .filter(|trial| trial.rung.is_none() && trial.state.has_value())
        .filter_map(|trial| Some((trial.query?, trial.value?, trial)))
        .collect();
    counting.sort_by_key(|(query, ..)| *query);
    let mut best: Option<f64> = None;
    for (query, value, trial) in counting {
        let score = |value: f64| study.record.direction.score(value);
        best = best.filter(|best| score(*best) >= score(value)).or(Some(value));
        let at = trial.ended.unwrap_or(study.status.began);
        let scalars = [scalar("value", value), scalar("best", best.unwrap_or(value))];
        events.push(event(at, query as u64, &scalars));
    }
    events
}

/// Returns the events of a trial. Its final values are at the step at which it was stopped, or else
/// at its rung, or else at 0.
fn run(study: &Study, trial: &StoredTrial) -> Vec<Vec<u8>> {
    let began = trial.started.unwrap_or(study.status.began);
    let ended = trial.ended.unwrap_or(began);
    let arch = study.space.parse(&trial.arch);
    let chosen = arch.map(|arch| study.space.named_choices(&arch)).unwrap_or_default();
    let mut start = Message::default();
    let texts =
        [("arch".to_owned(), trial.arch.clone()), ("source".to_owned(), trial.source.clone())];
    for (name, value) in texts {
        start.message(1, &entry(&name, |it| it.text(3, &value)));
    }
    for (name, value) in chosen {
        let entry = entry(&name, |it| match value.number() {
            Some(number) => it.double(2, number),
            None => it.text(3, &value.to_string()),
        });
        start.message(1, &entry);
    }
    start.double(5, began);
    let mut end = Message::default();
    end.number(1, if trial.state == TrialState::Failed { 2 } else { 1 }).double(2, ended);
    let mut scalars: Vec<Message> = Vec::new();
    scalars.extend(trial.value.map(|value| {
        let is_partial = trial.rung.is_some() || trial.step.is_some();
        scalar(if is_partial { "partial_value" } else { "value" }, value)
    }));
    scalars.extend(trial.train_seconds.map(|it| scalar("train_seconds", it)));
    scalars.extend(trial.metrics.iter().map(|(name, number)| scalar(name, *number)));
    let step = trial.step.unwrap_or(u64::from(trial.rung.unwrap_or(0)));
    let on_the_way =
        trial.reports.iter().map(|it| event(ended, it.step, &[scalar("reported", it.value)]));
    let mut events = vec![
        first(began),
        event(began, 0, &[hyper_parameters("_hparams_/session_start_info", 3, &start)]),
    ];
    events.extend(on_the_way);
    events.push(event(ended, step, &scalars));
    events.push(event(ended, step, &[hyper_parameters("_hparams_/session_end_info", 4, &end)]));
    events
}

/// Returns an entry of a map from names to JSON-like values.
fn entry(name: &str, value: impl FnOnce(&mut Message) -> &mut Message) -> Message {
    let (mut entry, mut inner) = (Message::default(), Message::default());
    value(&mut inner);
    entry.text(1, name).message(2, &inner);
    entry
}

/// Returns the event with which every file begins.
fn first(at: f64) -> Vec<u8> {
    let mut event = Message::default();
    event.double(1, at).text(3, "brain.Event:2");
    event.0
}

fn event(at: f64, step: u64, values: &[Message]) -> Vec<u8> {
    let (mut event, mut summary) = (Message::default(), Message::default());
    for value in values {
        summary.message(1, value);
    }
    event.double(1, at).number(2, step).message(5, &summary);
    event.0
}

fn scalar(tag: &str, value: f64) -> Message {
    let mut scalar = Message::default();
    scalar.text(1, tag).float(2, value);
    scalar
}

/// Returns a summary value that contains a message for TensorBoard's hyperparameter plugin. `field`
/// is the number of the protobuf field for this kind of message.
fn hyper_parameters(tag: &str, field: u64, content: &Message) -> Message {
    let mut data = Message::default();
    data.number(1, 0).message(field, content);
    let mut plugin = Message::default();
    plugin.text(1, "hparams").message(2, &data);
    let (mut metadata, mut value) = (Message::default(), Message::default());
    metadata.message(1, &plugin);
    // TensorBoard ignores the value without an empty tensor of floats.
    let mut tensor = Message::default();
    tensor.number(1, 1).message(2, &Message::default());
    value.text(1, tag).message(9, &metadata).message(8, &tensor);
    value
}

/// A protobuf message under construction.
///
/// Source: Protocol Buffers, "Encoding": a field's key is its number times 8 plus its wire type.
#[derive(Debug, Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut number: u64) {
        // Seven bits per byte, lowest first; all bytes but the last have the high bit set.
        loop {
            let [low, ..] = number.to_le_bytes();
            number >>= 7;
            self.0.push(if number > 0 { low | 0x80 } else { low });
            if number == 0 {
                return;
            }
        }
    }

    fn number(&mut self, field: u64, number: u64) -> &mut Self {
        self.varint(field << 3);
        self.varint(number);
        self
    }

    fn double(&mut self, field: u64, number: f64) -> &mut Self {
        self.varint(field << 3 | 1);
        self.0.extend(number.to_le_bytes());
        self
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) -> &mut Self {
        self.varint(field << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend(bytes);
        self
    }

    fn text(&mut self, field: u64, text: &str) -> &mut Self {
        self.bytes(field, text.as_bytes())
    }

    fn message(&mut self, field: u64, message: &Self) -> &mut Self {
        self.bytes(field, &message.0)
    }

    #[expect(clippy::cast_possible_truncation, reason = "TensorBoard's scalars have 32 bits")]
    fn float(&mut self, field: u64, number: f64) -> &mut Self {
        self.varint(field << 3 | 5);
        self.0.extend((number as f32).to_le_bytes());
        self
    }
}

/// Returns a record of a TFRecord file: length, its checksum, bytes, their checksum.
fn record(bytes: &[u8]) -> Vec<u8> {
    // Masked, as recommended for checksums of data that itself contains checksums.
    let masked = |bytes: &[u8]| {
        crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
    };
    let length = (bytes.len() as u64).to_le_bytes();
    [&length[..], &masked(&length), bytes, &masked(bytes)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_as_protobuf_has_them() {
        let mut message = Message::default();
        message.number(1, 300).text(2, "ab").float(3, 1.0);
        assert_eq!(message.0, [8, 0xac, 2, 0x12, 2, b'a', b'b', 0x1d, 0, 0, 0x80, 0x3f]);
        let record = record(&message.0);
        assert_eq!((record.len(), record[0]), (12 + 16, 12));
    }
}
