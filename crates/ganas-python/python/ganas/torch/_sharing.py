"""Which weights architectures share."""

from __future__ import annotations

import dataclasses

import torch
from torch import Tensor, nn


@dataclasses.dataclass(frozen=True)
class Part:
    """The part of a shared tensor that a network has."""

    key: str
    shape: tuple[int, ...]


class SharedWeights:
    """Tensors by name, each as large as the largest of the networks that were there needs it."""

    def __init__(self) -> None:
        self.tensors: dict[str, nn.Parameter] = {}

    def admit(self, network: nn.Module) -> dict[str, Part]:
        """Makes a tensor, or a larger one, where a network needs it: of the weights that the network was made
        with, and of PyTorch's global generator.

        Returns the part of each of its weights by its name.
        """
        parts = {}
        for name, weight in network.named_parameters():
            part = Part(_key(network, name, weight), tuple(weight.shape))
            parts[name] = part
            self._make_room(part, weight.detach())
        return parts

    def of(self, parts: dict[str, Part]) -> dict[str, Tensor]:
        """The weights of a network, as views of the tensors."""
        return {name: _middle(self.tensors[part.key], part.shape) for name, part in parts.items()}

    def _make_room(self, part: Part, fresh: Tensor) -> None:
        shared = self.tensors.get(part.key)
        if shared is None:
            self.tensors[part.key] = nn.Parameter(fresh.clone())
            return
        largest = tuple(max(sizes) for sizes in zip(shared.shape, part.shape))
        if largest == tuple(shared.shape):
            return
        # What neither of them has is drawn like what the new one has.
        deviation = float(fresh.std()) if fresh.numel() > 1 else 0.0
        wide = torch.empty(largest, device=fresh.device).normal_(float(fresh.mean()), deviation)
        _middle(wide, part.shape).copy_(fresh)
        _middle(wide, tuple(shared.shape)).copy_(shared.detach())
        self.tensors[part.key] = nn.Parameter(wide)


def _middle(tensor: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The first channels and the middle of the kernel."""
    for dimension, size in enumerate(shape):
        start = (tensor.shape[dimension] - size) // 2 if dimension >= 2 else 0
        tensor = tensor.narrow(dimension, start, size)
    return tensor


def _key(network: nn.Module, name: str, weight: Tensor) -> str:
    """The name of the tensor: that of the weight, and its shape where parts make no sense."""
    place = ""
    for step in name.split(".")[:-1]:
        place = f"{place}.{step}" if place else step
        if not getattr(network.get_submodule(place), "shares_slices", True):
            return f"{name} {tuple(weight.shape)}"
    return name
