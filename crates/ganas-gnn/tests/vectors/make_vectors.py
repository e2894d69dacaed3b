#!/usr/bin/env python3
"""Makes vectors.json: what the models must compute, by numpy in float64.

Needs numpy only.  Run it in this folder; weights follow the formula of `weight` below, which
`forward.rs` repeats.
"""
import json
import numpy as np

LABELS, MAX_NODES, WIDTH = 8, 64, 8


def weight(name, *shape):
    index = np.arange(int(np.prod(shape)))
    return (((index * 7 + len(name)) % 11 - 5) / 10).reshape(shape)


def encode(prefix, labels, edges, positions, layers=2):
    n = len(labels)
    forward = np.zeros((n, n))
    for a, b in edges:
        forward[a, b] = 1
    table = weight(prefix + "embedding", LABELS + MAX_NODES, WIDTH)
    x = table[labels]
    if positions:
        x = x + table[LABELS:LABELS + n]
    for layer in range(layers):
        name = f"{prefix}layer{layer}."
        z = np.concatenate([x, forward @ x, forward.T @ x], axis=1)
        x = np.maximum(z @ weight(name + "weight", 3 * WIDTH, WIDTH) + weight(name + "bias", WIDTH), 0)
    return x


def encode_pairs(prefix, labels, edges, layers=2):
    """Of all pairs of nodes, those of node 1 first, then those of node 2, …"""
    nodes = encode(prefix, labels, edges, positions=False, layers=layers)
    pairs = [(u, v) for v in range(len(labels)) for u in range(v)]
    near = {u: {b for a, b in edges if a == u} | {a for a, b in edges if b == u} for u in range(len(labels))}
    place = {frozenset(pair): i for i, pair in enumerate(pairs)}

    def layer(index, z):
        name = f"{prefix}pairs{index}."
        return np.maximum(z @ weight(name + "weight", 2 * WIDTH, WIDTH) + weight(name + "bias", WIDTH), 0)

    both = np.array([nodes[u] + nodes[v] for u, v in pairs])
    edge = np.array([[v in near[u]] for u, v in pairs])
    x = layer(0, np.concatenate([both * edge, both * ~edge], axis=1))
    for index in range(layers):
        around = np.zeros_like(x)
        for i, (u, v) in enumerate(pairs):
            for w in near[v] - {u}:
                around[i] += x[place[frozenset((u, w))]]
            for w in near[u] - {v}:
                around[i] += x[place[frozenset((v, w))]]
        x = layer(index + 1, np.concatenate([x, around], axis=1))
    return x


def discriminator(first, second):
    e = [encode("encoder.", *graph, positions=False).sum(0) for graph in (first, second)]
    w, b = weight("projection.weight", WIDTH, 2 * WIDTH), weight("projection.bias", 2 * WIDTH)
    hidden = np.maximum((e[0] @ w + b)[:WIDTH] + (e[1] @ w + b)[WIDTH:], 0)
    return hidden @ weight("head.weight", WIDTH) + weight("head.bias", 1)[0]


def generator(graph, node):
    x = encode("encoder.", *graph, positions=True)
    z = np.concatenate([x[node], np.zeros(WIDTH), x.sum(0)])
    h = np.maximum(z @ weight("hidden.weight", 3 * WIDTH, WIDTH) + weight("hidden.bias", WIDTH), 0)
    logits = h @ weight("policy.weight", WIDTH, 5) + weight("policy.bias", 5)
    value = h @ weight("value.weight", WIDTH, 1) + weight("value.bias", 1)
    return (logits - logits.max() - np.log(np.exp(logits - logits.max()).sum())).tolist(), value[0]


# Labels of NAS-Bench-201: five operators, input 5, output 6, undecided 7.
CHAIN = ([5, 3, 2, 6], [(0, 1), (1, 2), (2, 3)])
FORK = ([5, 3, 1, 4, 6], [(0, 1), (0, 2), (1, 3), (2, 3), (2, 4), (3, 4)])
# The empty prefix's graph: the line graph with every operator undecided.
EDGES = [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)]
LINE = [(0, i + 1) for i, (a, _) in enumerate(EDGES) if a == 0]
LINE += [(i + 1, 7) for i, (_, b) in enumerate(EDGES) if b == 3]
LINE += [(i + 1, j + 1) for i, (_, b) in enumerate(EDGES) for j, (a, _) in enumerate(EDGES) if a == b]
EMPTY = ([5] + [7] * 6 + [6], LINE)

log_probabilities, value = generator(EMPTY, 1)
json.dump({
    "nodes_of_fork": encode("encoder.", *FORK, positions=False).tolist(),
    "sum_of_pairs_of_fork": encode_pairs("encoder.", *FORK).sum(0).tolist(),
    "chain_fork_logit": discriminator(CHAIN, FORK),
    "fork_chain_logit": discriminator(FORK, CHAIN),
    "first_log_probabilities": log_probabilities,
    "first_value": value,
}, open("vectors.json", "w"), indent=1)
