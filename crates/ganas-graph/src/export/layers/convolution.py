class Convolution(nn.Sequential):
    """A convolution and its batch normalisation."""

    def __init__(self, inputs, outputs, kernel, stride, activation, groups=1):
        super().__init__(
            nn.Conv2d(
                inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False
            ),
            nn.BatchNorm2d(outputs),
        )
        if activation is not None:
            self.append(activation())


class PlainConvolution(nn.Sequential):
    """A convolution without batch normalisation."""

    def __init__(self, inputs, outputs, kernel, stride, activation, bias):
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=bias)
        )
        if activation is not None:
            self.append(activation())
