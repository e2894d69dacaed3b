"""Networks in PyTorch: built, scored, exported, and sharing their weights."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import ganas

if TYPE_CHECKING:
    import torch
else:
    torch = pytest.importorskip("torch")

from torch import nn

from ganas.torch import (
    Supernet,
    build,
    grad_norm,
    jacov,
    naswot,
    synflow,
    to_onnx,
    zero_cost,
)

EXAMPLES = Path(__file__).parents[1] / "examples"

SPACES = [
    "nasbench201",
    "nasbench101",
    "darts",
    "efficientnet",
    "proxylessnas",
    "mnasnet",
    "ofa-mbv3",
    "nasbench-macro",
]

CHAIN = """\
name = "chain"

[chain]
resolution = [8]
channels = 1
classes = 3
stem = { width = [8, 16], stride = 1 }

[[chain.stages]]
width = [8, 16]
depth = [1, 2]
kernel = [3, 5]
expansion = [1, 3]
"""

TOKENS = """\
name = "tokens"

[chain]
resolution = [8]
channels = 1
classes = 3
stem = { width = [8, 16], patch = 4 }

[[chain.stages]]
block = "transformer"
depth = [1, 2]
heads = [2]
mlp_ratio = [1, 2]
"""


def cells() -> ganas.Space:
    return ganas.Space.from_toml(EXAMPLES / "digits" / "space.toml")


def chain(text: str = CHAIN) -> ganas.Space:
    return ganas.Space.from_text(text)


def batches(side: int = 8, classes: int = 3, count: int = 4) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Images whose brightness says what they are."""
    random = torch.Generator().manual_seed(0)
    found = []
    for _ in range(count):
        labels = torch.randint(classes, (32,), generator=random)
        noise = torch.randn(32, 1, side, side, generator=random)
        found.append((noise + labels[:, None, None, None].float(), labels))
    return found


def supernet(space: ganas.Space, seed: int = 0) -> Supernet:
    side = 16 if space == cells() else 8
    return Supernet(space, batches(side), batches(side, count=2), seed=seed)


@pytest.mark.parametrize("name", SPACES)
def test_networks_are_as_large_as_stated_and_run(name: str) -> None:
    arch = ganas.Space(name).sample(1, seed=5)[0]
    network = build(arch).eval()
    assert sum(it.numel() for it in network.parameters()) == pytest.approx(1e6 * arch.costs["params"], abs=0.5)
    with torch.no_grad():
        assert network(torch.zeros(1, *network.input_shape)).shape == (1, network.classes)


def test_what_cannot_be_built_says_why(mine: Path) -> None:
    with pytest.raises(ganas.UsageError, match="operators are defined"):
        build(ganas.Space.from_toml(mine).sample(1)[0])
    with pytest.raises(TypeError, match="expected an architecture such as trial.arch, found str"):
        build("nasbench201")  # type: ignore[arg-type]


@pytest.mark.parametrize("space", [cells(), chain(), chain(TOKENS)], ids=["cells", "chain", "tokens"])
def test_networks_have_the_shared_weights_of_their_places(space: ganas.Space) -> None:
    shared = supernet(space)
    archs = space.sample(40, seed=1)
    for arch in archs:
        shared.step(arch)
    weights = shared.state_dict()["weights"]
    for arch in archs:
        for name, weight in shared.network(arch).named_parameters():
            whole = weights.get(name, weights.get(f"{name} {tuple(weight.shape)}"))
            assert whole is not None, name
            for dimension, size in enumerate(weight.shape):
                start = (whole.shape[dimension] - size) // 2 if dimension > 1 else 0
                whole = whole.narrow(dimension, start, size)
            assert torch.equal(whole, weight)


def test_a_step_trains_its_path_and_no_other() -> None:
    space = cells()
    one = space.parse("cell{1 = conv3x3(input); 2 = none(input) + skip(1); 3 = none(input) + none(1) + skip(2)}")
    other = space.parse("cell{1 = conv1x1(input); 2 = none(input) + skip(1); 3 = none(input) + none(1) + skip(2)}")
    shared = supernet(space)
    shared.step(other)
    before = {name: weight.clone() for name, weight in shared.state_dict()["weights"].items()}
    shared.step(one)
    after = shared.state_dict()["weights"]
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert any("stem" in name or name.startswith("0.") for name in changed), "the stem is of both"
    assert not any("conv1x1" in name for name in changed)
    assert any("conv3x3" in name for name in after) and not any("conv3x3" in name for name in before)


def test_a_larger_tensor_keeps_what_was_trained() -> None:
    space = chain()
    archs = sorted(space.sample(60, seed=2), key=lambda arch: arch.costs["params"])
    shared = supernet(space)
    shared.train(5, [archs[0]] * 5)
    small = {name: weight.clone() for name, weight in shared.network(archs[0]).named_parameters()}
    shared.network(archs[-1])
    again = dict(shared.network(archs[0]).named_parameters())
    assert all(torch.equal(small[name], again[name]) for name in small)
    assert math.isfinite(shared.step(archs[-1]))


def test_it_learns_and_equal_seeds_are_equal() -> None:
    space = chain()
    runs = []
    for seed in (3, 3, 4):
        shared = supernet(space, seed)
        losses = shared.train(60)
        runs.append((losses, [shared.evaluate(arch) for arch in space.sample(5)]))
    assert runs[0] == runs[1] != runs[2]
    losses, values = runs[0]
    assert sum(losses[-10:]) < 0.7 * sum(losses[:10])
    assert max(values) > 60
    assert all(0 <= value <= 100 for value in values)


def test_evaluating_changes_nothing() -> None:
    space = chain()
    shared = supernet(space)
    shared.train(10)
    arch = space.sample(1)[0]
    first, weights = shared.evaluate(arch), shared.state_dict()["weights"]
    kept = {name: weight.clone() for name, weight in weights.items()}
    assert [shared.evaluate(arch) for _ in range(2)] == [first, first]
    assert all(torch.equal(kept[name], weights[name]) for name in kept)
    assert shared.steps == 10


def test_its_weights_are_saved_and_loaded(tmp_path: Path) -> None:
    space = cells()
    shared = supernet(space)
    shared.train(10)
    torch.save(shared.state_dict(), tmp_path / "shared.pt")
    other = supernet(space, seed=9)
    other.step(space.sample(1, seed=4)[0])
    other.load_state_dict(torch.load(tmp_path / "shared.pt"))
    assert other.steps == 10
    arch = space.sample(1)[0]
    ours, others = shared.network(arch).state_dict(), other.network(arch).state_dict()
    known = shared.state_dict()["weights"]
    assert all(torch.equal(ours[name], others[name]) for name in ours if name in known)
    assert math.isfinite(other.step(arch))


def test_a_study_evaluates_by_shared_weights() -> None:
    space = chain()
    shared = supernet(space)
    shared.train(40)
    study = ganas.Study(space, strategy="evolution", budget=12)
    study.optimize(shared.evaluate, workers=2)
    assert study.queries == 12
    assert study.best.value == shared.evaluate(study.best.arch)


def test_a_strategy_proposes_the_paths() -> None:
    space = chain()
    shared = supernet(space)
    study = ganas.Study(space, strategy="evolution", budget=8)
    losses = shared.train(100, shared.proposed(study))
    assert (len(losses), shared.steps, study.queries) == (8, 8, 8)


def test_a_study_is_told_of_the_last_path_too() -> None:
    space = chain()
    shared = supernet(space)
    study = ganas.Study(space, strategy="evolution", budget=8)
    assert (len(shared.train(3, shared.proposed(study))), study.queries) == (3, 3)
    assert (len(shared.train(2, shared.proposed(study))), study.queries) == (2, 5)


def test_bad_batches_and_paths_say_what_was_expected() -> None:
    space = chain()
    with pytest.raises(TypeError, match="expected training batches that can be read repeatedly"):
        Supernet(space, iter(batches()), batches())
    with pytest.raises(ValueError, match="expected training batches, found none"):
        Supernet(space, [], batches()).step(space.sample(1)[0])
    with pytest.raises(ValueError, match="expected validation batches, found none"):
        Supernet(space, batches(), []).evaluate(space.sample(1)[0])
    with pytest.raises(ganas.UsageError, match="of 'chain', found an architecture of"):
        supernet(space).evaluate(cells().sample(1)[0])
    endless = [(torch.full_like(images, math.inf), labels) for images, labels in batches()]
    shared = Supernet(space, endless, batches())
    with pytest.raises(FloatingPointError, match="expected a finite loss, found nan at step 0"):
        shared.train(3)


class Layers(nn.Sequential):
    """A network without batch normalisation and biases, so that its scores can be told by hand."""

    def __init__(self, *sizes: int) -> None:
        super().__init__()
        for number, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
            if number:
                self.append(nn.ReLU())
            self.append(nn.Linear(inputs, outputs, bias=False))
        self.input_shape = (sizes[0],)

    def matrices(self) -> list[torch.Tensor]:
        return [it.weight.detach().double() for it in self if isinstance(it, nn.Linear)]


def test_synflow_is_conserved_by_each_layer() -> None:
    torch.manual_seed(0)
    network = Layers(5, 7, 3, 4)
    flow = torch.ones(5, dtype=torch.float64)
    for matrix in network.matrices():
        flow = matrix.abs() @ flow
    assert synflow(network) == pytest.approx(3 * float(flow.sum()), rel=1e-9)


def test_grad_norm_is_that_of_a_logistic_regression() -> None:
    torch.manual_seed(0)
    network, inputs, targets = Layers(4, 3), torch.randn(6, 4), torch.tensor([0, 1, 2, 0, 1, 2])
    errors = network(inputs).softmax(1) - nn.functional.one_hot(targets)
    expected = float((errors.T @ inputs / 6).norm().detach())
    assert grad_norm(network, inputs, targets) == pytest.approx(expected, rel=1e-5)


def test_jacov_of_a_linear_network_is_that_of_equal_gradients() -> None:
    torch.manual_seed(0)
    count, jitter = 4, 1e-5
    values = [count + jitter] + [jitter] * (count - 1)
    expected = -sum(math.log(value) + 1 / value for value in values)
    assert jacov(Layers(6, 2), torch.randn(count, 6)) == pytest.approx(expected, rel=1e-6)


def test_naswot_counts_activations_that_agree() -> None:
    torch.manual_seed(0)
    network, inputs = Layers(3, 8, 5, 2), torch.randn(5, 3)
    first, second, _ = network.matrices()
    hidden = inputs.double() @ first.T
    patterns = torch.cat([hidden > 0, hidden.relu() @ second.T > 0], 1)
    kernel = torch.tensor([[float((a == b).sum()) for b in patterns] for a in patterns]).double()
    assert naswot(network, inputs) == pytest.approx(float(torch.logdet(kernel)), rel=1e-9)


def test_scores_of_a_network_that_ignores_its_input_are_finite_and_the_worst() -> None:
    space = cells()
    images, labels = batches(16)[0]
    torch.manual_seed(0)
    nothing = "cell{1 = none(input); 2 = none(input) + none(1); 3 = none(input) + none(1) + none(2)}"
    worst = zero_cost(space.parse(nothing), images, labels)
    assert all(math.isfinite(score) for score in worst.values()), worst
    for arch in (space.parse("@residual"), *space.sample(3, seed=2)):
        scores = zero_cost(arch, images, labels)
        assert all(scores[name] > worst[name] for name in worst), (arch, scores, worst)


def test_scores_leave_a_network_alone_and_are_kept_by_a_study() -> None:
    space = cells()
    images, labels = batches(16)[0]
    network = build(space.sample(1)[0]).eval()
    before = {name: it.clone() for name, it in network.state_dict().items()}
    scores = zero_cost(network, images, labels)
    assert set(scores) == {"synflow", "naswot", "jacov", "grad_norm"}
    assert all(math.isfinite(score) for score in scores.values())
    assert all(torch.equal(before[name], it) for name, it in network.state_dict().items())
    assert not network.training and all(it.grad is None for it in network.parameters())

    def measure(trial: ganas.Trial) -> ganas.Measurement:
        torch.manual_seed(trial.seed)
        return ganas.Measurement(50.0, metrics=zero_cost(trial.arch, images, labels))

    study = ganas.Study(space, strategy="random", budget=2)
    study.optimize(measure)
    assert all(set(trial.metrics) >= set(scores) for trial in study.trials)


def test_scores_of_convolutions_are_those_of_their_definitions() -> None:
    np = pytest.importorskip("numpy")
    space = cells()
    images, labels = batches(16)[0]
    images, labels = images[:6], labels[:6]
    torch.manual_seed(0)
    network = build(space.parse("@residual")).train().double()
    images = images.double()
    layers = [it for it in network.modules() if isinstance(it, (nn.Conv2d, nn.Linear))]

    images.requires_grad_()
    (jacobian,) = torch.autograd.grad(network(images).sum(), images)
    images = images.detach()
    values = np.linalg.eigvals(np.corrcoef(jacobian.flatten(1).numpy())).real + 1e-5
    assert jacov(network, images) == pytest.approx(-float((np.log(values) + 1 / values).sum()), rel=1e-6)

    loss = nn.functional.cross_entropy(network(images), labels)
    gradients = torch.autograd.grad(loss, [it.weight for it in layers])
    expected = sum(float((gradient**2).sum()) ** 0.5 for gradient in gradients)
    assert grad_norm(network, images, labels) == pytest.approx(expected, rel=1e-9)


def test_scores_are_those_of_alethiometer() -> None:
    """Its code is of other people: it has three of the four."""
    calculate = pytest.importorskip("alethiometer").calc_zc_metrics
    space = ganas.Space("nasbench201")
    torch.manual_seed(0)
    images, labels = torch.randn(16, 3, 32, 32), torch.randint(10, (16,))
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(images, labels), batch_size=16)
    for arch in space.sample(5, seed=2):
        network = build(arch)
        ours = zero_cost(network, images, labels)
        names = {"synflow": "synflow", "grad_norm": "grad_norm", "nwot_relu": "naswot"}
        # It has batch normalisation as in inference, unlike the paper's code.
        setattr(network, "eval", lambda: network)
        theirs = calculate(list(names), network, loader, torch.device("cpu"))
        for name, own in names.items():
            assert ours[own] == pytest.approx(theirs[name], rel=1e-3), name


@pytest.mark.parametrize("arch", [
    pytest.param(ganas.Space("nasbench201").sample(1, seed=1)[0], id="nasbench201"),
    pytest.param(ganas.Space("nasbench101").sample(1, seed=1)[0], id="nasbench101"),
    pytest.param(cells().sample(1, seed=1)[0], id="cells"),
    pytest.param(chain().sample(1, seed=1)[0], id="chain"),
    pytest.param(chain(TOKENS).sample(1, seed=1)[0], id="tokens"),
    pytest.param(ganas.Space("nasbench-macro").sample(1, seed=1)[0], id="macro"),
])
def test_onnx_files_compute_the_same(arch: ganas.Arch, tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    torch.manual_seed(0)
    network = build(arch).train()
    # Statistics of batch normalisation that are not those of a new network.
    network(torch.randn(8, *network.input_shape))
    path = tmp_path / "network.onnx"
    to_onnx(network, path)
    assert network.training and [it.name for it in tmp_path.iterdir()] == ["network.onnx"]
    session = onnxruntime.InferenceSession(str(path))
    for count in (1, 5):
        inputs = torch.randn(count, *network.input_shape)
        (found,) = session.run(["logits"], {"inputs": inputs.numpy()})
        with torch.no_grad():
            expected = network.eval()(inputs)
        assert torch.allclose(torch.from_numpy(found), expected, rtol=1e-3, atol=1e-4)
