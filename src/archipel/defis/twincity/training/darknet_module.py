"""A Darknet network as a torch module: the same numbers in, the same numbers out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from archipel.defis.twincity.darknet.network import Layer, Network

EPSILON = 1e-6
"""Of the normalisation: Darknet's, which OpenCV takes too."""
SLOPE = 0.1


class DarknetModule(nn.Module):
    """Pictures (n, 3, height, width), red first, 0 to 1 → a tensor (n, anchors × (5 + classes), h, w) a head,
    in the order of the heads; what they mean: `decoding`."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network
        self.layers = nn.ModuleList(_module(layer) for layer in network.layers)

    def forward(self, pictures: Tensor) -> list[Tensor]:
        outputs: list[Tensor] = []
        heads = []
        current = pictures
        for layer, module in zip(self.network.layers, self.layers, strict=True):
            if layer.kind == "route":
                current = _routed(layer, [outputs[at] for at in layer.sources])
            elif layer.kind == "shortcut":
                current = module(current + outputs[layer.sources[0]])
            elif layer.kind == "yolo":
                heads.append(current)
            else:
                current = module(current)
            outputs.append(current)
        return heads


def _module(layer: Layer) -> nn.Module:
    if layer.kind == "convolutional":
        return _convolution(layer)
    if layer.kind == "maxpool":
        size, stride = layer.number("size", 2), layer.number("stride", 1)
        # Darknet's padding: size − 1 in all, the greater part at the end.
        before = (size - 1) // 2
        pad = nn.ConstantPad2d((before, size - 1 - before, before, size - 1 - before), float("-inf"))
        return nn.Sequential(pad, nn.MaxPool2d(size, stride))
    if layer.kind == "upsample":
        return nn.Upsample(scale_factor=layer.number("stride", 2), mode="nearest")
    if layer.kind == "dropout":
        return nn.Dropout(float(layer.options.get("probability", 0.5)))
    if layer.kind == "shortcut":
        return _activation(layer)
    return nn.Identity()


def _convolution(layer: Layer) -> nn.Sequential:
    size = layer.number("size", 1)
    padding = size // 2 if layer.number("pad", 0) else layer.number("padding", 0)
    normalised = bool(layer.number("batch_normalize", 0))
    parts: list[nn.Module] = [
        nn.Conv2d(
            layer.inputs,
            layer.channels,
            size,
            layer.number("stride", 1),
            padding,
            groups=layer.number("groups", 1),
            bias=not normalised,
        )
    ]
    if normalised:
        parts.append(nn.BatchNorm2d(layer.channels, eps=EPSILON, momentum=0.03))
    return nn.Sequential(*parts, _activation(layer))


def _activation(layer: Layer) -> nn.Module:
    named = layer.options.get("activation", "linear" if layer.kind == "shortcut" else "logistic")
    known = {
        "linear": nn.Identity,
        "leaky": lambda: nn.LeakyReLU(SLOPE),
        "relu": nn.ReLU,
        "relu6": nn.ReLU6,
        "mish": nn.Mish,
        "swish": nn.SiLU,
        "logistic": nn.Sigmoid,
    }
    if named not in known:
        raise ValueError(f"activation « {named} » inconnue (connues : {', '.join(known)})")
    return known[named]()


def _routed(layer: Layer, given: list[Tensor]) -> Tensor:
    groups, part = layer.number("groups", 1), layer.number("group_id", 0)
    if groups > 1:
        given = [one.chunk(groups, dim=1)[part] for one in given]
    return torch.cat(given, dim=1)


def with_weights(network: Network, numbers: npt.NDArray[np.float32]) -> DarknetModule:
    """The module with the numbers of `darknet.weights.read_weights`, ready to detect (`eval`)."""
    module = DarknetModule(network)
    at = 0

    def filled(parameter: Tensor) -> None:
        nonlocal at
        part = numbers[at : at + parameter.numel()]
        parameter.data.copy_(torch.from_numpy(part.copy()).view_as(parameter))
        at += parameter.numel()

    for part in module.layers:
        for parameter in _in_file_order(part):
            filled(parameter)
    return module.eval()


def weights_of(module: DarknetModule) -> npt.NDArray[np.float32]:
    """The inverse of `with_weights`."""
    parts = [parameter for part in module.layers for parameter in _in_file_order(part)]
    return np.concatenate([part.detach().cpu().numpy().reshape(-1) for part in parts])


def _in_file_order(part: nn.Module) -> list[Tensor]:
    """Darknet's order: bias, then scale, mean and variance, then the kernels."""
    if not isinstance(part, nn.Sequential) or not isinstance(part[0], nn.Conv2d):
        return []
    convolution, norm = part[0], part[1]
    if isinstance(norm, nn.BatchNorm2d):
        assert norm.running_mean is not None
        assert norm.running_var is not None
        return [norm.bias, norm.weight, norm.running_mean, norm.running_var, convolution.weight]
    assert convolution.bias is not None
    return [convolution.bias, convolution.weight]
