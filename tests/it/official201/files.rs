//! Generated files in the published layouts.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use bzip2::Compression;
use bzip2::write::BzEncoder;
use ganas_bench::nasbench201::NasBench201Table;
use ganas_bench::nasbench201::official::TrainingSet;
use ganas_graph::SearchSpace as _;
use ganas_graph::spaces::NasBench201;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::python_pickle::{Python, dict, text};

/// Fields of a record's two parts, in NATS-Bench and in NAS-Bench-201.
pub(crate) const NATS: [&str; 2] = ["12", "200"];
pub(crate) const TORCH: [&str; 2] = ["less", "full"];

/// The published strings by their numbers.
pub(crate) fn strings() -> Vec<String> {
    let (table, space) = (NasBench201Table::embedded().unwrap(), NasBench201::default());
    let mut strings = vec![String::new(); 15_625];
    for row in table.rows() {
        strings[table.official_index(row)] = space.display(&table.arch(row));
    }
    strings
}

/// Seeds of the generated runs.
pub(crate) fn seeds(set: TrainingSet, epochs: u32) -> &'static [u16] {
    match (set, epochs) {
        (TrainingSet::Cifar10Half, 12) => &[111, 777],
        (_, 12) => &[111],
        (TrainingSet::Cifar10Half, _) => &[777, 888],
        _ => &[777, 999],
    }
}

/// The number of images that a generated network gets right.
pub(crate) fn count(index: usize, seed: u16, epochs: u32, images: u16) -> u16 {
    let number = index * 31 + usize::from(seed) * 17 + epochs as usize * 5 + usize::from(images);
    u16::try_from(number % (usize::from(images) + 1)).unwrap()
}

/// Has a generated run its times? Few have: they make up most of a file.
pub(crate) fn timed(set: TrainingSet, epochs: u32, seed: u16) -> bool {
    epochs == 12 || (set, seed) == (TrainingSet::Cifar100, 777)
}

/// In percent, in single precision, as PyTorch gives it.
fn percent(count: u16, images: u16) -> Python {
    Python::Float(f64::from(f32::from(count) / f32::from(images) * 100.0))
}

fn trial(index: usize, set: TrainingSet, epochs: u32, seed: u16) -> Python {
    let last = |evaluated: &str| format!("{evaluated}@{}", epochs - 1);
    let test = if matches!(set, TrainingSet::Cifar10Half | TrainingSet::Cifar10) {
        "ori-test"
    } else {
        "x-test"
    };
    let images = set.test_images();
    let mut accuracies =
        vec![(Python::Text(last(test)), percent(count(index, seed, epochs, images), images))];
    if let Some(images) = set.validation_images() {
        let accuracy = percent(count(index, seed, epochs, images), images);
        accuracies.push((Python::Text(last("x-valid")), accuracy));
    }
    let times =
        (0..i32::try_from(epochs).unwrap()).map(|epoch| (Python::Int(epoch), Python::Float(0.5)));
    let times =
        if timed(set, epochs, seed) { Python::OrderedDict(times.collect()) } else { Python::None };
    dict([
        ("name", text(set.name())),
        ("train_times", times),
        ("arch_config", dict([("channel", Python::Int(16)), ("num_cells", Python::Int(5))])),
        ("params", Python::Number(0.129_306)),
        ("flop", Python::Float(15.647_37)),
        ("seed", Python::Text(format!("{seed:04}"))),
        ("epochs", Python::Int(i32::try_from(epochs).unwrap())),
        ("latency", Python::List(vec![Python::Number(0.01), Python::Number(0.02)])),
        ("eval_acc1es", Python::Dict(accuracies)),
        ("eval_times", Python::Dict(vec![(Python::Text(last("x-valid")), Python::Float(2.5))])),
        ("net_state_dict", Python::None),
    ])
}

/// The record of an architecture, as NATS-Bench or as NAS-Bench-201 has it.
pub(crate) fn record(index: usize, string: &str, names: [&str; 2]) -> Python {
    let part = |epochs| {
        let results = TrainingSet::ALL.into_iter().flat_map(|set| {
            seeds(set, epochs).iter().map(move |&seed| {
                let key = Python::Tuple(vec![text(set.name()), Python::Int(seed.into())]);
                (key, trial(index, set, epochs, seed))
            })
        });
        let number = if names == TORCH {
            Python::Text(format!("{index:06}"))
        } else {
            Python::Int(i32::try_from(index).unwrap())
        };
        dict([
            ("arch_index", number),
            ("arch_str", text(string)),
            ("all_results", Python::Dict(results.collect())),
            ("dataset_seed", Python::Dict(Vec::new())),
        ])
    };
    let [first, second] = names;
    Python::OrderedDict(vec![(text(first), part(12)), (text(second), part(200))])
}

/// All of a file's records in one dictionary.
pub(crate) fn whole(records: Vec<(usize, Python)>) -> Python {
    let index = |index: usize| Python::Int(i32::try_from(index).unwrap());
    let evaluated = records.iter().map(|(number, _)| index(*number)).collect();
    let infos = records.into_iter().map(|(number, record)| (index(number), record)).collect();
    dict([
        ("meta_archs", Python::List(vec![text("an architecture")])),
        ("total_archs", Python::Int(15_625)),
        ("arch2infos", Python::Dict(infos)),
        ("evaluated_indexes", Python::Set(evaluated)),
    ])
}

pub(crate) fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = BzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, bytes).unwrap();
    path
}

/// A tar archive of members with these names, made without the checks that would refuse some.
pub(crate) fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_ustar();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

/// As PyTorch before 1.6 saves an object without tensors.
pub(crate) fn torch(object: &[u8]) -> Vec<u8> {
    let system = dict([("protocol_version", Python::Int(1001))]).pickle(2);
    let start = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.";
    [&start[..], &system, object, &Python::List(Vec::new()).pickle(2)].concat()
}

/// As PyTorch since 1.6 saves it.
pub(crate) fn torch_zip(member: &str, object: &[u8]) -> Vec<u8> {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file(member, SimpleFileOptions::default()).unwrap();
    writer.write_all(object).unwrap();
    writer.start_file("archive/version", SimpleFileOptions::default()).unwrap();
    writer.write_all(b"3\n").unwrap();
    writer.finish().unwrap().into_inner()
}
