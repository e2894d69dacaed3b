"""Trains a network of dense layers on scikit-learn's digits for a study.

It needs scikit-learn: pip install scikit-learn
"""

import json
import os
import sys
import time

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

with open(sys.argv[1]) as file:
    request = json.load(file)

chosen = [decision["choice"] for decision in request["decisions"]]
widths = [int(choice) for choice in chosen if choice != "skip"]
print("trial", request["trial"], "hidden layers", widths, flush=True)

# Validation data is split from the training data: the search must not see the test data.
pixels, digits = load_digits(return_X_y=True)
pixels, _, digits, _ = train_test_split(pixels / 16, digits, test_size=0.2, random_state=0)
train, validation, train_digits, validation_digits = train_test_split(
    pixels, digits, test_size=0.25, random_state=0
)

started = time.perf_counter()
epochs = int(request["fidelity"] or 30)
network = MLPClassifier(widths, max_iter=epochs, random_state=request["seed"])
network.fit(train, train_digits)
accuracy = 100 * network.score(validation, validation_digits)

result = {
    "trial": request["trial"],
    "objective": accuracy,
    "metrics": {"params": sum(w.size for w in network.coefs_ + network.intercepts_)},
    "train_seconds": time.perf_counter() - started,
}
half = request["result"] + ".half"
with open(half, "w") as file:
    json.dump(result, file)
os.replace(half, request["result"])
