def check(network, shape, classes, parameters, multiply_adds=None):
    """Compares the number of parameters, runs one forward pass and counts its multiply-adds."""
    found = sum(parameter.numel() for parameter in network.parameters())
    if found != parameters:
        raise SystemExit(f"expected {parameters} parameters, found {found}")
    counted = 0

    def count(module, inputs, outputs):
        nonlocal counted
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            counted += module.weight.numel() * (outputs.numel() // module.weight.shape[0])
        elif getattr(module, "multiplies_matrices", False):
            counted += outputs.numel() * inputs[0].shape[-1]

    for module in network.modules():
        module.register_forward_hook(count)
    with torch.no_grad():
        outputs = network.eval()(torch.zeros(1, *shape))
    if tuple(outputs.shape) != (1, classes):
        raise SystemExit(f"expected logits of shape (1, {classes}), found {tuple(outputs.shape)}")
    if multiply_adds is not None and counted != multiply_adds:
        raise SystemExit(f"expected {multiply_adds} multiply-adds, counted {counted}")
    print(f"{parameters} parameters, logits of shape {tuple(outputs.shape)}")
