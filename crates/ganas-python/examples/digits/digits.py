"""Loads scikit-learn's digits, shifted and surrounded by pieces of other digits, and trains networks on them.

The original images of 8 x 8 pixels are too easy to reveal differences between architectures. As in "Recurrent
models of visual attention" (Mnih et al., NeurIPS 2014), an image of 12 x 12 pixels contains a digit at a
random place, three pieces (3 x 3 pixels) of other digits, and noise. Training, validation and test images are
made from different digits.
"""

import json
import math
import pathlib
import statistics

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch.nn import functional

import ganas

SPACE = ganas.Space.from_toml(pathlib.Path(__file__).parent / "space.toml")
SIDE = 12
BATCH = 64
EPOCHS = 10
IMAGES = {"training": 4_000, "validation": 2_000, "test": 4_000}
DIGITS = {"training": (0, 1_000), "validation": (1_000, 1_300), "test": (1_300, 1_797)}


def load(part, seed=0):
    """Returns the images and labels of one split; different seeds give different images."""
    pixels, digits = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(pixels))[slice(*DIGITS[part])]
    pixels, digits = pixels[order].reshape(-1, 8, 8) / 16, digits[order]
    random = np.random.default_rng([seed, len(part)])
    images = np.zeros((IMAGES[part], SIDE, SIDE))
    chosen = random.integers(len(pixels), size=IMAGES[part])
    for image, own in zip(images, chosen):
        top, left = random.integers(SIDE - 7, size=2)
        image[top : top + 8, left : left + 8] = pixels[own]
        for other in random.integers(len(pixels), size=3):
            (top, left), (row, column) = random.integers(SIDE - 2, size=2), random.integers(6, size=2)
            image[top : top + 3, left : left + 3] = pixels[other, row : row + 3, column : column + 3]
    images += random.normal(scale=0.1, size=images.shape)
    images = (images - images.mean()) / images.std()
    return torch.tensor(images[:, None], dtype=torch.float32), torch.tensor(digits[chosen])


def batches(images, digits, size=500):
    return list(zip(images.split(size), digits.split(size)))


def load_all():
    """Returns the training images with their labels, the validation batches and the test batches."""
    return load("training"), batches(*load("validation")), batches(*load("test"))


class Shuffled:
    """Training batches, in a different order in each iteration."""

    def __init__(self, images, digits, seed):
        self.images, self.digits = images, digits
        self.random = torch.Generator().manual_seed(seed)

    def __iter__(self):
        order = torch.randperm(len(self.images), generator=self.random)
        # Skips the images at the end that do not fill a batch.
        for part in order.split(BATCH)[: len(order) // BATCH]:
            yield self.images[part], self.digits[part]


def accuracy(network, held):
    network.eval()
    with torch.no_grad():
        right = sum((network(images).argmax(1) == digits).sum().item() for images, digits in held)
    return 100 * right / sum(len(digits) for _, digits in held)


def train(network, training, held, seed, epochs=None, report=None):
    """Trains a network and returns its accuracy on the held-out batches, in percent.

    If `report` is given, `report(epoch, accuracy)` is called after each epoch and returns whether to stop.
    """
    epochs = epochs or EPOCHS
    shuffled = Shuffled(*training, seed)
    optimizer = torch.optim.SGD(
        network.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4, nesterov=True
    )
    total = epochs * (len(training[0]) // BATCH)
    decay = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: (1 + math.cos(math.pi * step / total)) / 2
    )
    for epoch in range(1, epochs + 1):
        network.train()
        for images, digits in shuffled:
            optimizer.zero_grad()
            functional.cross_entropy(network(images), digits).backward()
            optimizer.step()
            decay.step()
        if report is not None and report(epoch, accuracy(network, held)):
            break
    return accuracy(network, held)


def kept(path, measure):
    """Returns the measurements stored in a file; makes and stores them if there is no such file."""
    if not path.exists():
        half = path.with_suffix(".half")
        half.write_text(json.dumps(measure()))
        half.replace(path)
    return json.loads(path.read_text())


def mean_and_error(values):
    error = statistics.stdev(values) / len(values) ** 0.5 if len(values) > 1 else float("nan")
    return f"{statistics.mean(values):.2f} ± {error:.2f}"
