"""Measures the peak memory of the activations of an ONNX network by running it."""

import numpy as np
import onnx
import onnxruntime

IN_PLACE = {"Relu", "Clip", "Add", "HardSwish", "Mul"}
"""Operators that can overwrite an input that is not read again."""

ALIASES = {"Flatten", "Reshape", "Identity"}
"""Operators that only reinterpret their input."""


def peak_activations(path, inputs):
    """Returns the largest number of values that are alive at the same time, if the nodes run one after
    another.

    Each intermediate result is made an output of the graph, so that a run shows its size.
    """
    model = onnx.load(path)
    nodes = [node for node in model.graph.node if node.op_type != "Constant"]
    known = {output.name for output in model.graph.output}
    results = [name for node in nodes for name in node.output]
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in results if name not in known)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    first = model.graph.input[0].name
    values = session.run(results, {first: inputs})
    sizes = {name: int(np.size(value)) for name, value in zip(results, values)}
    sizes[first] = int(np.size(inputs))
    last = {name: place for place, node in enumerate(nodes) for name in node.input if name in sizes}
    last.update({name: len(nodes) for name in known})

    alive, owner, most = {first: sizes[first]}, {first: first}, 0
    for place, node in enumerate(nodes):
        read = [name for name in node.input if name in owner]
        if not read:
            continue  # It reads only weights.
        buffers = {owner[name] for name in read}
        (result,) = node.output
        dies = [
            buffer
            for buffer in buffers
            if all(last.get(name, -1) <= place for name, of in owner.items() if of == buffer)
        ]
        reused = [buffer for buffer in dies if alive[buffer] == sizes[result]]
        if node.op_type in ALIASES:
            owner[result] = owner[read[0]]
        elif node.op_type in IN_PLACE and reused:
            owner[result] = reused[0]
        else:
            owner[result], alive[result] = result, sizes[result]
        most = max(most, sum(alive.values()))
        for buffer in dies:
            if owner[result] != buffer:
                del alive[buffer]
    return most
