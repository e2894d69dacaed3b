class Linear(nn.Sequential):
    """A linear layer, batch normalisation and an activation."""

    def __init__(self, inputs, outputs, activation):
        super().__init__(
            nn.Linear(inputs, outputs, bias=False), nn.BatchNorm1d(outputs), activation()
        )
