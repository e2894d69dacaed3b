import torch
from torch import nn


class Zero(nn.Module):
    """Carries nothing."""

    def __init__(self, stride):
        super().__init__()
        self.stride = stride

    def forward(self, images):
        return torch.zeros_like(images[:, :, :: self.stride, :: self.stride])


class Convolution(nn.Sequential):
    """Activation, 1 × 1 convolution, batch normalisation."""

    def __init__(self, inputs, outputs):
        super().__init__(
            nn.ReLU(), nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
        )


class Halving(nn.Module):
    """Halves the image's side by two convolutions, the second of them one pixel further on."""

    def __init__(self, inputs, outputs):
        super().__init__()
        half = outputs // 2
        self.activation = nn.ReLU()
        self.first = nn.Conv2d(inputs, half, 1, stride=2, bias=False)
        self.second = nn.Conv2d(inputs, outputs - half, 1, stride=2, bias=False)
        self.normalisation = nn.BatchNorm2d(outputs)

    def forward(self, images):
        images = self.activation(images)
        halves = [self.first(images), self.second(images[:, :, 1:, 1:])]
        return self.normalisation(torch.cat(halves, 1))


class Separable(nn.Sequential):
    """Activation, a convolution of each channel, one of all at each pixel, batch normalisation."""

    def __init__(self, channels, kernel, stride, dilation=1):
        padding = dilation * (kernel - 1) // 2
        super().__init__(
            nn.ReLU(),
            nn.Conv2d(
                channels, channels, kernel, stride, padding, dilation, channels, bias=False
            ),
            nn.Conv2d(channels, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
        )


def separable_twice(channels, kernel, stride):
    return nn.Sequential(
        Separable(channels, kernel, stride), Separable(channels, kernel, stride=1)
    )


OPERATORS = {
    "none": lambda channels, stride: Zero(stride),
    "max_pool_3x3": lambda channels, stride: nn.MaxPool2d(3, stride, 1),
    "avg_pool_3x3": lambda channels, stride: nn.AvgPool2d(3, stride, 1, count_include_pad=False),
    "skip_connect": lambda channels, stride: (
        nn.Identity() if stride == 1 else Halving(channels, channels)
    ),
    "sep_conv_3x3": lambda channels, stride: separable_twice(channels, 3, stride),
    "sep_conv_5x5": lambda channels, stride: separable_twice(channels, 5, stride),
    "dil_conv_3x3": lambda channels, stride: Separable(channels, 3, stride, dilation=2),
    "dil_conv_5x5": lambda channels, stride: Separable(channels, 5, stride, dilation=2),
}


class Cell(nn.Module):
    """Four nodes, each the sum of two edges; the output is all four side by side."""

    def __init__(self, edges, before, last, channels, is_reduction, follows_reduction):
        super().__init__()
        # Named by place and choice: two networks of the space can share what they name alike.
        self.names = [
            f"{source}_{2 + place // 2}_{name}" for place, (name, source) in enumerate(edges)
        ]
        self.sources = [source for _, source in edges]
        self.first = (Halving if follows_reduction else Convolution)(before, channels)
        self.second = Convolution(last, channels)
        self.edges = nn.ModuleDict()
        for edge, (name, source) in zip(self.names, edges):
            stride = 2 if is_reduction and source < 2 else 1
            self.edges[edge] = OPERATORS[name](channels, stride)

    def forward(self, before, last):
        nodes = [self.first(before), self.second(last)]
        terms = [self.edges[name] for name in self.names]
        for place in range(0, len(terms), 2):
            one, other = (
                terms[edge](nodes[self.sources[edge]]) for edge in (place, place + 1)
            )
            nodes.append(one + other)
        return torch.cat(nodes[2:], 1)


class Network(nn.Module):
    """The network for CIFAR images, without auxiliary classifier and path dropping."""

    def __init__(self, classes=CLASSES, channels=CHANNELS, layers=LAYERS):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 3 * channels, 3, padding=1, bias=False), nn.BatchNorm2d(3 * channels)
        )
        self.cells = nn.ModuleList()
        before, last, follows_reduction = 3 * channels, 3 * channels, False
        for layer in range(layers):
            is_reduction = layer in (layers // 3, 2 * layers // 3)
            channels *= 2 if is_reduction else 1
            edges = REDUCTION if is_reduction else NORMAL
            self.cells.append(
                Cell(edges, before, last, channels, is_reduction, follows_reduction)
            )
            before, last, follows_reduction = last, 4 * channels, is_reduction
        self.classifier = nn.Linear(last, classes)

    def forward(self, images):
        before = last = self.stem(images)
        for cell in self.cells:
            before, last = last, cell(before, last)
        return self.classifier(last.mean((2, 3)))
