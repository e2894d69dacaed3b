"""Trains a network on scikit-learn's digits: pip install scikit-learn

The first argument is the path of the request, the second the path for the result; both files are JSON.
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

# The choices. A parameter whose condition does not hold is missing.
chosen = request["choices_by_name"]
print("trial", request["trial"], chosen, flush=True)

# Validation data is split from the training data: the search must not see the test data.
pixels, digits = load_digits(return_X_y=True)
pixels, _, digits, _ = train_test_split(pixels / 16, digits, test_size=0.2, random_state=0)
train, validation, train_digits, validation_digits = train_test_split(
    pixels, digits, test_size=0.25, random_state=0
)

started = time.perf_counter()
network = MLPClassifier(
    [chosen["width"]] * chosen["layers"],
    activation=chosen["activation"],
    solver=chosen["solver"],
    learning_rate_init=chosen["learning_rate"],
    momentum=chosen.get("momentum", 0.9),
    max_iter=30,
    random_state=request["seed"],
)
network.fit(train, train_digits)

result = {
    "trial": request["trial"],
    "objective": 100 * network.score(validation, validation_digits),
    "metrics": {"loss": network.loss_},
    "train_seconds": time.perf_counter() - started,
}
# Written under another name first, so that an incomplete result is never read.
half = sys.argv[2] + ".half"
with open(half, "w") as file:
    json.dump(result, file)
os.replace(half, sys.argv[2])
