class Separable(nn.Sequential):
    """A convolution of each channel, and one of each pixel."""

    def __init__(self, inputs, outputs, kernel, stride, activation):
        super().__init__(
            Convolution(inputs, inputs, kernel, stride, activation, groups=inputs),
            Convolution(inputs, outputs, 1, 1, activation),
        )
