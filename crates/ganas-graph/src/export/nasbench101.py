import torch
from torch import nn


class Convolution(nn.Sequential):
    """Convolution, batch normalisation, activation."""

    def __init__(self, inputs, outputs, kernel):
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False),
            nn.BatchNorm2d(outputs, eps=1e-5, momentum=0.003),
            nn.ReLU(),
        )


OPERATORS = {
    "conv3x3-bn-relu": lambda channels: Convolution(channels, channels, 3),
    "conv1x1-bn-relu": lambda channels: Convolution(channels, channels, 1),
    "maxpool3x3": lambda channels: nn.MaxPool2d(3, 1, 1),
}


def vertex_channels(outputs):
    """Channels of each vertex after the input.

    The output's are shared out among the vertices that lead to it, the first ones one more if they do
    not divide evenly; any other has as many as the widest that it leads to.
    """
    last = len(MATRIX) - 1
    channels = {last: outputs}
    joined = [vertex for vertex in range(1, last) if MATRIX[vertex][last]]
    for place, vertex in enumerate(joined):
        channels[vertex] = outputs // len(joined) + (place < outputs % len(joined))
    for vertex in reversed(range(1, last)):
        if vertex not in channels:
            fed = (end for end in range(vertex + 1, last) if MATRIX[vertex][end])
            channels[vertex] = max(channels[end] for end in fed)
    return channels


class Cell(nn.Module):
    """Vertex 0 is the input, which every edge from it projects; the last joins what leads to it."""

    def __init__(self, inputs, outputs):
        super().__init__()
        # Named by place and choice: two networks of the space can share what they name alike.
        self.channels = vertex_channels(outputs)
        self.projections = nn.ModuleDict()
        self.operators = nn.ModuleDict()
        for vertex, channels in sorted(self.channels.items()):
            if MATRIX[0][vertex]:
                self.projections[self.place(vertex)] = Convolution(inputs, channels, 1)
            if vertex < len(MATRIX) - 1:
                self.operators[self.place(vertex)] = OPERATORS[LABELS[vertex]](channels)

    def place(self, vertex):
        return "output" if LABELS[vertex] == "output" else f"{vertex}_{LABELS[vertex]}"

    def forward(self, images):
        last = len(MATRIX) - 1
        vertices = {}
        for vertex in range(1, last):
            channels = self.channels[vertex]
            terms = [vertices[v][:, :channels] for v in range(1, vertex) if MATRIX[v][vertex]]
            if MATRIX[0][vertex]:
                terms.append(self.projections[self.place(vertex)](images))
            vertices[vertex] = self.operators[self.place(vertex)](sum(terms[1:], terms[0]))
        joined = [vertices[vertex] for vertex in range(1, last) if MATRIX[vertex][last]]
        outputs = [torch.cat(joined, 1)] if joined else []
        if MATRIX[0][last]:
            outputs.append(self.projections[self.place(last)](images))
        return sum(outputs[1:], outputs[0])


class Network(nn.Sequential):
    """The benchmark's network: three stacks of three cells, the image halved between them."""

    def __init__(self, classes=CLASSES, channels=128, stacks=3, cells=3):
        layers = [Convolution(3, channels, 3)]
        inputs = channels
        for stack in range(stacks):
            if stack > 0:
                layers.append(nn.MaxPool2d(2, 2))
            for _ in range(cells):
                layers.append(Cell(inputs, channels << stack))
                inputs = channels << stack
        super().__init__(
            *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(1), nn.Linear(inputs, classes)
        )
