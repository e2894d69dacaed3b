"""Trains a network of dense layers on scikit-learn's digits with PyTorch, epoch by epoch: it reports after
each epoch, resumes from the checkpoint of a lower rung, and saves one for the next rung.

It needs scikit-learn and PyTorch: pip install scikit-learn torch
"""

import json
import os
import sys
import time

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

with open(sys.argv[1]) as file:
    request = json.load(file)


def split():
    """Splits validation data from the training data: the search must not see the test data."""
    pixels, digits = load_digits(return_X_y=True)
    pixels, _, digits, _ = train_test_split(pixels / 16, digits, test_size=0.2, random_state=0)
    parts = train_test_split(pixels, digits, test_size=0.25, random_state=0)
    kinds = [torch.float32, torch.float32, torch.int64, torch.int64]
    return [torch.tensor(part, dtype=kind) for part, kind in zip(parts, kinds)]


def layers(widths):
    """Dense layers of these widths, from 64 pixels to 10 digits."""
    sizes = [64, *widths, 10]
    for before, after in zip(sizes, sizes[1:]):
        yield torch.nn.Linear(before, after)
        yield torch.nn.ReLU()


def report(step, accuracy, loss, seconds):
    """Appends a line, so that a training run can be stopped if it falls behind."""
    line = {"step": step, "objective": accuracy, "metrics": {"loss": loss}}
    line["train_seconds"] = seconds
    with open(request["progress"], "a") as file:
        file.write(json.dumps(line) + "\n")


torch.set_num_threads(1)
torch.manual_seed(request["seed"])
chosen = [decision["choice"] for decision in request["decisions"]]
widths = [int(choice) for choice in chosen if choice != "skip"]
network = torch.nn.Sequential(*list(layers(widths))[:-1])
optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
first, before = 0, 0.0

# If the folder of the lower rung no longer exists, training starts from the beginning.
checkpoint = os.path.join(request["resume_from"] or "", "checkpoint.pt")
if request["resume_from"] and os.path.exists(checkpoint):
    kept = torch.load(checkpoint)
    network.load_state_dict(kept["network"])
    optimizer.load_state_dict(kept["optimizer"])
    torch.set_rng_state(kept["random"])
    first, before = kept["epochs"], kept["seconds"]
print("trial", request["trial"], "hidden layers", widths, "from epoch", first, flush=True)

train, validation, train_digits, validation_digits = split()
started = time.perf_counter()
epochs, accuracy = int(request["fidelity"] or 30), 0.0
for epoch in range(first, epochs):
    for batch in torch.randperm(len(train)).split(64):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(network(train[batch]), train_digits[batch])
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        right = network(validation).argmax(1) == validation_digits
    accuracy = 100 * right.float().mean().item()
    report(epoch + 1, accuracy, loss.item(), before + time.perf_counter() - started)

seconds = time.perf_counter() - started
folder = os.path.dirname(request["result"])
kept = {
    "network": network.state_dict(),
    "optimizer": optimizer.state_dict(),
    "random": torch.get_rng_state(),
    "epochs": epochs,
    "seconds": before + seconds,
}
torch.save(kept, os.path.join(folder, "checkpoint.pt"))

result = {
    "trial": request["trial"],
    "objective": accuracy,
    "metrics": {"params": sum(weights.numel() for weights in network.parameters())},
    "train_seconds": seconds,
}
with open(request["result"] + ".half", "w") as file:
    json.dump(result, file)
os.replace(request["result"] + ".half", request["result"])
