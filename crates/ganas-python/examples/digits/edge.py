"""Searches for networks for a microcontroller, with limits on flash, peak SRAM and multiply-adds.

Usage: edge.py FOLDER [QUERIES]; needs ganas, PyTorch, scikit-learn, onnx and onnxruntime.

The result is a Pareto front of accuracy and multiply-adds. Each network on the front is written as an ONNX
file, which is run to measure the memory of its activations. Architectures that violate a limit are never
trained.
"""

import pathlib
import sys

import torch
from digits import accuracy, load_all, train
from memory import peak_activations

import ganas
from ganas.torch import build, to_onnx

SPACE = ganas.Space.from_toml(pathlib.Path(__file__).parent / "edge.toml")
LIMITS = {"flash": 10, "sram": 8, "macs": 0.3}
"""Flash and SRAM in thousands of bytes, multiply-adds in millions."""

EPOCHS = 6


def main(folder, queries):
    training, validation, test = load_all()

    def trained(arch, seed):
        torch.manual_seed(seed)
        network = build(arch)
        return network, train(network, training, validation, seed, EPOCHS)

    study = ganas.Study(
        SPACE,
        budget=queries,
        max=LIMITS,
        objectives={"macs": "minimise"},
        directory=folder / "study",
    )
    study.optimize(lambda trial: trained(trial.arch, trial.seed)[1])
    fitting = sum(
        all(arch.costs[name] <= most for name, most in LIMITS.items())
        for arch in SPACE.sample(10_000)
    )
    print(f"{fitting / 100:.2f} % of random architectures keep the limits\n")
    print("| test % | multiply-adds M | flash kB | SRAM kB | measured kB | architecture |")
    print("|--:|--:|--:|--:|--:|---|")
    for trial in study.front:
        network, _ = trained(trial.arch, trial.seed)
        path = folder / f"network-{trial.number}.onnx"
        to_onnx(network, path)
        measured = peak_activations(path, torch.zeros(1, *network.input_shape).numpy()) / 1000
        costs = trial.arch.costs
        cells = [accuracy(network, test), costs["macs"], costs["flash"], costs["sram"], measured]
        print(f"| {' | '.join(f'{cell:.3f}' for cell in cells)} | `{trial.arch}` |", flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(pathlib.Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 60)
