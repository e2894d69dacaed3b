class Shortcut(nn.Module):
    """Adds the input, projected where the shape changes, and applies the activation to the sum."""

    def __init__(self, inputs, outputs, stride, activation, *layers):
        super().__init__()
        self.layers = nn.Sequential(*layers)
        if inputs == outputs and stride == 1:
            self.shortcut = nn.Identity()
        else:
            self.shortcut = Convolution(inputs, outputs, 1, stride, None)
        self.activation = activation()

    def forward(self, images):
        return self.activation(self.shortcut(images) + self.layers(images))


class Residual(Shortcut):
    """Two convolutions beside a shortcut."""

    def __init__(self, inputs, outputs, kernel, stride, activation):
        super().__init__(
            inputs,
            outputs,
            stride,
            activation,
            Convolution(inputs, outputs, kernel, stride, activation),
            Convolution(outputs, outputs, kernel, 1, None),
        )


class Bottleneck(Shortcut):
    """A convolution of fewer channels beside a shortcut."""

    def __init__(self, inputs, inner, outputs, kernel, stride, activation):
        super().__init__(
            inputs,
            outputs,
            stride,
            activation,
            Convolution(inputs, inner, 1, 1, activation),
            Convolution(inner, inner, kernel, stride, activation),
            Convolution(inner, outputs, 1, 1, None),
        )
