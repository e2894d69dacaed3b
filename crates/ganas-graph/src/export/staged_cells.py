import torch
from torch import nn


class Zero(nn.Module):
    """Carries nothing."""

    def forward(self, images):
        return torch.zeros_like(images)


class Convolution(nn.Sequential):
    """Activation, convolution, batch normalisation."""

    def __init__(self, inputs, outputs, kernel, stride=1, dilation=1, groups=1):
        padding = dilation * (kernel // 2)
        super().__init__(
            nn.ReLU(),
            nn.Conv2d(inputs, outputs, kernel, stride, padding, dilation, groups, bias=False),
            nn.BatchNorm2d(outputs),
        )


class Separable(nn.Sequential):
    """Activation, a convolution of each channel, one of each pixel, batch normalisation."""

    def __init__(self, channels, kernel, dilation=1):
        padding = dilation * (kernel // 2)
        super().__init__(
            nn.ReLU(),
            nn.Conv2d(channels, channels, kernel, 1, padding, dilation, channels, bias=False),
            nn.Conv2d(channels, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
        )


class Cell(nn.Module):
    """Node 0 is the input; each other is the sum of the operators that lead to it, and each operator
    takes the sum of the nodes before it."""

    def __init__(self, channels):
        super().__init__()
        # Named by place and choice: two networks of the space can share what they name alike.
        self.operators = nn.ModuleDict(
            {f"{place}_{name}": OPERATORS[name](channels) for place, _, _, name in STEPS}
        )

    def forward(self, images):
        nodes = {0: images}
        for place, starts, end, name in STEPS:
            operator = self.operators[f"{place}_{name}"]
            term = operator(sum(nodes[start] for start in starts))
            nodes[end] = nodes[end] + term if end in nodes else term
        return sum(nodes[node] for node in OUTPUTS)


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
    """Stages of equal cells, between a convolution and a classifier."""

    def __init__(self):
        widths = [WIDTH * 2**stage for stage in range(STAGES)]
        layers = [nn.Conv2d(CHANNELS, WIDTH, 3, padding=1, bias=False), nn.BatchNorm2d(WIDTH)]
        for stage, width in enumerate(widths):
            if stage > 0:
                layers.append(Reduction(widths[stage - 1], width))
            layers += [Cell(width) for _ in range(CELLS)]
        layers += [nn.BatchNorm2d(widths[-1]), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(1)]
        super().__init__(*layers, nn.Linear(widths[-1], CLASSES))
