"""Weight sharing: a single training run for all architectures of a space."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from threading import Lock
from typing import Any, NamedTuple, cast
from zlib import crc32

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import stateless
from torch.nn.utils.clip_grad import clip_grad_norm_

import ganas
from ganas.torch._build import build
from ganas.torch._sharing import Part, SharedWeights

Batches = Iterable[tuple[Tensor, Tensor]]

# PyTorch 2 moved this function.
functional_call: Callable[..., Tensor] = (torch.func if hasattr(torch, "func") else stateless).functional_call

NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)

KEPT_PATHS = 1024
"""The number of networks to cache, without their weights, because small spaces sample the same networks
repeatedly.
"""

CALIBRATION_BATCHES = 8
"""The number of training batches from which the statistics of batch normalisation are computed."""

MOST_SEED = 2**63 - 1

LARGEST_GRADIENT = 5.0
"""The maximum norm of a step's gradient; larger gradients are clipped to it."""


class _Proposed(Iterator[ganas.Arch]):
    """The architectures that a study proposes. To yield the next one, it tells the study the last result."""

    def __init__(self, supernet: Supernet, study: ganas.Study) -> None:
        self._supernet = supernet
        self._trials = iter(study)
        self._last: ganas.Trial | None = None

    def __next__(self) -> ganas.Arch:
        self.finish()
        self._last = next(self._trials)
        return self._last.arch

    def finish(self) -> None:
        """Tells the study the result of the last architecture, unless it already has it."""
        trial, self._last = self._last, None
        if trial is not None:
            trial.tell(self._supernet.evaluate(trial))


def accuracy(outputs: Tensor, targets: Tensor) -> float:
    """Returns the fraction of correct predictions, in percent."""
    return 100 * float((outputs.argmax(1) == targets).double().mean())


class Supernet:
    """A super-network of a search space, in which each architecture is a path through shared weights.

    Two architectures share the weights at a position (an edge of a cell, or a layer of a stage) if they make
    the same choice there. If widths or kernel sizes differ, a smaller tensor is a slice of the largest one:
    its first channels and the middle of its kernel (Cai et al., "Once-for-all", ICLR 2020). The weights of
    attention layers and patch embeddings are shared only if they have the same shape.

    A step trains one path (Guo et al., "Single path one-shot neural architecture search with uniform
    sampling", ECCV 2020). To evaluate an architecture, the super-network copies the weights of its path,
    computes the statistics of batch normalisation on training batches, and measures the copy on the
    validation batches; it trains nothing. `study.optimize(supernet.evaluate)` is therefore a weight-sharing
    search.

    `training` and `validation` are collections of batches that can be iterated over repeatedly, such as a
    `DataLoader` or a list; each batch consists of inputs and targets. On the same device, equal seeds, paths
    and batches give equal weights.
    """

    def __init__(
        self,
        space: ganas.Space,
        training: Batches,
        validation: Batches,
        *,
        loss: Callable[[Tensor, Tensor], Tensor] = functional.cross_entropy,
        metric: Callable[[Tensor, Tensor], float] = accuracy,
        momentum: float = 0.9,
        weight_decay: float = 5e-4,
        device: torch.device | str = "cpu",
        seed: int = 0,
    ) -> None:
        for name, batches in (("training", training), ("validation", validation)):
            if iter(batches) is batches:
                raise TypeError(
                    f"expected {name} batches that can be read repeatedly, such as a list or a"
                    f" DataLoader, found {type(batches).__name__}, which can be read only once"
                )
        self._space = space
        self._training = training
        self._validation = validation
        self._loss = loss
        self._metric = metric
        self._device = torch.device(device)
        self._seed = seed
        self._steps = 0
        self._weights = SharedWeights()
        self._paths: OrderedDict[str, _Path] = OrderedDict()
        self._lock = Lock()
        self._optimizer = torch.optim.SGD(
            [{"params": []}], lr=0.0, momentum=momentum, weight_decay=weight_decay, nesterov=momentum > 0
        )
        self._feed = self._batches()
        self._calibrating: list[tuple[Tensor, Tensor]] | None = None

    @property
    def space(self) -> ganas.Space:
        """Returns the search space."""
        return self._space

    @property
    def steps(self) -> int:
        """Returns the number of training steps so far."""
        return self._steps

    def train(
        self, steps: int, paths: Iterable[ganas.Arch] | None = None, *, learning_rate: float = 0.1
    ) -> list[float]:
        """Trains one path in each step and returns the loss of each step. The learning rate decays to zero
        along half a cosine wave.

        `paths` are the architectures to train; if they run out, the training ends early. By default, each
        path is drawn at random, with each of its decisions chosen uniformly. `proposed(study)` iterates over the
        architectures that a strategy proposes.

        Raises `FloatingPointError` if the loss is no longer finite.
        """
        archs = self._uniform() if paths is None else iter(paths)
        losses = []
        for number, arch in enumerate(islice(archs, steps)):
            rate = learning_rate * (1 + math.cos(math.pi * number / steps)) / 2
            losses.append(self.step(arch, rate))
        if isinstance(archs, _Proposed):
            archs.finish()
        return losses

    def step(self, arch: ganas.Arch, learning_rate: float = 0.1) -> float:
        """Trains the path of an architecture on the next training batch, and returns the loss."""
        inputs, targets = next(self._feed)
        path = self._path(arch)
        weights = self._weights.of(path.parts)
        loss = self._loss(functional_call(path.network.train(), weights, (inputs,)), targets)
        value = float(loss.detach())
        if not math.isfinite(value):
            raise FloatingPointError(
                f"expected a finite loss, found {value} at step {self._steps} with {arch}:"
                " lower the learning rate"
            )
        self._follow()
        self._optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        for group in self._optimizer.param_groups:
            group["lr"] = learning_rate
        # The weights of other paths have no gradient, so this step does not change them.
        clip_grad_norm_(self._weights.tensors.values(), LARGEST_GRADIENT)
        self._optimizer.step()
        self._steps += 1
        return value

    def proposed(self, study: ganas.Study) -> Iterator[ganas.Arch]:
        """Returns an iterator over the architectures that a study proposes, for `train`.

        After `train` has trained an architecture for one step, it is evaluated, and the study is told the
        result.
        """
        return _Proposed(self, study)

    def evaluate(self, trial: ganas.Trial | ganas.Arch) -> float:
        """Returns the mean of the metric over the validation data, for the architecture with weights from the
        super-network.

        Weights that no step has trained still have their initial values.
        """
        network = self.network(trial.arch if isinstance(trial, ganas.Trial) else trial).eval()
        total, count = 0.0, 0
        with torch.no_grad():
            for inputs, targets in self._validation:
                inputs, targets = inputs.to(self._device), targets.to(self._device)
                total += self._metric(network(inputs), targets) * len(inputs)
                count += len(inputs)
        if count == 0:
            raise ValueError("expected validation batches, found none")
        return total / count

    def network(self, arch: ganas.Arch) -> nn.Module:
        """Returns a separate network with weights copied from the super-network. You can train it further or
        save it.
        """
        with self._lock:
            network, parts = self._admitted(arch)
            weights = self._weights.of(parts)
            with torch.no_grad():
                for name, weight in weights.items():
                    network.get_parameter(name).copy_(weight)
            calibration = self._calibration()
        _calibrate(network, calibration)
        return network

    def state_dict(self) -> dict[str, Any]:
        """Returns the shared weights and the number of training steps, for `torch.save`."""
        weights = {name: weight.detach() for name, weight in self._weights.tensors.items()}
        return {"weights": weights, "steps": self._steps}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Replaces the weights with those from `state_dict`, and resets the momentum."""
        self._paths.clear()
        self._weights.tensors.clear()
        for name, weight in state["weights"].items():
            self._weights.tensors[name] = nn.Parameter(weight.detach().clone().to(self._device))
        self._steps = int(state["steps"])

    def _follow(self) -> None:
        """Makes the optimiser train the current tensors; those that were enlarged start without momentum."""
        trained = list(self._weights.tensors.values())
        self._optimizer.param_groups[0]["params"] = trained
        for gone in set(self._optimizer.state).difference(trained):
            del self._optimizer.state[gone]

    def _uniform(self) -> Iterator[ganas.Arch]:
        drawn = self._steps
        while True:
            yield from self._space.sample(256, seed=(self._seed << 32) + drawn)
            drawn += 256

    def _batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        while True:
            count = 0
            for inputs, targets in self._training:
                count += 1
                yield inputs.to(self._device), targets.to(self._device)
            if count == 0:
                raise ValueError("expected training batches, found none")

    def _path(self, arch: ganas.Arch) -> _Path:
        """Returns a network that has no weights of its own, and the parts of the shared weights that it uses.
        """
        with self._lock:
            key = str(arch)
            path = self._paths.pop(key, None)
            if path is None:
                path = _Path(*self._admitted(arch))
                for parameter in path.network.parameters():
                    parameter.data = torch.empty(0, device=self._device)
            self._paths[key] = path
            if len(self._paths) > KEPT_PATHS:
                self._paths.popitem(last=False)
            return path

    def _admitted(self, arch: ganas.Arch) -> tuple[nn.Module, dict[str, Part]]:
        """Returns two things: a network with its own initial weights, which depend on the seed and the
        architecture; and the parts of the shared weights that it uses.
        """
        if arch.space != self._space:
            raise ganas.UsageError(
                f"expected an architecture of {self._space.name!r}, found an architecture of {arch.space.name!r}"
            )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed((self._seed << 32 | crc32(str(arch).encode())) & MOST_SEED)
            network = build(arch, device=self._device)
            return network, self._weights.admit(network)

    def _calibration(self) -> list[tuple[Tensor, Tensor]]:
        """Returns the calibration batches, which are the same for all networks even if the order of the
        training batches varies.
        """
        if self._calibrating is None:
            batches = islice(self._training, CALIBRATION_BATCHES)
            self._calibrating = [(it.to(self._device), targets) for it, targets in batches]
        return self._calibrating


class _Path(NamedTuple):
    network: nn.Module
    parts: dict[str, Part]


def _calibrate(network: nn.Module, batches: Batches) -> None:
    """Recomputes the statistics of batch normalisation on training batches, because those accumulated during
    training are a mixture over many paths.
    """
    norms = [it for it in network.modules() if isinstance(it, NORMS)]
    kept = [(norm, norm.momentum) for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        # The mean over all batches instead of a moving average.
        norm.momentum = cast(Any, None)
    network.train()
    with torch.no_grad():
        for inputs, _ in batches if norms else ():
            network(inputs)
    for norm, momentum in kept:
        norm.momentum = momentum
