"""Checks exported networks with PyTorch.

    python chain_export.py FOLDER

Every file in FOLDER is a network that `ganas_graph::export::pytorch` wrote. Each must have the
number of parameters and multiply-adds that it states and run a forward pass; `efficientnet-b0.py` must have the
tensors of timm's `efficientnet_b0`, shape by shape in the same order.
"""

import pathlib
import runpy
import sys


def shapes(network):
    return [tuple(tensor.shape) for tensor in network.state_dict().values()]


for path in sorted(pathlib.Path(sys.argv[1]).glob("*.py")):
    names = runpy.run_path(str(path))
    network = names["Network"]()
    stated = ["SHAPE", "CLASSES", "PARAMETERS", "MULTIPLY_ADDS"]
    names["check"](network, *(names[name] for name in stated))
    if path.stem == "efficientnet-b0":
        import timm

        known = shapes(timm.create_model("efficientnet_b0", pretrained=False))
        if shapes(network) != known:
            raise SystemExit(f"{path.stem}: other tensors than timm's")
        print(f"{len(known)} tensors as timm has them")
