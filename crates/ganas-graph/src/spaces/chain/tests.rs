//! Tests of the built-in chains against published numbers.

use std::collections::HashSet;

use super::description::{Choose, Notation};
use super::*;
use crate::{Arch, DescriptionError, SearchSpace, moves};

fn built_in(name: &str) -> Chain {
    Chain::built_in(name).unwrap()
}

/// Returns the number of parameters, and the multiply–adds in millions.
fn cost(space: &str, arch: &str) -> (u64, f64) {
    let space = built_in(space);
    let cost = space.network_cost(&space.named(arch).unwrap());
    (cost.parameters, cost.multiply_adds as f64 / 1e6)
}

#[test]
fn parameters_are_the_published_ones() {
    for (space, arch, parameters) in [
        // EfficientNet's implementations in TensorFlow and timm (`efficientnet_b0`).
        ("efficientnet", "efficientnet-b0", 5_288_548),
        ("mnasnet", "efficientnet-b0", 5_288_548),
        // timm's `semnasnet_100` and `mnasnet_100`.
        ("efficientnet", "mnasnet-a1", 3_887_038),
        ("efficientnet", "mnasnet-b1", 4_383_312),
        // The authors' models as counted by osmr/imgclsmob.
        ("proxylessnas", "proxylessnas-cpu", 4_361_648),
        ("proxylessnas", "proxylessnas-gpu", 7_119_848),
        ("proxylessnas", "proxylessnas-mobile", 4_080_512),
    ] {
        assert_eq!(cost(space, arch).0, parameters, "{arch}");
    }
}

#[test]
fn multiply_adds_are_the_published_ones() {
    for (space, arch, millions) in [
        // EfficientNet's paper: 0.39 G.
        ("efficientnet", "efficientnet-b0", 390.0),
        // MnasNet's paper: 312 M for A1, 315 M for B1.
        ("efficientnet", "mnasnet-a1", 312.0),
        ("efficientnet", "mnasnet-b1", 315.0),
        // ProxylessNAS's paper: 320 M for the mobile network, 465 M for the GPU's.
        ("proxylessnas", "proxylessnas-mobile", 320.0),
        ("proxylessnas", "proxylessnas-gpu", 465.0),
    ] {
        let found = cost(space, arch).1;
        assert!((found / millions - 1.0).abs() < 0.015, "{arch}: {found} {millions}");
    }
}

/// Builds MobileNetV3-Large, whose stages are not uniform, from fixed stages; only the first kernel
/// is a choice.
#[test]
fn mobilenetv3_large_has_its_published_costs() {
    // Kernel, expansion, width, squeeze-and-excitation, hard swish, stride.
    let layers = [
        (3, 1.0, 16, false, false, 1),
        (3, 4.0, 24, false, false, 2),
        (3, 3.0, 24, false, false, 1),
        (5, 3.0, 40, true, false, 2),
        (5, 3.0, 40, true, false, 1),
        (5, 3.0, 40, true, false, 1),
        (3, 6.0, 80, false, true, 2),
        (3, 2.5, 80, false, true, 1),
        (3, 2.3, 80, false, true, 1),
        (3, 2.3, 80, false, true, 1),
        (3, 6.0, 112, true, true, 1),
        (3, 6.0, 112, true, true, 1),
        (5, 6.0, 160, true, true, 2),
        (5, 6.0, 160, true, true, 1),
        (5, 6.0, 160, true, true, 1),
    ];
    let mut description = built_in("ofa-mbv3").description().clone();
    description.resolution = vec![224];
    description.stem = Some(StemDescription { width: vec![16], ..StemDescription::default() });
    let mix = Some(MixDescription { width: 1280, bias: true });
    description.head = Some(HeadDescription { width: vec![960], mix });
    description.named.clear();
    let stage = |(kernel, expansion, width, squeeze, is_hard, stride): (_, _, _, _, bool, _)| {
        StageDescription {
            block: BlockKind::InvertedBottleneck,
            stride,
            width: vec![width],
            depth: vec![1],
            choose: Choose::Stage,
            operation: Vec::new(),
            expansion: vec![expansion],
            kernel: vec![kernel],
            squeeze_excitation: vec![squeeze],
            heads: Vec::new(),
            mlp_ratio: Vec::new(),
            activation: (!is_hard).then_some(Activation::Relu),
        }
    };
    description.stages = layers.map(stage).to_vec();
    description.stages[0].kernel.push(5);
    let space = Chain::new(&description).unwrap();
    let cost = space.network_cost(&space.parse("k3").unwrap());
    // timm's `mobilenetv3_large_100`; the paper reports 219 M multiply-adds.
    assert_eq!(cost.parameters, 5_483_032);
    assert!((cost.multiply_adds as f64 / 219e6 - 1.0).abs() < 0.015, "{cost:?}");
}

#[test]
fn sizes_are_the_published_ones() {
    let size = |name| built_in(name).size().unwrap();
    assert_eq!(size("nasbench-macro"), 6_561);
    assert_eq!(size("mnasnet"), 36_u128.pow(6) * 48);
    let depths: u128 = [2, 3, 4].map(|depth| 9_u128.pow(depth)).iter().sum();
    assert_eq!(size("ofa-mbv3"), 8 * depths.pow(5), "2 * 10^19 networks, of 8 resolutions");
    // Of 21 positions, those within stages can be left out.
    let widths = 2 * 3 * 2 * 3_u128.pow(5);
    assert_eq!(size("proxylessnas"), widths * 6_u128.pow(6) * 7_u128.pow(15));
    assert_eq!(built_in("nasbench-macro").classes(), Some(9 * 21 * 21));
    assert_eq!(built_in("mnasnet").classes(), built_in("mnasnet").size());
    assert_eq!(built_in("efficientnet").classes(), None, "two stages may both be 96 wide");
}

/// Returns a small space, after changes to its TOML text.
fn small(changes: &[(&str, &str)]) -> Chain {
    let mut text = r#"
        name = "small"
        resolution = [32]
        classes = 10
        stem = { width = [16] }
        head = { width = [64] }
        [[stages]]
        width = [16, 24]
        depth = [1, 2]
        kernel = [3, 5]
        expansion = [3, 6]
        [[stages]]
        width = [32]
        depth = [1, 2]
        kernel = [3, 5]
        expansion = [3, 6]
    "#
    .to_owned();
    for (old, new) in changes {
        assert!(text.contains(old), "{old}");
        text = text.replace(old, new);
    }
    Chain::new(&toml::from_str(&text).unwrap()).unwrap()
}

#[test]
fn classes_are_given_only_where_they_are_as_many_as_networks() {
    let counted = |space: &Chain| {
        let classes: std::collections::BTreeSet<_> =
            moves::enumerate(space).map(|arch| space.canonical(&arch)).collect();
        classes.len() as u128
    };
    let apart = small(&[]);
    assert_eq!(apart.classes(), Some(counted(&apart)));
    let shared = small(&[("width = [32]", "width = [24, 32]")]);
    assert_eq!(shared.classes(), None, "24 wide, the stages' border is not seen");
    assert!(counted(&shared) < shared.size().unwrap());
    let strided = small(&[("width = [32]", "width = [24, 32]\nstride = 2")]);
    assert_eq!(strided.classes(), Some(counted(&strided)));
    let rounded = small(&[("expansion = [3, 6]", "expansion = [3, 3.01]")]);
    assert_eq!(rounded.classes(), None, "both expansions are rounded to one width");
}

#[test]
fn identities_may_stand_anywhere_in_a_stage() {
    let space = built_in("nasbench-macro");
    let class = |text| space.canonical(&space.parse(text).unwrap());
    assert_eq!(class("22212220"), class("22212202"), "the two optima");
    assert_ne!(class("22212220"), class("22212022"), "the first layer of a stage projects");
    assert_ne!(class("22212212"), class("22212221"), "blocks do not commute");
    let drawn = |text| space.canonical_graph(&space.parse(text).unwrap());
    assert_eq!(drawn("22212220"), drawn("22212202"));
    assert_eq!(drawn("00000000").len(), 2 + 3, "a projection a stage");
}

#[test]
fn an_identity_of_a_whole_stage_projects_too() {
    let mut description = built_in("nasbench-macro").description().clone();
    description.notation = Notation::Values;
    description.named.clear();
    for stage in &mut description.stages {
        (stage.choose, stage.depth, stage.width) = (Choose::Stage, vec![2], vec![16, 24]);
    }
    let space = Chain::new(&description).unwrap();
    let all: Vec<_> = moves::enumerate(&space).collect();
    let classes: HashSet<_> = all.iter().map(|arch| space.canonical(arch)).collect();
    let drawn: HashSet<_> =
        all.iter().map(|arch| format!("{:?}", space.canonical_graph(arch))).collect();
    assert_eq!(drawn.len(), classes.len(), "no two classes look equal");
}

#[test]
fn absent_layers_are_not_asked() {
    let space = built_in("ofa-mbv3");
    let arch = space.named("mobilenetv3-large").unwrap();
    // The resolution, five depths, and two choices of each of 14 layers.
    assert_eq!(arch.choices().len(), 1 + 5 + 2 * 14);
    assert_eq!(space.graph(arch.choices()).len(), 2 + 20 + 1, "absent layers keep their node");
    assert_eq!(space.canonical_graph(&arch).len(), 2 + 14 + 1);
    let mut description = built_in("mnasnet").description().clone();
    description.stages[1].depth = vec![0, 1];
    description.named.clear();
    let space = Chain::new(&description).unwrap();
    let rest = "4,3,1,1;4,3,1,1;4,3,1,1;4,3,1,1;4,3,1,1";
    let arch = space.parse(&format!("4,3,1,1;0;{rest}")).unwrap();
    assert_eq!(space.display(&arch), format!("4,3,1,1;0;{rest}"));
    assert_eq!(space.canonical_graph(&arch).len(), 2 + 6);
    assert_eq!(space.size(), Some(36_u128.pow(5) * (1 + 12) * 48));
}

#[test]
fn wrong_text_names_its_place() {
    let error = |name: &str, text: &str| built_in(name).parse(text).unwrap_err().to_string();
    assert_eq!(
        error("mnasnet", "1,3,1,1;6,7,2,1"),
        "mnasnet: at byte 10 of `1,3,1,1;6,7,2,1`: expected the stage kernel (`3`, `5`), found `7`"
    );
    assert!(
        error("mnasnet", "1,3,1,1")
            .ends_with("at byte 7 of `1,3,1,1`: expected `;`, found the end")
    );
    assert!(error("nasbench-macro", "2221222").contains("expected the layer operation"));
    assert!(error("nasbench-macro", "222122200").contains("at byte 8"));
    let width = error("efficientnet", "k3,w20,d1,se1");
    assert!(
        width.contains(
            "expected a multiple of 8 for the stage width (`w8`, `w16`, `w24`), found `w20`"
        ),
        "{width}"
    );
    assert!(error("ofa-mbv3", "r230;").contains("expected the resolution (`r112`"));
}

/// The network printed by once-for-all's tutorial.
const SUBNET: &str = "{'wid': None, 'ks': [7, 5, 3, 3, 5, 5, 7, 3, 5, 7, 7, 7, 5, 5, 5, 5, 7, 7, 7, 7], \
    'e': [3, 4, 6, 3, 6, 6, 4, 4, 6, 6, 6, 6, 4, 4, 4, 4, 6, 6, 6, 6], 'd': [2, 3, 4, 3, 4], 'r': [224]}";

#[test]
fn lists_of_kernels_expansions_and_depths_are_read() {
    let space = built_in("ofa-mbv3");
    let own = "r224;d2/e3,k7/e4,k5;d3/e6,k5/e6,k5/e4,k7;d4/e6,k5/e6,k7/e6,k7/e6,k7;d3/e4,k5/e4,k5/e4,k5;\
               d4/e6,k7/e6,k7/e6,k7/e6,k7";
    let json = SUBNET.replace("'wid': None, ", "").replace('\'', "\"").replace("[224]", "224");
    for text in [SUBNET, &json] {
        assert_eq!(space.parse(text).map(|arch| space.display(&arch)), Ok(own.into()), "{text}");
    }
    let error = |from, to| space.parse(&SUBNET.replacen(from, to, 1)).unwrap_err().to_string();
    assert!(error("[7, 5, 3", "[5, 3").ends_with("5, 7, 7, 7, 7]`"));
    assert!(error("[7, 5, 3", "[5, 3").contains("expected a list of 20 numbers, found `[5, 3,"));
    assert!(error("[7", "[9").contains("expected the layer kernel (3, 5, 7), found `9`"));
    assert!(error("'e': [3", "'e': [300").contains("expected the layer expansion (3, 4, 6)"));
    assert!(error(", 'r': [224]", "").contains("expected `r`, a list of 1 numbers, found none"));
    assert!(
        error("'wid': None", "'wid': 1")
            .contains("expected `None`, because the space has only one width")
    );
    let other = built_in("efficientnet").parse(SUBNET).unwrap_err().to_string();
    assert!(other.contains("at byte 0"), "{other}");
}

#[test]
fn wrong_descriptions_name_their_key() {
    let error = |change: fn(&mut ChainDescription)| -> DescriptionError {
        let mut description = built_in("proxylessnas").description().clone();
        change(&mut description);
        Chain::new(&description).unwrap_err()
    };
    assert_eq!(
        error(|description| description.stages[2].width[1] = 20).to_string(),
        "proxylessnas: `stages[2].width`: expected multiples of 8, found 20"
    );
    let key = |change| error(change).key;
    assert_eq!(key(|it| it.name = "A space".into()), "name");
    assert_eq!(key(|it| it.resolution.clear()), "resolution");
    assert_eq!(key(|it| it.resolution = vec![8192]), "resolution");
    assert_eq!(key(|it| it.head.as_mut().unwrap().width = vec![16384]), "head.width");
    assert_eq!(key(|it| it.stages[0].expansion = vec![17.0]), "stages[0].expansion");
    assert_eq!(key(|it| it.notation = Notation::Digits), "notation");
    assert_eq!(key(|it| it.stages[0].kernel = vec![4]), "stages[0].kernel");
    assert_eq!(key(|it| it.stages[0].expansion = vec![0.5]), "stages[0].expansion");
    assert_eq!(key(|it| it.stages[0].expansion = vec![f64::NAN]), "stages[0].expansion");
    assert_eq!(key(|it| it.stages[1].kernel = vec![3]), "stages[1].kernel");
    assert_eq!(key(|it| it.stages[1].operation[0] = "pool".into()), "stages[1].operation");
    assert_eq!(key(|it| it.stages[1].depth = vec![99]), "stages[1].depth");
    assert_eq!(key(|it| it.stages[1].depth = vec![0]), "stages[1].depth");
    assert_eq!(key(|it| it.operations[1].expansion = None), "operations[1]");
    assert_eq!(key(|it| it.stages[4].depth = vec![16; 1]), "named.proxylessnas-cpu");
    assert_eq!(key(|it| it.stages.clear()), "stages");
    // A first layer that may or may not change the shape.
    assert_eq!(
        key(|it| (it.stages[2].stride, it.stages[2].width) = (1, vec![32, 40])),
        "stages[2].operation"
    );
}

#[test]
fn every_layer_takes_what_the_one_before_gives() {
    for name in BUILT_IN {
        let space = built_in(name);
        for arch in space.named_archs().into_iter().map(|name| space.named(name).unwrap()) {
            let Network { layers, resolution, .. } = space.network(&arch);
            assert_eq!((layers[0].input, layers[0].side), (3, resolution));
            for pair in layers.windows(2) {
                assert_eq!((pair[0].output, pair[0].output_side()), (pair[1].input, pair[1].side));
            }
            assert_eq!(Arch::from_choices(&space, arch.choices()), Ok(arch));
        }
    }
}
