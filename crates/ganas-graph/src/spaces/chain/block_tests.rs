//! Tests blocks of stages against published networks.

use super::*;
use crate::{SearchSpace, moves};

/// Returns the space of the description `text`, after adding a name.
pub(super) fn chain(text: &str) -> Chain {
    let text = format!("name = \"one\"\n{text}");
    Chain::new(&toml::from_str(&text).unwrap()).unwrap_or_else(|error| panic!("{error}"))
}

/// Returns the numbers of parameters and of multiply–adds of one architecture.
fn cost(text: &str, arch: &str) -> (u64, u64) {
    let space = chain(text);
    let cost = space.network_cost(&space.parse(arch).unwrap());
    (cost.parameters, cost.multiply_adds)
}

/// Returns the description of a residual network for `ImageNet` with four stages.
fn residual(block: &str, first_width: u32, depths: [u32; 4]) -> String {
    // The stem's stride includes that of its max pooling, which has no parameters.
    let start = "resolution = [224, 192]\nclasses = 1000\n\
                 stem = { width = [64], kernel = 7, stride = 4 }\n";
    let stage = |(stage, depth)| {
        let (width, stride) = (first_width << stage, if stage == 0 { 1 } else { 2 });
        format!("[[stages]]\n{block}\n{}", shape(width, stride, depth))
    };
    let stages: Vec<_> = depths.into_iter().enumerate().map(stage).collect();
    start.to_owned() + &stages.concat()
}

/// Returns the keys common to all convolutional stages.
fn shape(width: u32, stride: u32, depth: u32) -> String {
    format!("kernel = [3]\nwidth = [{width}]\nstride = {stride}\ndepth = [{depth}]\n")
}

#[test]
fn residual_networks_have_their_published_parameters() {
    // torchvision's `resnet18`, `resnet34`, `resnet50` and `wide_resnet50_2`.
    let basic = "block = \"residual\"";
    assert_eq!(cost(&residual(basic, 64, [2, 2, 2, 2]), "r224").0, 11_689_512);
    assert_eq!(cost(&residual(basic, 64, [3, 4, 6, 3]), "r224").0, 21_797_672);
    let bottleneck = |ratio: f64| format!("block = \"bottleneck\"\nexpansion = [{ratio}]");
    assert_eq!(cost(&residual(&bottleneck(0.25), 256, [3, 4, 6, 3]), "r224").0, 25_557_032);
    assert_eq!(cost(&residual(&bottleneck(0.5), 256, [3, 4, 6, 3]), "r224").0, 68_883_240);
}

#[test]
fn residual_networks_have_their_published_multiply_adds() {
    // 1.814 and 4.089 billion in torchvision's list, where the stem sees 112 × 112 pixels instead of 56
    // × 56.
    let stem = 49 * 3 * 64 * (112 * 112 - 56 * 56);
    let millions = |count: u64| (count + stem) / 1_000_000;
    let basic = residual("block = \"residual\"", 64, [2, 2, 2, 2]);
    assert_eq!(millions(cost(&basic, "r224").1), 1_814);
    let deep = residual("block = \"bottleneck\"\nexpansion = [0.25]", 256, [3, 4, 6, 3]);
    assert_eq!(millions(cost(&deep, "r224").1), 4_089);
}

#[test]
fn mobilenet_has_its_published_costs() {
    let start = "resolution = [224, 192]\nclasses = 1000\nstem = { width = [32] }\n";
    let layers = [(64, 1, 1), (128, 2, 1), (128, 1, 1), (256, 2, 1), (256, 1, 1)];
    let last = [(512, 2, 1), (512, 1, 5), (1024, 2, 1), (1024, 1, 1)];
    let stages = layers.into_iter().chain(last).map(|(width, stride, depth)| {
        format!("[[stages]]\nblock = \"separable\"\n{}", shape(width, stride, depth))
    });
    let text = start.to_owned() + &stages.collect::<Vec<_>>().concat();
    let (parameters, multiply_adds) = cost(&text, "r224");
    // Table 8 of its paper: 4.2 million parameters, 569 million multiply–adds.
    assert_eq!((parameters, multiply_adds / 1_000_000), (4_231_976, 568));
}

#[test]
fn vision_transformers_have_their_published_parameters() {
    let vit = |width: u32, heads: u32, depth: u32| {
        format!(
            "resolution = [224]\nclasses = 1000\nactivation = \"gelu\"\n\
             stem = {{ width = [{width}], patch = 16 }}\n\
             [[stages]]\nblock = \"transformer\"\nheads = [{heads}, 1]\nmlp_ratio = [4]\ndepth = [{depth}]\n"
        )
    };
    // timm's `vit_base_patch16_224` without its class token and that token's position; likewise the tiny
    // one of 3 heads.
    let (parameters, multiply_adds) = cost(&vit(768, 12, 12), "h12");
    assert_eq!(parameters, 86_567_656 - 2 * 768);
    // By hand: patches, 12 layers of 196 tokens, classifier.
    let (n, d) = (196_u64, 768_u64);
    let layer = 4 * n * d * d + 2 * n * n * d + 2 * n * d * 4 * d;
    assert_eq!(multiply_adds, n * 3 * 256 * d + 12 * layer + d * 1000);
    assert_eq!(cost(&vit(192, 3, 12), "h3").0, 5_717_416 - 2 * 192);
}

#[test]
fn linear_stages_are_counted_by_hand() {
    let text = "features = 54\nclasses = 7\n[[stages]]\nblock = \"linear\"\nwidth = [64, 32]\ndepth = [0, 2]";
    let parameters = 54 * 64 + 64 * 64 + 2 * 2 * 64 + 64 * 7 + 7;
    assert_eq!(cost(text, "d2,w64"), (parameters, 54 * 64 + 64 * 64 + 64 * 7));
    assert_eq!(cost(text, "d0"), (54 * 7 + 7, 54 * 7), "the classifier alone");
}

#[test]
fn images_have_as_many_channels_as_is_said() {
    let of = |channels: &str| {
        let text = format!(
            "resolution = [8]\nclasses = 10\n{channels}\nstem = {{ width = [8], stride = 1 }}\n\
             [[stages]]\nblock = \"convolution\"\nwidth = [16]\nkernel = [1, 3]"
        );
        cost(&text, "k3")
    };
    // Stem, stage, normalisations, classifier; no head.
    let rest = 9 * 8 * 16 + 2 * (8 + 16) + 16 * 10 + 10;
    assert_eq!(of("channels = 1").0, 9 * 8 + rest);
    assert_eq!(of("").0, 3 * 9 * 8 + rest);
    assert_eq!(of("channels = 1").1, 64 * (9 * 8 + 9 * 8 * 16) + 160);
}

/// Several kinds of block, with choices per layer.
pub(super) const MIXED: &str = r#"
resolution = [16]
channels = 1
classes = 4
stem = { width = [8], stride = 1 }
head = { width = [16] }
operations = [
    { name = "skip" },
    { name = "plain", block = "convolution", kernel = 3 },
    { name = "basic", block = "residual", kernel = 3 },
    { name = "narrow", block = "bottleneck", kernel = 3, expansion = 0.5 },
    { name = "apart", block = "separable", kernel = 3 },
    { name = "wide", kernel = 3, expansion = 2, squeeze_excitation = true },
]
[[stages]]
stride = 2
width = [16]
depth = [2]
choose = "layer"
operation = ["skip", "plain", "basic", "narrow", "apart", "wide"]
"#;

#[test]
fn operations_may_be_of_any_block_of_images() {
    let space = chain(MIXED);
    assert_eq!((space.size(), space.classes()), (Some(5 * 6), Some(5 * 6)));
    let networks: std::collections::BTreeSet<_> =
        moves::enumerate(&space).map(|arch| space.canonical(&arch)).collect();
    assert_eq!(networks.len(), 30, "no two networks are the same");
    let blocks = |text: &str| -> Vec<_> {
        let network = space.network(&space.parse(text).unwrap());
        network
            .layers
            .into_iter()
            .filter(|layer| layer.stage.is_some())
            .map(|it| it.block)
            .collect()
    };
    let narrow = Block::Bottleneck { kernel: 3, inner: 8 };
    assert_eq!(blocks("narrow/basic"), [narrow, Block::Residual { kernel: 3 }]);
    assert_eq!(blocks("apart/skip"), [Block::Separable { kernel: 3 }]);
}

#[test]
fn decisions_of_transformers_have_names_of_their_own() {
    let text = "resolution = [32]\nclasses = 10\nstem = { width = [48, 96], patch = 8 }\n\
                [[stages]]\nblock = \"transformer\"\nheads = [2, 3]\nmlp_ratio = [2, 3.5]\ndepth = [1, 2]\n\
                choose = \"layer\"";
    let space = chain(text);
    let arch = space.parse("stem96;d2/h3,mlp3.5/h2,mlp2").unwrap();
    let names: Vec<_> = space.named_choices(&arch).into_iter().map(|(name, _)| name).collect();
    let expected = [
        "stem.width",
        "stage1.depth",
        "stage1.layer1.heads",
        "stage1.layer1.mlp_ratio",
        "stage1.layer2.heads",
        "stage1.layer2.mlp_ratio",
        "resolution",
    ];
    assert_eq!(names, expected);
    let other = space.parse("stem96;d2/h3,mlp3.5/h3,mlp2").unwrap();
    assert_ne!(
        space.canonical(&arch),
        space.canonical(&other),
        "heads are no parameters, but differ"
    );
    assert_eq!(space.cost(&arch), space.cost(&other));
}

/// Checks that counts of networks with the largest numbers in every key and the deepest stages
/// saturate, without a panic.
#[test]
fn the_largest_networks_are_counted() {
    let images = "resolution = [4096]\nchannels = 8192\nclasses = 65536\n\
                  stem = { width = [8192], kernel = 31, stride = 1 }\n";
    let tokens = "resolution = [4096]\nchannels = 8192\nclasses = 65536\n\
                  stem = { width = [8192], patch = 1 }\n";
    let table = "features = 65536\nclasses = 65536\n";
    let stages = |block: &str| format!("[[stages]]\n{block}\ndepth = [16, 15]\n").repeat(30);
    let of_images = |block: &str| format!("{block}\nwidth = [8192]\nkernel = [31]");
    for (input, block) in [
        (images, of_images("block = \"convolution\"")),
        (images, of_images("block = \"residual\"")),
        (images, of_images("block = \"bottleneck\"\nexpansion = [1]")),
        (images, of_images("block = \"separable\"")),
        (images, of_images("expansion = [16]\nsqueeze_excitation = [true]")),
        (tokens, "block = \"transformer\"\nheads = [256]\nmlp_ratio = [16]".into()),
        (table, "block = \"linear\"\nwidth = [8192]".into()),
    ] {
        let space = chain(&format!("{input}{}", stages(&block)));
        let arch = space.parse(&"d16;".repeat(30)[..30 * 4 - 1]).unwrap();
        let cost = space.network_cost(&arch);
        assert!(cost.parameters > 1 << 27 && cost.multiply_adds > cost.parameters / 2, "{block}");
        let _ = (cost.thop_flops(), space.pytorch(&arch), space.classes());
    }
}
