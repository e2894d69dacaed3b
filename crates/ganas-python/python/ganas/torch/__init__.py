"""Architectures as PyTorch networks, and evaluators that do not train each architecture separately.

Requires PyTorch 1.13 or later. The rest of the package does not import PyTorch.

>>> import ganas, torch
>>> from ganas.torch import build
>>> space = ganas.Space("nasbench201")
>>> network = build(space.sample(1, seed=3)[0]).eval()
>>> network(torch.zeros(2, 3, 32, 32)).shape
torch.Size([2, 10])
"""

from ganas.torch._build import build
from ganas.torch._onnx import to_onnx
from ganas.torch._scores import grad_norm, jacov, naswot, synflow, zero_cost
from ganas.torch._supernet import Supernet, accuracy

__all__ = [
    "Supernet",
    "accuracy",
    "build",
    "grad_norm",
    "jacov",
    "naswot",
    "synflow",
    "to_onnx",
    "zero_cost",
]
