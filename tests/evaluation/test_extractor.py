"""A network in an ONNX file gives its features, and a file that is no such network is refused in one line.

The tiny networks are written here, byte by byte: a field of a message is its number and kind, then a number or bytes.
"""

import numpy as np
import pytest
import torch
from scipy.signal import resample_poly

from impactsound.errors import InputError
from impactsound.evaluation.extractor import Extractor
from impactsound.seeds import generator

RATE = 16000


def varint(number: int) -> bytes:
    return bytes([number]) if number < 128 else bytes([number % 128 + 128]) + varint(number // 128)


def message(*fields: tuple[int, int | str | bytes]) -> bytes:
    parts = []
    for number, value in fields:
        if isinstance(value, int):
            parts.append(varint(8 * number) + varint(value))
        else:
            data = value.encode() if isinstance(value, str) else value
            parts.append(varint(8 * number + 2) + varint(len(data)) + data)
    return b"".join(parts)


def value(name, *axes):
    shape = message(*((1, message((1 if isinstance(axis, int) else 2, axis))) for axis in axes))
    return message((1, name), (2, message((1, message((1, 1), (2, shape))))))


def node(kind, inputs, output, *attributes):
    """Attributes are whole numbers, or one in a list where a name begins with `axes`."""
    encoded = [
        message((1, name), (8, number), (20, 7)) if name == "axes" else message((1, name), (3, number), (20, 2))
        for name, number in attributes
    ]
    return message(*((1, name) for name in inputs), (2, output), (4, kind), *((5, each) for each in encoded))


def network(path, nodes, given, made, weights=None):
    """Write a model of opset 13."""
    tensors = [] if weights is None else [
        message(*((1, size) for size in weights.shape), (2, 1), (8, "weights"), (9, weights.astype("<f4").tobytes()))
    ]  # fmt: skip
    graph = message(
        *((1, each) for each in nodes), (2, "tiny"), *((5, each) for each in tensors), (11, given), (12, made)
    )
    path.write_bytes(message((1, 8), (7, graph), (8, message((1, ""), (2, 13)))))
    return path


@pytest.fixture
def power(tmp_path):
    """Mean square and greatest value of sounds of any length."""
    nodes = [
        node("Mul", ["sound", "sound"], "square"),
        node("ReduceMean", ["square"], "mean", ("axes", 1), ("keepdims", 1)),
        node("ReduceMax", ["sound"], "peak", ("axes", 1), ("keepdims", 1)),
        node("Concat", ["mean", "peak"], "features", ("axis", 1)),
    ]
    return network(tmp_path / "power.onnx", nodes, value("sound", "clip", "time"), value("features", "clip", 2))


WEIGHTS = np.random.default_rng(0).standard_normal((6000, 5)).astype(np.float32)


@pytest.fixture
def linear(tmp_path):
    """Products of 6000 samples with weights."""
    nodes = [node("MatMul", ["sound", "weights"], "features")]
    given, made = value("sound", "clip", 6000), value("features", "clip", 5)
    return network(tmp_path / "linear.onnx", nodes, given, made, WEIGHTS)


def sounds(clips=4, samples=4000):
    return torch.randn(clips, samples, generator=generator("extractor"))


def test_the_features_are_the_networks(power):
    sound = sounds()
    expected = torch.stack([sound.square().mean(1), sound.amax(1)], 1)
    assert Extractor(power, RATE, RATE)(sound).numpy() == pytest.approx(expected.numpy(), rel=1e-5)


def test_sounds_are_heard_at_the_networks_rate(linear):
    """Against scipy's resampling, of tones that both filters pass."""
    tone = torch.sin(2 * np.pi * torch.tensor([[500.0], [2000.0]]) * torch.arange(2000) / 8000) * torch.hann_window(
        2000
    )
    found = Extractor(linear, 24000, 8000)(tone)
    assert found.numpy() == pytest.approx(resample_poly(tone.numpy(), 3, 1, axis=1) @ WEIGHTS, abs=0.3)


def test_shorter_sounds_are_followed_by_silence_and_longer_ones_refused(linear):
    sound = sounds()
    found = Extractor(linear, RATE, RATE)(sound)
    assert found.numpy() == pytest.approx(sound.numpy() @ WEIGHTS[:4000], abs=1e-3)
    with pytest.raises(InputError, match=r"linear\.onnx: takes 6000 samples, the sounds have 6001"):
        Extractor(linear, RATE, RATE)(sounds(samples=6001))


def test_a_sound_has_its_features_in_any_company_and_every_time(power):
    extract, sound = Extractor(power, RATE, RATE), sounds()
    assert torch.equal(extract(sound), extract(sound))
    assert torch.equal(torch.cat([extract(each[None]) for each in sound]), extract(sound))


def test_what_is_no_such_network_is_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        Extractor(tmp_path / "absent.onnx", RATE, RATE)
    (tmp_path / "other.onnx").write_bytes(b"\x80\x04K\x01.")  # a pickle
    with pytest.raises(InputError, match=r"other\.onnx: not a network"):
        Extractor(tmp_path / "other.onnx", RATE, RATE)


@pytest.mark.parametrize("axes", [("clip", "channel", "time"), (1, "time")])
def test_a_network_of_other_inputs_is_refused(tmp_path, axes):
    path = network(tmp_path / "x.onnx", [node("Abs", ["sound"], "y")], value("sound", *axes), value("y", *axes))
    with pytest.raises(InputError, match=r"x\.onnx: export it with an input \[clip, time\]"):
        Extractor(path, RATE, RATE)


def test_features_that_are_not_finite_are_refused(tmp_path):
    axes = ("clip", "time")
    path = network(tmp_path / "log.onnx", [node("Log", ["sound"], "y")], value("sound", *axes), value("y", *axes))
    assert Extractor(path, RATE, RATE)(torch.ones(2, 3)).tolist() == 2 * [[0, 0, 0]]
    with pytest.raises(InputError, match="not finite"):
        Extractor(path, RATE, RATE)(torch.zeros(2, 3))
