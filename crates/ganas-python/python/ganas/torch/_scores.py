"""Zero-cost scores, computed from untrained networks.

For all scores, higher is better. Units are arbitrary, so compare only scores that were computed on the same
batch. All scores are finite, even for networks that ignore their input. They are computed on a copy, so the
network does not change.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

import ganas
from ganas.torch._build import build, input_shape

Loss = Callable[[Tensor, Tensor], Tensor]

NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)
ACTIVATIONS = (nn.ReLU, nn.ReLU6, nn.SiLU, nn.Hardswish, nn.GELU)

JITTER = 1e-5
"""Keeps eigenvalues above zero: `jacov` adds it to each eigenvalue, as the code of its paper does, and
`naswot` raises smaller eigenvalues to it.
"""


def zero_cost(
    arch: ganas.Arch | nn.Module, inputs: Tensor, targets: Tensor, *, loss: Loss = functional.cross_entropy
) -> dict[str, float]:
    """Returns all four scores, by name, for an architecture or for the network that `build` created from it.

    Pass them as the `metrics` of a measurement to store them in a study:
    `ganas.Measurement(accuracy, metrics=zero_cost(trial.arch, inputs, targets))`.
    """
    network = build(arch, device=inputs.device) if isinstance(arch, ganas.Arch) else arch
    return {
        "synflow": synflow(network),
        "naswot": naswot(network, inputs),
        "jacov": jacov(network, inputs),
        "grad_norm": grad_norm(network, inputs, targets, loss=loss),
    }


def synflow(network: nn.Module, shape: tuple[int, ...] | None = None) -> float:
    """Returns the sum of |weight x gradient| over the weights of all convolutions and linear layers.

    Each weight is first replaced with its magnitude. The gradient is that of the sum of the outputs for an
    input of ones. The computation leaves out batch normalisation and uses double precision.

    `shape` is the shape of one input. Omit it for networks created by `build`, which store theirs.

    Tanaka et al., "Pruning neural networks without any data by iteratively conserving synaptic flow", NeurIPS
    2020; as a score of networks: Abdelfattah et al., ICLR 2021.
    """
    copied = _copy(network).double()
    for module in copied.modules():
        for name, child in module.named_children():
            if isinstance(child, NORMS):
                setattr(module, name, nn.Identity())
    with torch.no_grad():
        for parameter in copied.parameters():
            parameter.abs_()
    ones = torch.ones(1, *(shape or input_shape(network)), dtype=torch.float64, device=_device(copied))
    copied(ones).sum().backward()
    terms = [(weight * grad).abs().sum() for weight, grad in _weights(copied)]
    return float(sum(terms, torch.zeros(())))


def grad_norm(
    network: nn.Module, inputs: Tensor, targets: Tensor, *, loss: Loss = functional.cross_entropy
) -> float:
    """Returns the sum, over all convolutions and linear layers, of the Euclidean norm of the loss's gradient
    with respect to the layer's weights.

    Abdelfattah et al., "Zero-cost proxies for lightweight NAS", ICLR 2021.
    """
    copied = _copy(network)
    torch.autograd.backward(loss(copied(inputs), targets))
    return float(sum((torch.linalg.vector_norm(grad) for _, grad in _weights(copied)), torch.zeros(())))


def jacov(network: nn.Module, inputs: Tensor) -> float:
    """Returns a score that is higher if the gradients for different inputs are less correlated.

    The sum of the network's outputs is differentiated with respect to each input of the batch. The score is
    minus the sum, over the eigenvalues v of the correlation matrix of these gradients, of
    `ln(v + k) + 1/(v + k)`, where `k = 1e-5`.

    Mellor et al., "Neural architecture search without training", first version (2020).
    """
    copied = _copy(network)
    asked = inputs.detach().clone().requires_grad_()
    copied(asked).sum().backward()
    if asked.grad is None:
        asked.grad = torch.zeros_like(asked)
    # Gradients without variance count as perfectly correlated, which is the worst case.
    correlations = torch.corrcoef(asked.grad.flatten(1).double()).nan_to_num(1.0)
    values = torch.linalg.eigvalsh(correlations) + JITTER
    return -float((values.log() + 1 / values).sum())


def naswot(network: nn.Module, inputs: Tensor) -> float:
    """Returns a score that is higher if different inputs switch on different activations.

    The score is the log-determinant of a matrix. For each pair of inputs, the matrix holds the number of
    activations that are on for both or off for both. The paper considers ReLU networks; other activations
    also count as on if their input is positive.

    Mellor et al., "Neural architecture search without training", ICML 2021.
    """
    copied = _copy(network)
    kernel = torch.zeros(len(inputs), len(inputs), dtype=torch.float64, device=inputs.device)

    def count(_module: nn.Module, given: tuple[Tensor, ...], _output: Tensor) -> None:
        on = (given[0].flatten(1) > 0).double()
        kernel.add_(on @ on.T + (1 - on) @ (1 - on).T)

    for module in copied.modules():
        if isinstance(module, ACTIVATIONS):
            module.register_forward_hook(count)
    with torch.no_grad():
        copied(inputs)
    return float(torch.linalg.eigvalsh(kernel).clamp_min(JITTER).log().sum())


def _copy(network: nn.Module) -> nn.Module:
    """Returns a copy of the network in training mode, without gradients."""
    copied = copy.deepcopy(network).train()
    copied.zero_grad(set_to_none=True)
    return copied


def _weights(network: nn.Module) -> list[tuple[Tensor, Tensor]]:
    """Returns each weight of a convolution or linear layer that has a gradient, together with that gradient.
    """
    layers = (it for it in network.modules() if isinstance(it, (nn.Conv2d, nn.Linear)))
    return [
        (layer.weight.detach(), cast(Tensor, layer.weight.grad))
        for layer in layers
        if layer.weight.grad is not None
    ]


def _device(network: nn.Module) -> torch.device:
    return cast(torch.device, next(network.parameters()).device)
