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

    def admit(self, network: nn.Module) -> tuple[dict[str, Part], list[nn.Parameter]]:
        """Makes a tensor, or enlarges one, where a network needs it: with the weights that it was made with.

        Returns the part of each of its weights by its name, and the tensors that are no longer what they were.
        """
        parts, changed = {}, []
        for name, weight in network.named_parameters():
            part = Part(_key(network, name, weight), tuple(weight.shape))
            parts[name] = part
            if self._make_room(part, weight.detach()):
                changed.append(self.tensors[part.key])
        return parts, changed

    def put(self, key: str, values: Tensor) -> nn.Parameter:
        """Puts a tensor in place of the one of this name."""
        if key in self.tensors:
            self.tensors[key].data = values
        else:
            self.tensors[key] = nn.Parameter(values)
        return self.tensors[key]

    def of(self, parts: dict[str, Part]) -> dict[str, Tensor]:
        """The weights of a network, as views of the tensors."""
        return {name: _middle(self.tensors[part.key], part.shape) for name, part in parts.items()}

    def _make_room(self, part: Part, fresh: Tensor) -> bool:
        shared = self.tensors.get(part.key)
        if shared is None:
            self.put(part.key, fresh.clone())
            return True
        largest = tuple(max(sizes) for sizes in zip(shared.shape, part.shape))
        if largest == tuple(shared.shape):
            return False
        # What neither of them has is drawn like what the new one has.
        deviation = float(fresh.std()) if fresh.numel() > 1 else 0.0
        wide = torch.empty(largest, device=fresh.device).normal_(float(fresh.mean()), deviation)
        _middle(wide, part.shape).copy_(fresh)
        _middle(wide, tuple(shared.shape)).copy_(shared.detach())
        self.put(part.key, wide)
        return True


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
