"""Weights that architectures share."""

from __future__ import annotations

import dataclasses

import torch
from torch import Tensor, nn


@dataclasses.dataclass(frozen=True)
class Part:
    """The part of a shared tensor that a network uses."""

    key: str
    shape: tuple[int, ...]


class SharedWeights:
    """Named tensors, each as large as the largest network admitted so far requires."""

    def __init__(self) -> None:
        self.tensors: dict[str, nn.Parameter] = {}

    def admit(self, network: nn.Module) -> dict[str, Part]:
        """Creates or enlarges the tensors that a network needs.

        New elements that the network uses get the values of its initial weights; other new elements are drawn
        from PyTorch's global generator. Returns the part of a tensor that each weight of the network uses, by
        the weight's name.
        """
        parts = {}
        for name, weight in network.named_parameters():
            part = Part(_key(network, name, weight), tuple(weight.shape))
            parts[name] = part
            self._make_room(part, weight.detach())
        return parts

    def of(self, parts: dict[str, Part]) -> dict[str, Tensor]:
        """Returns a network's weights by name, as views of the shared tensors."""
        return {name: _middle(self.tensors[part.key], part.shape) for name, part in parts.items()}

    def _make_room(self, part: Part, fresh: Tensor) -> None:
        shared = self.tensors.get(part.key)
        if shared is None:
            self.tensors[part.key] = nn.Parameter(fresh.clone())
            return
        largest = tuple(max(sizes) for sizes in zip(shared.shape, part.shape))
        if largest == tuple(shared.shape):
            return
        # Elements that neither tensor has are drawn with the mean and standard deviation of the new one.
        deviation = float(fresh.std()) if fresh.numel() > 1 else 0.0
        wide = torch.empty(largest, device=fresh.device).normal_(float(fresh.mean()), deviation)
        _middle(wide, part.shape).copy_(fresh)
        _middle(wide, tuple(shared.shape)).copy_(shared.detach())
        self.tensors[part.key] = nn.Parameter(wide)


def _middle(tensor: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Returns the part of the tensor with this shape: the first channels, and the middle of the kernel."""
    for dimension, size in enumerate(shape):
        start = (tensor.shape[dimension] - size) // 2 if dimension >= 2 else 0
        tensor = tensor.narrow(dimension, start, size)
    return tensor


def _key(network: nn.Module, name: str, weight: Tensor) -> str:
    """Returns the name of the shared tensor for a weight: the weight's name, followed by its shape if the
    weight cannot be a slice of a larger one.
    """
    place = ""
    for step in name.split(".")[:-1]:
        place = f"{place}.{step}" if place else step
        if not getattr(network.get_submodule(place), "shares_slices", True):
            return f"{name} {tuple(weight.shape)}"
    return name
