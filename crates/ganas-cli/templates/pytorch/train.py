"""Trains a convolutional network on scikit-learn's digits: pip install torch scikit-learn

The first argument is the path of the request, the second the path for the result; both files are JSON.
"""

import json
import os
import runpy
import sys
import time

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

with open(sys.argv[1]) as file:
    request = json.load(file)

# The choices. A parameter whose condition does not hold is missing.
chosen = request["choices_by_name"]
print("trial", request["trial"], chosen, flush=True)
torch.manual_seed(request["seed"])
device = "cuda" if torch.cuda.is_available() else "cpu"

# The chosen network, a Python file in the trial's folder; `ganas export` writes the same file.
Network = runpy.run_path(request["network"])["Network"]
network = Network().to(device)

# Validation data is split from the training data: the search must not see the test data.
pixels, digits = load_digits(return_X_y=True)
pixels, _, digits, _ = train_test_split(pixels / 16, digits, test_size=0.2, random_state=0)
pixels = torch.tensor(pixels, dtype=torch.float32, device=device).reshape(-1, 1, 8, 8)
digits = torch.tensor(digits, device=device)
count = len(pixels) * 3 // 4

if chosen["optimiser"] == "sgd":
    optimiser = torch.optim.SGD(
        network.parameters(), lr=chosen["learning_rate"], momentum=chosen["momentum"]
    )
else:
    optimiser = torch.optim.Adam(network.parameters(), lr=chosen["learning_rate"])

# With a `[fidelity]` table in study.toml, the request contains the number of epochs and the folder in which
# a shorter training run of the same network saved its weights (see `ganas contract`).
epochs = int(request["fidelity"] or 5)
if request["resume_from"]:
    before = torch.load(os.path.join(request["resume_from"], "checkpoint.pt"))
    network.load_state_dict(before["network"])
    optimiser.load_state_dict(before["optimiser"])
else:
    before = {"epochs": 0}

started = time.perf_counter()
for epoch in range(before["epochs"], epochs):
    network.train()
    for batch in torch.randperm(count, device=device).split(64):
        optimiser.zero_grad()
        loss = nn.functional.cross_entropy(network(pixels[batch]), digits[batch])
        loss.backward()
        optimiser.step()
network.eval()
with torch.no_grad():
    right = network(pixels[count:]).argmax(1) == digits[count:]

# Files in the trial's folder are kept.
folder = os.environ["GANAS_TRIAL_DIR"]
torch.save(network.state_dict(), os.path.join(folder, "network.pt"))
state = {"network": network.state_dict(), "optimiser": optimiser.state_dict(), "epochs": epochs}
torch.save(state, os.path.join(folder, "checkpoint.pt"))
result = {
    "trial": request["trial"],
    "objective": 100 * right.float().mean().item(),
    "train_seconds": time.perf_counter() - started,
}
# Written under another name first, so that an incomplete result is never read.
half = sys.argv[2] + ".half"
with open(half, "w") as file:
    json.dump(result, file)
os.replace(half, sys.argv[2])
