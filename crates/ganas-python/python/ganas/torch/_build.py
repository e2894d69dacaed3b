"""Builds the PyTorch network of an architecture."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

import ganas


def build(arch: ganas.Arch, *, device: torch.device | str = "cpu") -> nn.Module:
    """Returns the network of an architecture, with weights drawn from PyTorch's global generator.

    The input is a batch of images or of rows of a table, with the shape `[batch, *network.input_shape]`. The
    output is a batch of logits, with the shape `[batch, network.classes]`. Weights are named after their
    position and operation, so networks of the same space can share weights with equal names, as in
    `Supernet`.

    The code that `arch.to_pytorch()` returns defines the module. Save its `state_dict()` rather than the
    module itself, because the module's Python classes are not defined in any file.

    Raises `UsageError` if the space does not define what its operators compute.
    """
    if not isinstance(arch, ganas.Arch):
        raise TypeError(f"expected an architecture such as trial.arch, found {type(arch).__name__}")
    code = arch.to_pytorch()
    if code is None:
        raise ganas.UsageError(
            f"expected a space whose operators are defined, found {arch.space.name!r}:"
            " its file needs `kind` for each operator and a `[network]` table, or stages of known blocks"
        )
    names: dict[str, Any] = {"__name__": "ganas.torch.network"}
    exec(compile(code, "network.py", "exec"), names)
    network = names["Network"]()
    assert isinstance(network, nn.Module)
    network.input_shape = names["SHAPE"]
    network.classes = names["CLASSES"]
    return network.to(device)


def input_shape(network: nn.Module) -> tuple[int, ...]:
    """Returns the shape of one input of a network created by `build`."""
    shape: object = getattr(network, "input_shape", None)
    if not isinstance(shape, tuple):
        raise TypeError("expected a network of ganas.torch.build, found one without `input_shape`")
    return shape
