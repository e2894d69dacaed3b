class Patches(nn.Module):
    """Patches as tokens, with an embedding of their position."""

    shares_slices = False

    def __init__(self, inputs, outputs, patch, tokens):
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, patch, patch)
        self.positions = nn.Parameter(torch.empty(1, tokens, outputs))
        nn.init.trunc_normal_(self.positions, std=0.02)

    def forward(self, images):
        return self.convolution(images).flatten(2).transpose(1, 2) + self.positions


class MatrixProduct(nn.Module):
    """A product of matrices, as a module so that its multiply-adds can be counted."""

    multiplies_matrices = True

    def forward(self, left, right):
        return left @ right


class Attention(nn.Module):
    """Each token's mean of all tokens' values, weighted by how its query fits their keys."""

    shares_slices = False

    def __init__(self, channels, heads):
        super().__init__()
        self.heads = heads
        self.scale = (channels // heads) ** -0.5
        self.queries_keys_values = nn.Linear(channels, 3 * channels)
        self.scores = MatrixProduct()
        self.means = MatrixProduct()
        self.outputs = nn.Linear(channels, channels)

    def forward(self, tokens):
        batch, count, channels = tokens.shape
        parts = self.queries_keys_values(tokens).reshape(batch, count, 3, self.heads, -1)
        queries, keys, values = parts.permute(2, 0, 3, 1, 4).unbind(0)
        scores = self.scores(queries * self.scale, keys.transpose(2, 3))
        means = self.means(scores.softmax(-1), values)
        return self.outputs(means.transpose(1, 2).reshape(batch, count, channels))


class Transformer(nn.Module):
    """Attention and an MLP, each after layer normalisation and added to its input."""

    def __init__(self, channels, heads, hidden, activation):
        super().__init__()
        self.attention = nn.Sequential(nn.LayerNorm(channels), Attention(channels, heads))
        self.mlp = nn.Sequential(
            nn.LayerNorm(channels),
            nn.Linear(channels, hidden),
            activation(),
            nn.Linear(hidden, channels),
        )

    def forward(self, tokens):
        tokens = tokens + self.attention(tokens)
        return tokens + self.mlp(tokens)


class TokenPool(nn.LayerNorm):
    """Layer normalisation, then the mean over all tokens."""

    def forward(self, tokens):
        return super().forward(tokens).mean(1)
