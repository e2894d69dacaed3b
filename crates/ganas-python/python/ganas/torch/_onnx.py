"""Writes networks as ONNX files."""

from __future__ import annotations

import inspect
import io
import os
from typing import Any

import torch
from torch import nn

from ganas.torch._build import input_shape


def to_onnx(network: nn.Module, path: str | os.PathLike[str]) -> None:
    """Writes a network created by `build` as an ONNX file, in inference mode and for batches of any size.

    The input is named `inputs`, the output `logits`. The file is written atomically, and the network is not
    changed.
    """
    shape = input_shape(network)
    place = next(network.parameters()).device
    # The tracing exporter needs no further packages.
    more: dict[str, Any] = {}
    if "dynamo" in inspect.signature(torch.onnx.export).parameters:
        more["dynamo"] = False
    modes = {module: module.training for module in network.modules()}
    written = io.BytesIO()
    try:
        torch.onnx.export(
            network.eval(),
            (torch.zeros(2, *shape, device=place),),
            written,
            input_names=["inputs"],
            output_names=["logits"],
            dynamic_axes={"inputs": {0: "batch"}, "logits": {0: "batch"}},
            **more,
        )
    finally:
        for module, training in modes.items():
            module.training = training
    half = f"{os.fspath(path)}.half"
    with open(half, "wb") as file:
        file.write(written.getvalue())
        file.flush()
        os.fsync(file.fileno())
    os.replace(half, path)
