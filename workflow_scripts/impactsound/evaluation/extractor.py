"""Features for FID, KID and KAD from a network of your own: an ONNX file on disk (docs/extractors.md).

ONNX is a description of a graph and its numbers: nothing in it is pickled and none of it is code, unlike what
torch.export and TorchScript write. The network takes sounds `[clip, time]` at its sample rate and gives features
`[clip, feature]`.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torchaudio.functional import resample

from impactsound.errors import InputError


class Extractor:
    """The network in a file, on the CPU.

    Where its time axis is of a fixed length, shorter sounds are followed by silence.

    Args:
        weights: the file; sample_rate: Hz that the network wants; sound_rate: Hz of the sounds.

    Raises:
        InputError: if the file is no ONNX network of this kind.
    """

    def __init__(self, weights: str | Path, sample_rate: int, sound_rate: int):
        import onnxruntime  # only where it is asked for: few need it

        if not Path(weights).is_file():
            raise InputError(f"{weights}: no such file; evaluation.extractor.weights names an ONNX file")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        options.use_deterministic_compute = True
        options.log_severity_level = 4  # its errors are raised, which is to say them once
        try:
            self.session = onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # those of onnxruntime are many and have no other base
            raise InputError(f"{weights}: not a network that ONNX Runtime can read ({_line(error)})") from error
        inputs, outputs = self.session.get_inputs(), self.session.get_outputs()
        fixed = isinstance(inputs[0].shape[0], int)
        if len(inputs) != 1 or fixed or [len(each.shape) for each in (*inputs, *outputs)] != [2, 2]:
            raise InputError(
                f"{weights}: export it with an input [clip, time] of any number of clips and an output [clip, feature]"
            )
        self.weights, self.rates = weights, (sound_rate, sample_rate)
        self.name, self.length = inputs[0].name, inputs[0].shape[1]

    def __call__(self, sound: Tensor) -> Tensor:
        """Features `[clip, feature]` of sounds `[clip, time]`.

        Raises:
            InputError: if the sounds do not fit the network, or its features are not finite.
        """
        heard = resample(sound.float().cpu(), *self.rates)
        if isinstance(self.length, int):
            if heard.shape[1] > self.length:
                raise InputError(f"{self.weights}: takes {self.length} samples, the sounds have {heard.shape[1]}")
            heard = torch.nn.functional.pad(heard, (0, self.length - heard.shape[1]))
        try:
            (features,) = self.session.run(None, {self.name: heard.numpy()})
        except Exception as error:  # as above
            raise InputError(f"{self.weights}: fails on {heard.shape[1]} samples ({_line(error)})") from error
        if features.ndim != 2 or len(features) != len(sound) or not np.isfinite(features).all():
            raise InputError(f"{self.weights}: gives {features.shape} for {len(sound)} sounds, or what is not finite")
        return torch.from_numpy(features)


def _line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
