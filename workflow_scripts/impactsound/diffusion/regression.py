"""The rivals without diffusion: the spectrogram regressed from the condition in one step."""

from torch import Tensor, nn

from impactsound.diffusion.condition import Condition, ConditionEncoder, Told


class Regression(nn.Module):
    """A condition encoder and a network that makes a spectrogram of the condition's vector.

    Args:
        network: that of a module of `networks`; it knows the mean of the training spectrograms.
    """

    def __init__(self, encoder: ConditionEncoder, network: nn.Module):
        super().__init__()
        if encoder.pictures:
            raise ValueError("only diffusion can be told what is rendered")
        self.encoder, self.network = encoder, network

    def standardise(self, spectrograms: Tensor) -> None:
        """Take the mean of the training spectrograms, `[clip, 1, bin, step]`."""
        self.network.standardise(spectrograms)

    def forward(self, told: Told, drop: Tensor | None = None) -> Tensor:
        """The spectrogram `[clip, 1, bin, step]` of what is told, as `ConditionEncoder` takes it."""
        return self.decode(self.encoder(told, drop))

    def decode(self, condition: Condition) -> Tensor:
        """The spectrogram `[clip, 1, bin, step]` of a condition."""
        return self.network(condition.vector)
