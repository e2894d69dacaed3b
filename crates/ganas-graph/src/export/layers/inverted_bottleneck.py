class SqueezeExcitation(nn.Sequential):
    """Scales each channel by a gate that sees the means of all."""

    def __init__(self, channels, squeezed, activation, gate):
        super().__init__(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channels, squeezed, 1),
            activation(),
            nn.Conv2d(squeezed, channels, 1),
            gate(),
        )

    def forward(self, images):
        return images * super().forward(images)


class InvertedBottleneck(nn.Module):
    """An inverted bottleneck: expand, filter each channel, project."""

    def __init__(
        self,
        inputs,
        expanded,
        outputs,
        kernel,
        stride,
        activation,
        residual,
        squeeze=0,
        squeeze_activation=None,
        gate=None,
    ):
        super().__init__()
        self.layers = nn.Sequential()
        if expanded != inputs:
            self.layers.expand = Convolution(inputs, expanded, 1, 1, activation)
        self.layers.filter = Convolution(
            expanded, expanded, kernel, stride, activation, groups=expanded
        )
        if squeeze:
            self.layers.squeeze = SqueezeExcitation(
                expanded, squeeze, squeeze_activation, gate
            )
        self.layers.project = Convolution(expanded, outputs, 1, 1, None)
        self.residual = residual

    def forward(self, images):
        outputs = self.layers(images)
        return images + outputs if self.residual else outputs
