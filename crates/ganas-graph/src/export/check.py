def check(network, resolution, classes, parameters):
    """Compares the number of parameters, and runs one forward pass."""
    found = sum(parameter.numel() for parameter in network.parameters())
    if found != parameters:
        raise SystemExit(f"expected {parameters} parameters, found {found}")
    with torch.no_grad():
        outputs = network.eval()(torch.zeros(1, 3, resolution, resolution))
    if tuple(outputs.shape) != (1, classes):
        raise SystemExit(f"expected logits of shape (1, {classes}), found {tuple(outputs.shape)}")
    print(f"{parameters} parameters, logits of shape {tuple(outputs.shape)}")
