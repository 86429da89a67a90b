"""The visual encoder: a ResNet whose residual branches also see the neighbouring frames.

The temporal shift module (Lin et al. 2019) moves an eighth of the channels one frame back, an eighth one
frame forward, before the first convolution of every block's residual branch; it has no weights.
"""

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet

from impactsound.errors import InputError

LAYERS = {18: (BasicBlock, [2, 2, 2, 2]), 34: (BasicBlock, [3, 4, 6, 3]), 50: (Bottleneck, [3, 4, 6, 3])}
SHIFTED = 8  # one channel in eight moves each way
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's red, green and blue


def shift(x: Tensor, part: int = SHIFTED) -> Tensor:
    """Take the first 1/part of the channels from the next frame, the second from the one before.

    Beyond the first and last frame there is zero.

    Shape:
        - Input, output: `[clip, frame, channel, row, column]`

    >>> x = torch.arange(1.0, 7.0).reshape(1, 2, 3, 1, 1)
    >>> shift(x, part=3).flatten(2).tolist()
    [[[4.0, 0.0, 3.0], [0.0, 2.0, 6.0]]]
    """
    fold = x.shape[2] // part
    edge = torch.zeros_like(x[:, :1, :fold])
    later = torch.cat([x[:, 1:, :fold], edge], dim=1)
    earlier = torch.cat([edge, x[:, :-1, fold : 2 * fold]], dim=1)
    return torch.cat([later, earlier, x[:, :, 2 * fold :]], dim=2)


class TSM(nn.Module):
    """Temporal shift ResNet on any number of frames.

    Args:
        depth: 18, 34 or 50 layers.
        classes: what it is trained to tell apart.
        weights: safetensors of the plain ResNet under torchvision's names, e.g. trained on ImageNet; its
            last layer is not used.
        dropout: of the latent, before the classes.
    """

    def __init__(self, depth: int, classes: int, weights: Path | None = None, dropout: float = 0.5):
        super().__init__()
        if depth not in LAYERS:
            raise ValueError(f"depth must be one of {sorted(LAYERS)}, got {depth}")
        self.resnet = ResNet(*LAYERS[depth], num_classes=classes)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mean", torch.tensor(MEAN).reshape(3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(STD).reshape(3, 1, 1), persistent=False)
        if weights is not None:
            load_plain(self.resnet, Path(weights))

    @property
    def dim(self) -> int:
        """Length of the latent: 512, or 2048 at depth 50."""
        return self.resnet.fc.in_features

    def latent(self, x: Tensor) -> Tensor:
        """The features' mean over frames and pixels.

        Shape:
            - Input: `[clip, frame, 3, row, column]` in [0, 1]
            - Output: `[clip, dim]`
        """
        return self.maps(x).mean(dim=(1, 3, 4))

    def maps(self, x: Tensor) -> Tensor:
        """The features, where and when they are seen.

        Shape:
            - Input: `[clip, frame, 3, row, column]` in [0, 1]
            - Output: `[clip, frame, dim, row, column]`, a 32nd as many rows and columns
        """
        net, clips = self.resnet, x.shape[0]
        x = ((x - self.mean) / self.std).flatten(0, 1)  # [clip * frame, 3, row, column]
        x = x.contiguous(memory_format=torch.channels_last)
        x = net.maxpool(net.relu(net.bn1(net.conv1(x))))
        for layer in (net.layer1, net.layer2, net.layer3, net.layer4):
            for block in layer:
                skip = x if block.downsample is None else block.downsample(x)
                shifted = shift(x.unflatten(0, (clips, -1))).flatten(0, 1)
                x = net.relu(skip + residual(block, shifted))
        return x.unflatten(0, (clips, -1))

    def forward(self, x: Tensor) -> Tensor:
        """Logits `[clip, class]` of frames `[clip, frame, 3, row, column]` in [0, 1]."""
        return self.resnet.fc(self.dropout(self.latent(x)))


def residual(block: BasicBlock | Bottleneck, x: Tensor) -> Tensor:
    """What torchvision's block adds to its input."""
    x = block.conv2(block.relu(block.bn1(block.conv1(x))))
    if isinstance(block, Bottleneck):
        return block.bn3(block.conv3(block.relu(block.bn2(x))))
    return block.bn2(x)


def load_plain(resnet: ResNet, path: Path) -> None:
    """Fill all but the last layer from a file of weights under torchvision's names.

    Raises:
        InputError: if the file cannot be read, or holds another network.
    """
    try:
        found = {name: value for name, value in load_file(path).items() if not name.startswith("fc.")}
    except (OSError, SafetensorError) as error:
        raise InputError(f"{path}: not a safetensors file ({error})") from error
    wanted = {name: value for name, value in resnet.state_dict().items() if not name.startswith("fc.")}
    missing = [name for name in wanted if name not in found and not name.endswith("num_batches_tracked")]
    unknown = [name for name in found if name not in wanted]
    shapes = [name for name in found if name in wanted and found[name].shape != wanted[name].shape]
    for fault, names in (("lacks", missing), ("has an unknown", unknown), ("has another shape of", shapes)):
        if names:
            raise InputError(f"{path}: {fault} {names[0]}; give a ResNet of the configured depth")
    resnet.load_state_dict(found, strict=False)
