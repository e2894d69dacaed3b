//! Parameters: descriptions, decisions and notation.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::super::{DescribedSpace, parse};
use crate::{Arch, ChoiceValue, SearchSpace, Words, moves};

const TRAINING: &str = r#"
name = "training"
[[parameters]]
name = "optimiser"
values = ["sgd", "adam", "l-bfgs, exact"]
[[parameters]]
name = "momentum"
low = 0.0
high = 0.99
default = 0.9
when = "optimiser == 'sgd'"
[[parameters]]
name = "learning_rate"
low = 1e-4
high = 1e-1
log = true
[[parameters]]
name = "batch"
values = [32, 64, 128, 256]
[[parameters]]
name = "layers"
low = 1
high = 12
integer = true
[[parameters]]
name = "nesterov"
values = [true, false]
default = false
when = "optimiser == 'sgd' and momentum_is_used"
[[parameters]]
name = "epochs"
value = 10
[[forbidden]]
when = "optimiser == 'adam' and learning_rate > 0.01"
[[costs]]
name = "work"
unit = "k"
formula = "1000 * epochs * layers / batch + momentum"
"#;

fn training() -> DescribedSpace {
    parse(&TRAINING.replace(" and momentum_is_used", "")).unwrap()
}

fn error(change: impl Fn(String) -> String) -> String {
    parse(&change(TRAINING.replace(" and momentum_is_used", ""))).unwrap_err().to_string()
}

#[test]
fn notation_round_trips_at_full_resolution() {
    let (space, mut rng) = (training(), ChaCha8Rng::seed_from_u64(1));
    for _ in 0..300 {
        let arch = moves::sample(&space, &mut rng);
        let text = space.display(&arch);
        assert_eq!(space.parse(&text).as_ref(), Ok(&arch), "{text}");
        let child = moves::mutate(&space, &arch, &mut rng).unwrap();
        assert_eq!(space.parse(&space.display(&child)).as_ref(), Ok(&child));
    }
    let text =
        "optimiser=sgd,momentum=0.9,learning_rate=0.00123457,batch=64,layers=7,nesterov=false";
    let arch = space.parse("layers=7, batch = 64,learning_rate=0.00123457 ,optimiser=sgd").unwrap();
    assert_eq!(space.display(&arch), text);
    let quoted = r#"optimiser="l-bfgs, exact",learning_rate=1e-4,batch=64,layers=7"#;
    assert_eq!(space.display(&space.parse(quoted).unwrap()), quoted);
}

#[test]
fn notation_that_is_wrong_names_its_place() {
    let space = training();
    let error = |text: &str| {
        let error = space.parse(text).unwrap_err().to_string();
        error.split_once(": at ").map_or(error.clone(), |(_, rest)| rest.into())
    };
    for (text, expected) in [
        (
            "",
            "byte 0 of ``: expected `optimiser=…`, because this parameter has no default, found the end",
        ),
        ("optimizer=sgd", "one of the names optimiser, momentum, learning_rate"),
        (
            "optimiser=sdg",
            "byte 10 of `optimiser=sdg`: expected one of sgd, adam, \"l-bfgs, exact\"",
        ),
        (
            "optimiser=adam,momentum=0.5",
            "expected no `momentum`, because its condition does not hold",
        ),
        ("optimiser=sgd,optimiser=sgd", "of the names momentum, learning_rate"),
        (
            "optimiser=adam,learning_rate=1",
            "expected a number from 0.0001 to 0.1 on a logarithmic scale, found `1`",
        ),
        (
            "optimiser=adam,learning_rate=x",
            "expected a number from 0.0001 to 0.1 on a logarithmic scale, found `x`",
        ),
        (
            "optimiser=adam,learning_rate=0.01,batch=3",
            "expected one of 32, 64, 128, 256, found `3`",
        ),
        ("optimiser=\"sgd", "expected a string in quotes, as in JSON"),
        ("optimiser", "expected `=`, found the end"),
        ("optimiser=adam,learning_rate=0.01,batch=32,layers=2,epochs=11", "expected `10`"),
    ] {
        let found = error(text);
        assert!(found.contains(expected), "{text}: {found}");
    }
}

#[test]
fn conditions_decide_what_is_asked() {
    let space = training();
    let named = |text: &str| {
        let arch = space.parse(text).unwrap();
        (arch.choices().len(), space.named_choices(&arch))
    };
    let (count, choices) = named("optimiser=adam,learning_rate=0.01,batch=32,layers=2");
    assert_eq!(count, 4);
    let names: Vec<_> = choices.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["optimiser", "learning_rate", "batch", "layers", "epochs"]);
    assert_eq!(choices[2].1, ChoiceValue::Integer(32));
    assert_eq!(choices[1].1, ChoiceValue::Number(0.01));
    let (count, choices) = named("optimiser=sgd,learning_rate=0.01,batch=32,layers=2");
    assert_eq!(count, 6);
    assert_eq!(choices[5], ("nesterov".into(), ChoiceValue::Boolean(false)));
}

#[test]
fn forbidden_combinations_break_a_limit() {
    let space = training();
    let forbidden = |text: &str| space.cost(&space.parse(text).unwrap())[1];
    assert_eq!(space.cost_metrics()[1].name, "forbidden");
    assert_eq!(space.limits().len(), 1);
    let rest = "batch=32,layers=2";
    for (text, expected) in [
        ("adam,learning_rate=0.02", 1.0),
        ("adam,learning_rate=0.01", 0.0),
        ("sgd,learning_rate=0.02", 0.0),
    ] {
        let found = forbidden(&format!("optimiser={text},{rest}"));
        assert!((found - expected).abs() < 1e-12, "{text}: {found}");
    }
}

#[test]
fn costs_know_parameters() {
    let space = training();
    let cost = |text: &str| space.cost(&space.parse(text).unwrap())[0];
    let adam = cost("optimiser=adam,learning_rate=0.01,batch=64,layers=8");
    let sgd = cost("optimiser=sgd,momentum=0.5,learning_rate=0.01,batch=64,layers=8");
    assert!((adam - 1.25).abs() < 1e-12 && (sgd - 1.2505).abs() < 1e-12, "{adam} {sgd}");
}

#[test]
fn equal_settings_are_one_class_and_others_are_not() {
    let (space, mut rng) = (training(), ChaCha8Rng::seed_from_u64(2));
    let archs: Vec<Arch> = (0..200).map(|_| moves::sample(&space, &mut rng)).collect();
    for pair in archs.windows(2) {
        assert_eq!(space.canonical(&pair[0]) == space.canonical(&pair[1]), pair[0] == pair[1]);
    }
}

#[test]
fn what_can_be_counted_is_counted() {
    assert_eq!(training().size(), None, "numbers without end");
    let text = r#"
        name = "few"
        [[parameters]]
        name = "a"
        values = ["x", "y"]
        [[parameters]]
        name = "b"
        values = [1, 2, 3]
        when = "a == 'y'"
        [[parameters]]
        name = "c"
        low = 0
        high = 1000
        integer = true
        [[parameters]]
        name = "d"
        values = [true, false]
        when = "b > 1"
    "#;
    // The 1,001 values of c times: x; y with b = 1; y with b = 2 or 3, and either value of d.
    assert_eq!(parse(text).unwrap().size(), Some(1_001 * (1 + 1 + 2 * 2)));
    let few = parse(&text.replace("high = 1000", "high = 4")).unwrap();
    assert_eq!(few.size(), Some(5 * 6));
    assert_eq!(moves::enumerate(&few).count(), 30);
    let words = Words::all(&few).unwrap();
    assert_eq!(words.count(), 30);
    let mut all: Vec<_> = words.list(&few).collect();
    all.dedup();
    assert_eq!(all.len(), 30);
}

#[test]
fn ordered_values_are_near_their_neighbours() {
    let (space, mut rng) = (training(), ChaCha8Rng::seed_from_u64(3));
    let arch = space.parse("optimiser=adam,learning_rate=0.01,batch=32,layers=6").unwrap();
    let mut steps = [0; 12];
    for _ in 0..4_000 {
        let child = moves::mutate(&space, &arch, &mut rng).unwrap();
        if let [.., (_, ChoiceValue::Integer(layers)), _] = &space.named_choices(&child)[..] {
            steps[usize::try_from(layers.abs_diff(6)).unwrap()] += 1;
        }
    }
    assert!(steps[1] > 3 * steps[2], "{steps:?}");
    // The graph distinguishes distant values more than close ones.
    let labels = |layers: u32| {
        let text = format!("optimiser=adam,learning_rate=0.01,batch=32,layers={layers}");
        space.canonical_graph(&space.parse(&text).unwrap()).labels(4).iter().count()
    };
    assert_eq!([1, 2, 12].map(labels), [2, 3, 13]);
}

#[test]
fn parameters_stand_beside_a_network() {
    let text = r#"
        name = "both"
        [[parameters]]
        name = "rate"
        low = 0.001
        high = 0.1
        log = true
        default = 0.01
        [[parameters]]
        name = "drop"
        low = 0.0
        high = 0.5
        when = "stage2.depth > 1 and choice('cell.1.operator') == 'pool'"
        default = 0.1
        [[forbidden]]
        when = "stage2.depth == 3 and rate > 0.05"
        [[cells]]
        name = "cell"
        nodes = 2
        operators = ["conv", "pool"]
        operators_on = "nodes"
        max_edges = 3
        output = "last"
        [chain]
        resolution = [32]
        classes = 10
        stem = { width = [16] }
        head = { width = [64] }
        [[chain.stages]]
        width = [16]
        kernel = [3, 5]
        expansion = [3]
        [[chain.stages]]
        width = [24, 32]
        depth = [1, 2, 3]
        kernel = [3, 5]
        expansion = [3]
        [named]
        small = "cell{1 = conv(input); 2 = pool(1)} chain{k3;k3,w24,d1}"
    "#;
    let space = parse(text).unwrap();
    let small = space.named("small").unwrap();
    let written = space.display(&small);
    assert_eq!(
        written,
        "cell{1 = conv(input); 2 = pool(1)} chain{k3;k3,w24,d1} parameters{rate=0.01}"
    );
    assert_eq!(space.parse(&written), Ok(small.clone()));
    let named = space.named_choices(&small);
    let names: Vec<_> = named.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "cell.1.operator",
        "cell.input-1.edge",
        "cell.2.operator",
        "cell.input-2.edge",
        "cell.1-2.edge",
        "stage1.kernel",
        "stage2.kernel",
        "stage2.width",
        "stage2.depth",
        "resolution",
        "stem.width",
        "stage1.expansion",
        "stage1.width",
        "stage1.depth",
        "stage2.expansion",
        "head.width",
        "rate",
    ];
    assert_eq!(names, expected, "what has one value only comes last of the stages");
    let deep = written.replace("conv(input)", "pool(input)").replace("d1", "d3");
    let deep = space.parse(&deep.replace("rate=0.01", "rate=0.06,drop=0.2")).unwrap();
    assert_eq!(space.named_choices(&deep).last().unwrap().0, "drop");
    assert_eq!(space.cost(&deep).last().map(|count| count.round()), Some(1.0));
    let graph = space.graph(deep.choices());
    assert_eq!(graph.len(), space.most_nodes());
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let mut arch = deep;
    for _ in 0..200 {
        arch = moves::mutate(&space, &arch, &mut rng).unwrap();
        assert_eq!(space.parse(&space.display(&arch)).as_ref(), Ok(&arch));
        assert!(space.canonical_graph(&arch).len() <= space.most_nodes());
    }
    let wrong =
        space.parse("cell{1 = conv(input); 2 = pool(1)} chain{k3;k3,w24,d1} parameters{rate=2}");
    let message = wrong.unwrap_err().to_string();
    assert!(message.contains("at byte 71") && message.contains("0.001 to 0.1"), "{message}");
}

#[test]
fn what_is_wrong_is_named_in_its_line() {
    let with = |from: &'static str, to: &'static str| error(move |text| text.replacen(from, to, 1));
    for (from, to, expected) in [
        ("high = 0.99", "high = -1", "the low end below the high end, found 0 and -1"),
        ("low = 1e-4", "low = 0", "a low end above 0 on a logarithmic scale, found 0"),
        ("default = 0.9", "default = 1.5", "a number from 0 to 0.99, found 1.5"),
        ("optimiser == 'sgd'", "batch == 32", "expected `optimiser`, found `batch`"),
        ("optimiser == 'sgd'", "momentum > 0", "expected `optimiser`, found `momentum`"),
        ("optimiser == 'sgd'", "optimiser == 'sdg'", "one of the values of `optimiser` (sgd, adam"),
        ("optimiser == 'sgd'", "optimiser > 1", "a number, or `optimiser == 'sgd'`"),
        ("optimiser == 'sgd'", "optimiser = 'sgd'", "one of `==`, `!=`"),
        (
            "optimiser == 'adam' and learning_rate > 0.01",
            "layers > 0",
            "a rule that allows some combinations, found a rule that allows none of the 36 combinations tried",
        ),
        (
            "optimiser == 'adam' and learning_rate > 0.01",
            "learning_rate >= 0.0001",
            "a rule that allows some",
        ),
        (
            "\"momentum\"",
            "\"mo mentum\"",
            "begin with a digit, such as `mo_mentum`, found `mo mentum`",
        ),
        ("\"momentum\"", "\"mo-mentum.x\"", "begin with a digit, such as `mo_mentum_x`, found"),
        ("\"momentum\"", "\"optimiser\"", "each parameter once"),
        ("\"momentum\"", "\"and\"", "a name other than and, or"),
        ("high = 12", "high = 12.5", "an integer, found 12.5"),
        ("high = 12", "high = 12\nstep = 20", "at most the width of the range, found 20"),
        ("values = [32, 64, 128, 256]", "values = [32, 32]", "each value once, found `32` again"),
        ("values = [32, 64, 128, 256]", "values = [32, 32.0]", "each value once"),
        (
            "values = [32, 64, 128, 256]",
            "",
            "either `low` and `high` together, or `values`, or `value`, found none of them",
        ),
        ("values = [32, 64, 128, 256]", "values = [[1]]", "a finite number, a string or a boolean"),
        ("values = [32, 64, 128, 256]", "low = 1", "`high` as well, found only the other end"),
        ("value = 10", "value = 10\nlog = true", "this key to be used only with `low` and `high`"),
        ("value = 10", "value = 10\ndefault = 10", "no `default`, because `value` is given"),
        ("name = \"work\"", "name = \"forbidden\"", "another name, because this one is reserved"),
        ("epochs * layers", "epochs * layer", "`epochs`"),
        ("epochs * layers", "epoch * layers", "(did you mean `epochs`?), found `epoch`"),
        ("optimiser == 'sgd'", "optimizer == 'sgd'", "expected `optimiser`, found `optimizer"),
    ] {
        let found = with(from, to);
        assert!(found.contains(expected), "{from} → {to}: {found}");
        assert!(found.contains("line "), "{found}");
    }
    let many: Vec<_> = (0..1_000).map(|value| value.to_string()).collect();
    let many = format!("values = [{}]", many.join(", "));
    let found = error(|text| text.replace("values = [32, 64, 128, 256]", &many));
    assert!(found.contains("at most 64 values, or `low` and `high`, found 1000"), "{found}");
}

#[test]
fn network_and_parameters_share_the_nodes_of_a_graph() {
    let stage = "[[chain.stages]]\nwidth = [16]\ndepth = [16]\nchoose = \"layer\"\nkernel = [3, 5]\nexpansion = [3]\n";
    let parameter = |at| format!("[[parameters]]\nname = \"p{at}\"\nvalues = [true, false]\n");
    let with = |count| {
        let parameters: String = (0..count).map(parameter).collect();
        parse(&format!(
            "name = \"deep\"\n{parameters}[chain]\nresolution = [32]\nclasses = 10\n\
             stem = {{ width = [16] }}\nhead = {{ width = [64] }}\n{}",
            stage.repeat(31)
        ))
    };
    let space = with(13).unwrap();
    let arch = moves::sample(&space, &mut ChaCha8Rng::seed_from_u64(5));
    assert_eq!(space.graph(arch.choices()).len(), 512);
    let error = with(14).unwrap_err().to_string();
    assert!(error.contains("at most 512 nodes in the graph of all parts"), "{error}");
    assert!(error.ends_with("found 513") && error.contains("line 2,"), "{error}");
}

#[test]
fn a_cost_may_name_constants_and_parameters() {
    let text = TRAINING.replace(" and momentum_is_used", "");
    let text = text.replacen("epochs * layers", "epoch * layers", 1) + "[constants]\nimages = 5\n";
    let found = parse(&text).unwrap_err().to_string();
    assert!(found.contains("expected one of images, count('OPERATOR'), `optimiser`"), "{found}");
}
