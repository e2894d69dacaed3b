import torch
from torch import nn


class Zero(nn.Module):
    """Carries nothing."""

    def forward(self, images):
        return torch.zeros_like(images)


class Convolution(nn.Sequential):
    """Activation, convolution, batch normalisation."""

    def __init__(self, inputs, outputs, kernel, stride=1):
        super().__init__(
            nn.ReLU(),
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
            nn.BatchNorm2d(outputs),
        )


OPERATORS = {
    "none": lambda channels: Zero(),
    "skip_connect": lambda channels: nn.Identity(),
    "nor_conv_1x1": lambda channels: Convolution(channels, channels, 1),
    "nor_conv_3x3": lambda channels: Convolution(channels, channels, 3),
    "avg_pool_3x3": lambda channels: nn.AvgPool2d(3, 1, 1, count_include_pad=False),
}


class Cell(nn.Module):
    """Node 0 is the input; each other is the sum of its edges, and the last the output."""

    def __init__(self, channels):
        super().__init__()
        self.edges = nn.ModuleList(OPERATORS[name](channels) for _, _, name in EDGES)

    def forward(self, images):
        nodes = {0: images}
        for (start, end, _), operator in zip(EDGES, self.edges):
            term = operator(nodes[start])
            nodes[end] = nodes[end] + term if end in nodes else term
        return nodes[max(nodes)]


class Reduction(nn.Module):
    """The residual block between stages, which halves the image's side."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.layers = nn.Sequential(
            Convolution(inputs, outputs, 3, stride=2), Convolution(outputs, outputs, 3)
        )
        self.shortcut = nn.Sequential(
            nn.AvgPool2d(2, 2), nn.Conv2d(inputs, outputs, 1, bias=False)
        )

    def forward(self, images):
        return self.shortcut(images) + self.layers(images)


class Network(nn.Sequential):
    """The benchmark's network: three stages of cells."""

    def __init__(self, classes=CLASSES, channels=16, cells=5):
        widths = [channels, 2 * channels, 4 * channels]
        layers = [nn.Conv2d(3, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)]
        for stage, width in enumerate(widths):
            if stage > 0:
                layers.append(Reduction(widths[stage - 1], width))
            layers += [Cell(width) for _ in range(cells)]
        layers += [nn.BatchNorm2d(widths[-1]), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(1)]
        super().__init__(*layers, nn.Linear(widths[-1], classes))
