//! Tests that errors about unsuitable blocks name the right key of the description.

use super::block_tests::*;
use super::*;

/// Valid descriptions for the three types of input, which the tests make invalid.
const IMAGES: &str =
    "resolution = [8]\nclasses = 10\nstem = { width = [8] }\n[[stages]]\nwidth = [8, 16]\n";
const TOKENS: &str =
    "resolution = [16]\nclasses = 10\nstem = { width = [8, 24], patch = 4 }\n[[stages]]\n";
const TABLE: &str = "features = 8\nclasses = 10\n[[stages]]\nwidth = [8, 16]\n";

/// A description, its last block, a replacement to make in both, and the key and the expected value
/// of the error.
type Case = (&'static str, &'static str, (&'static str, &'static str), &'static str, &'static str);

#[test]
fn what_does_not_fit_is_refused_by_its_key() {
    let convolution = "block = \"convolution\"\nkernel = [3]\n";
    let transformer = "block = \"transformer\"\nheads = [2, 4]\nmlp_ratio = [2]\n";
    let linear = "block = \"linear\"\n";
    let cases: &[Case] = &[
        (
            IMAGES,
            convolution,
            ("[8]\nclasses", "[8]\nchannels = 0\nclasses"),
            "channels",
            "1 to 8192",
        ),
        (
            IMAGES,
            convolution,
            ("[8]\nclasses", "[8]\nchannels = 1000000000\nclasses"),
            "channels",
            "1 to",
        ),
        (IMAGES, convolution, ("[8, 16]", "[1000000000]"), "stages[0].width", "1 to 8192"),
        (IMAGES, convolution, ("stem = { width = [8] }\n", ""), "stem", "stem = { width"),
        (IMAGES, convolution, ("resolution = [8]\n", ""), "resolution", "at least one value"),
        (IMAGES, convolution, ("width = [8, 16]", ""), "stages[0].width", "at least one value"),
        (IMAGES, "block = \"convolution\"\n", ("", ""), "stages[0].kernel", "at least one value"),
        (
            IMAGES,
            "block = \"residual\"\nkernel = [4]\n",
            ("", ""),
            "stages[0].kernel",
            "odd number",
        ),
        (
            IMAGES,
            convolution,
            ("[3]", "[3]\nexpansion = [2]"),
            "stages[0].expansion",
            "keys of `convolution` (depth, choose, activation",
        ),
        (IMAGES, convolution, ("[3]", "[3]\nheads = [2]"), "stages[0].heads", "found `heads`"),
        (
            IMAGES,
            convolution,
            ("[3]", "[3]\nsqueeze_excitation = [true]"),
            "stages[0].squeeze_excitation",
            "one of the keys",
        ),
        (
            IMAGES,
            convolution,
            ("[3]", "[3]\noperation = [\"a\"]"),
            "stages[0].operation",
            "one of the keys",
        ),
        (
            IMAGES,
            "block = \"bottleneck\"\nkernel = [3]\n",
            ("", ""),
            "stages[0].expansion",
            "at least one",
        ),
        (
            IMAGES,
            "block = \"bottleneck\"\nkernel = [3]\nexpansion = [4]\n",
            ("", ""),
            "stages[0].expansion",
            "0.01 to 1",
        ),
        (IMAGES, "kernel = [3]\nexpansion = [0.5]\n", ("", ""), "stages[0].expansion", "1 to 16"),
        (
            IMAGES,
            transformer,
            ("width = [8, 16]\n", ""),
            "stages[0].block",
            "tokens, which `stem.patch` makes",
        ),
        (
            IMAGES,
            linear,
            ("", ""),
            "stages[0].block",
            "`linear` takes rows of a table, which the key `features` describes",
        ),
        (TOKENS, transformer, ("patch = 4", "patch = 0"), "stem.patch", "divides"),
        (TOKENS, transformer, ("patch = 4", "patch = 5"), "stem.patch", "of 16 pixels"),
        (TOKENS, transformer, ("patch = 4", "patch = 32"), "stem.patch", "of 16 pixels"),
        (
            TOKENS,
            transformer,
            ("patch = 4", "patch = 4, kernel = 3"),
            "stem.kernel",
            "this key to be omitted when `patch` is given",
        ),
        (TOKENS, transformer, ("[2, 4]", "[2, 5]"), "stages[0].heads", "divides every width"),
        (TOKENS, transformer, ("[2, 4]", "[0]"), "stages[0].heads", "1 to 256"),
        (TOKENS, transformer, ("[2, 4]", "[4000000000]"), "stages[0].heads", "1 to 256"),
        (TOKENS, transformer, ("[2, 4]", "[]"), "stages[0].heads", "at least one value"),
        (TOKENS, transformer, ("[2]", "[0.1]"), "stages[0].mlp_ratio", "0.25 to 16"),
        (TOKENS, transformer, ("[2]", "[1e300]"), "stages[0].mlp_ratio", "0.25 to 16"),
        (TOKENS, transformer, ("[2]", "[2]\nwidth = [8]"), "stages[0].width", "heads, mlp_ratio"),
        (TOKENS, transformer, ("[2]", "[2]\nstride = 2"), "stages[0].stride", "one of the keys"),
        (
            TOKENS,
            transformer,
            ("classes", "head = { width = [8] }\nclasses"),
            "head",
            "omitted for tokens",
        ),
        (
            TOKENS,
            transformer,
            ("classes", "projection = true\nclasses"),
            "projection",
            "omitted for tokens",
        ),
        (
            TOKENS,
            convolution,
            ("", ""),
            "stages[0].block",
            "transformer, because the stages take tokens",
        ),
        (TABLE, linear, ("features = 8", "features = 0"), "features", "1 to 65536"),
        (TABLE, linear, ("features = 8", "features = 1000000000"), "features", "1 to 65536"),
        (
            TABLE,
            linear,
            ("classes", "resolution = [8]\nclasses"),
            "resolution",
            "omitted for a table",
        ),
        (TABLE, linear, ("classes", "channels = 1\nclasses"), "channels", "omitted for a table"),
        (
            TABLE,
            linear,
            ("classes", "stem = { width = [8] }\nclasses"),
            "stem",
            "omitted for a table",
        ),
        (
            TABLE,
            linear,
            ("classes", "head = { width = [8] }\nclasses"),
            "head",
            "omitted for a table",
        ),
        (
            TABLE,
            linear,
            ("[8, 16]", "[8, 16]\nkernel = [3]"),
            "stages[0].kernel",
            "one of the keys",
        ),
        (
            TABLE,
            convolution,
            ("", ""),
            "stages[0].block",
            "linear, because the stages take rows of a table",
        ),
    ];
    for (start, block, (old, new), key, expected) in cases {
        let text = format!("name = \"x\"\n{start}{block}");
        assert!(text.contains(old), "{old}");
        let text = if old.is_empty() { text } else { text.replacen(old, new, 1) };
        let error = Chain::new(&toml::from_str(&text).unwrap()).expect_err(&text);
        assert_eq!(error.key, *key, "{text}\n{error}");
        assert!(error.to_string().contains(expected), "{error}");
    }
    for (start, block) in [(IMAGES, convolution), (TOKENS, transformer), (TABLE, linear)] {
        chain(&format!("{start}{block}"));
    }
}

#[test]
fn wrong_operations_are_refused() {
    let cases = [
        (
            "block = \"residual\", kernel = 3",
            "block = \"residual\", kernel = 3, expansion = 2",
            "operations[2]",
        ),
        ("block = \"residual\", kernel = 3", "block = \"residual\"", "operations[2]"),
        ("block = \"residual\"", "block = \"transformer\"", "operations[2].block"),
        ("expansion = 0.5", "expansion = 2", "operations[3].expansion"),
        (
            "block = \"separable\", kernel = 3",
            "block = \"separable\", kernel = 3, squeeze_excitation = true",
            "operations[4].squeeze_excitation",
        ),
    ];
    for (old, new, key) in cases {
        assert!(MIXED.contains(old), "{old}");
        let text = format!("name = \"x\"\n{}", MIXED.replacen(old, new, 1));
        assert_eq!(Chain::new(&toml::from_str(&text).unwrap()).unwrap_err().key, key);
    }
    let unknown = format!("name = \"x\"\n{}", MIXED.replacen("residual", "resnet", 1));
    let error = toml::from_str::<ChainDescription>(&unknown).unwrap_err().to_string();
    assert!(
        error.contains("unknown variant `resnet`, expected one of `inverted-bottleneck`"),
        "{error}"
    );
}
