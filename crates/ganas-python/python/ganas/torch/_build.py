"""Networks of architectures."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

import ganas


def build(arch: ganas.Arch, *, device: torch.device | str = "cpu") -> nn.Module:
    """The network of an architecture, with weights drawn from PyTorch's global generator.

    It takes `[batch, *network.input_shape]` and gives `[batch, network.classes]` logits: of images, or of the
    rows of a table. Its weights are named by where they are and what they do, so that two networks of a
    space can share those that they name alike; `Supernet` does.

    It is what `arch.to_pytorch()` says, as a module; save its `state_dict()`, since its classes are in no file.

    Raises `UsageError` where the space does not say what its operators compute.
    """
    if not isinstance(arch, ganas.Arch):
        raise TypeError(f"expected an architecture such as trial.arch, found {type(arch).__name__}")
    code = arch.to_pytorch()
    if code is None:
        raise ganas.UsageError(
            f"expected a space whose operators say what they compute, found {arch.space.name!r}:"
            " its file needs `kind` for each operator and a table `[network]`, or stages of known blocks"
        )
    names: dict[str, Any] = {"__name__": "ganas.torch.network"}
    exec(compile(code, "network.py", "exec"), names)
    network = names["Network"]()
    assert isinstance(network, nn.Module)
    network.input_shape = names["SHAPE"]
    network.classes = names["CLASSES"]
    return network.to(device)


def input_shape(network: nn.Module) -> tuple[int, ...]:
    """The shape of one input of a network that `build` made."""
    shape: object = getattr(network, "input_shape", None)
    if not isinstance(shape, tuple):
        raise TypeError("expected a network of ganas.torch.build, found one without `input_shape`")
    return shape
