"""The estimator against sounds whose modes are known, noise, and real recordings."""

import csv
import json
import math
from pathlib import Path

import pytest
import soundfile
import torch

from impactsound.physics.estimate import SHORTEST, estimate_modes, find_onset
from impactsound.physics.modes import Modes, render_modes

DATA = Path(__file__).parents[2].parent / "shared" / "data"
FIELDS = ("frequency", "power", "decay", "phase")
DURATION = 0.25
real = pytest.mark.skipif(not DATA.is_dir(), reason=f"no recordings at {DATA}")


def modes_of(*rows: tuple[float, float, float, float]) -> Modes:
    """Modes of rows (frequency, power, decay, phase), loudest first."""
    return Modes(*torch.tensor(sorted(rows, key=lambda row: -row[1]), dtype=torch.float64).T)


def rendered(modes: Modes, rate: float = 16000) -> torch.Tensor:
    return render_modes(modes, round(DURATION * rate), rate)


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def nearest(found: Modes, frequency: float) -> dict[str, float]:
    """The fields of the mode, of those within 60 dB of the loudest, that is nearest in frequency."""
    audible = found.power > found.power.max() - 60
    index = (found.frequency - frequency).abs().masked_fill(~audible, math.inf).argmin()
    return {name: getattr(found, name)[index].item() for name in FIELDS}


def convergence(target: torch.Tensor, sound: torch.Tensor) -> torch.Tensor:
    """Spectral convergence, mean of three resolutions, `[clip]`: 0 is equal, 1 explains nothing."""
    terms = []
    for n_fft in (512, 1024, 2048):
        window = torch.hann_window(n_fft, dtype=target.dtype)
        a, b = (torch.stft(x, n_fft, n_fft // 4, window=window, return_complex=True).abs() for x in (target, sound))
        terms.append((a - b).flatten(1).norm(dim=1) / a.flatten(1).norm(dim=1))
    return torch.stack(terms).mean(0)


CHORD = modes_of(
    (440.0, -6.0, 9.0, 1.0),
    (1234.5, -20.0, 30.0, -2.0),
    (3000.0, -30.0, 200.0, 0.3),
    (6100.0, -45.0, 60.0, 0.1),
)


@pytest.mark.parametrize("rate", [16000, 22050, 44100])
def test_recovers_the_modes_of_a_sound_without_noise(rate):
    found = estimate_modes(rendered(CHORD, rate), rate, max_modes=8)
    for name, tolerance in zip(FIELDS, (1e-2, 1e-2, 5e-2, 1e-2), strict=True):
        torch.testing.assert_close(getattr(found, name)[:4], getattr(CHORD, name), rtol=0, atol=tolerance)
    assert (found.power[4:] < -90).all()


def test_parts_a_pair_6_hz_apart():
    pair = modes_of((440.0, -6.0, 9.0, 1.0), (446.0, -9.0, 12.0, 2.0))
    found = estimate_modes(rendered(pair) + 1e-4 * noise(4000), 16000)
    for name, tolerance in zip(FIELDS, (0.05, 0.2, 0.5, 0.05), strict=True):
        torch.testing.assert_close(getattr(found, name)[:2], getattr(pair, name), rtol=0, atol=tolerance)


@pytest.mark.parametrize("rate", [8000, 16000, 44100])
@pytest.mark.parametrize("frequency", [440.0, 1000.0, 2345.6])
def test_a_tone_that_outlasts_the_clip_is_kept(frequency, rate):
    found = estimate_modes(rendered(modes_of((frequency, -6.0, 0.0, 0.0)), rate), rate)
    assert found.frequency[0].item() == pytest.approx(frequency, abs=1e-3)
    assert 0 < found.decay[0].item() < 0.1
    assert found.power[1] < -60


def test_a_batch_is_its_clips():
    sounds = torch.stack([rendered(CHORD) + 1e-3 * noise(4000, seed=seed) for seed in range(6)]).unflatten(0, (2, 3))
    batch = estimate_modes(sounds, 16000, max_modes=20)
    single = estimate_modes(sounds[1, 1], 16000, max_modes=20)
    for name in FIELDS:
        assert getattr(batch, name).shape == (2, 3, 20)
        torch.testing.assert_close(getattr(batch, name)[1, 1], getattr(single, name))


def test_louder_sound_has_louder_modes_and_nothing_else_changes():
    sound = rendered(CHORD) + 1e-3 * noise(4000)
    quiet, loud = (estimate_modes(gain * sound, 16000, max_modes=4) for gain in (1, 0.01))
    torch.testing.assert_close(loud.power, quiet.power - 40)
    torch.testing.assert_close(loud.frequency, quiet.frequency)


def test_at_most_max_modes_are_kept_loudest_first_and_the_rest_is_unused():
    sound = rendered(CHORD).float()
    few = estimate_modes(sound, 16000, max_modes=2)
    assert few.frequency.dtype == torch.float32
    assert few.frequency.round().tolist() == [440, 1234]
    many = estimate_modes(sound, 16000, max_modes=500)
    assert many.power.shape == (500,)
    assert (many.power.diff().nan_to_num(0) <= 0).all()
    unused = many.power == -math.inf
    assert unused.any()
    assert (many.power[:4] > -50).all()
    assert (many.power[4:] < -90).all()
    assert all((getattr(many, name)[unused] == 0).all() for name in ("frequency", "decay", "phase"))


def test_no_clips_have_no_modes():
    assert estimate_modes(torch.zeros(2, 0, 4000), 16000, max_modes=7).power.shape == (2, 0, 7)


def test_silence_has_no_modes():
    found = estimate_modes(torch.zeros(2, 4000), 16000)
    assert (found.power == -math.inf).all()
    assert all((getattr(found, name) == 0).all() for name in ("frequency", "decay", "phase"))


def test_noise_has_hardly_any_modes():
    sound = 0.1 * noise(8, 11025)
    found = estimate_modes(sound, 44100)
    assert (found.power > -math.inf).sum(-1).double().mean() < 5
    share = render_modes(found, 11025, 44100).square().sum(-1) / sound.square().sum(-1)
    assert share.max() < 0.02


def test_an_offset_is_no_mode_and_moves_none():
    clean = rendered(CHORD) + 1e-4 * noise(4000)
    still, moved = (estimate_modes(clean + offset, 16000, max_modes=4) for offset in (0.0, 0.05))
    torch.testing.assert_close(moved.frequency, still.frequency, rtol=0, atol=0.5)
    torch.testing.assert_close(moved.power, still.power, rtol=0, atol=0.1)
    assert nearest(moved, 0)["frequency"] > 400
    assert (estimate_modes(rendered(CHORD, 44100) + 0.05, 44100).power[4:] < -80).all()


def test_rumble_below_hearing_is_no_mode():
    rumble = rendered(modes_of((12.0, -20.0, 0.0, 0.0)))
    found = estimate_modes(rendered(CHORD) + rumble, 16000)
    assert found.frequency[found.power > -math.inf].min() > 20


@pytest.mark.parametrize("late", [0.001, 0.005, 0.02])
def test_a_late_onset_moves_neither_frequency_nor_decay(late):
    sound = rendered(CHORD, 44100)
    shift = round(late * 44100)
    sound = torch.cat([torch.zeros(shift), sound[: len(sound) - shift]]) + 1e-4 * noise(len(sound))
    assert find_onset(sound, 44100).item() == pytest.approx(late, abs=2e-4)
    found = estimate_modes(sound, 44100)
    for frequency, power, decay in ((440.0, -6.0, 9.0), (1234.5, -20.0, 30.0), (3000.0, -30.0, 200.0)):
        mode = nearest(found, frequency)
        assert mode["frequency"] == pytest.approx(frequency, abs=0.2)
        assert mode["power"] == pytest.approx(power, abs=0.3)
        assert mode["decay"] == pytest.approx(decay, rel=0.05)


def test_a_late_onset_is_found_in_noise_and_a_prompt_one_is_none():
    sound = rendered(CHORD, 44100)
    late = torch.cat([torch.zeros(441), sound[:-441]]) + 0.02 * noise(len(sound))
    assert find_onset(torch.stack([late, sound]), 44100).tolist() == pytest.approx([0.01, 0.0], abs=2e-4)


def test_a_click_and_a_clipped_sound_have_no_modes_that_ring_beside_the_true_ones():
    click = torch.zeros(4000).double()
    click[3] = 1.0
    ringing = estimate_modes(click + 1e-3 * noise(4000), 16000)
    assert (ringing.power[ringing.t60 > 0.05] < -35).all()
    tone = rendered(modes_of((440.0, 0.0, 9.0, 1.0)))
    found = estimate_modes(tone.clamp(-0.7, 0.7), 16000)
    assert nearest(found, 440)["frequency"] == pytest.approx(440, abs=0.5)
    order = found.frequency[(found.power > -25) & (found.t60 > 0.1)] / 440
    assert ((order - order.round()).abs() < 0.04).all()  # clipping adds harmonics, for as long as it lasts


def test_single_precision_is_as_good_as_it_can_be():
    sound = rendered(CHORD, 44100)
    single, double = (estimate_modes(sound.to(kind), 44100, max_modes=4) for kind in (torch.float32, torch.float64))
    assert single.frequency.dtype == torch.float32
    torch.testing.assert_close(single.frequency.double(), double.frequency, rtol=1e-6, atol=0)
    torch.testing.assert_close(single.decay.double(), double.decay, rtol=1e-4, atol=0)


def test_coloured_noise_is_not_taken_for_modes():
    """Noise that falls by 12 dB per octave, with two modes in it, far above and far below its level."""
    spectrum = torch.fft.rfft(noise(11025))
    spectrum /= 1 + (torch.arange(spectrum.shape[-1]) * 4 / 500) ** 2
    colour = torch.fft.irfft(spectrum, 11025)
    truth = modes_of((300.0, -6.0, 12.0, 0.0), (9000.0, -40.0, 30.0, 1.0))
    found = estimate_modes(rendered(truth, 44100) + 0.03 * colour / colour.std(), 44100)
    assert nearest(found, 300)["frequency"] == pytest.approx(300, abs=0.3)
    assert nearest(found, 9000)["frequency"] == pytest.approx(9000, abs=0.3)
    assert (found.power[found.t60 > 0.05] > -60).sum() <= 5


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_sound_that_is_not_finite_is_an_error(bad):
    sound = torch.zeros(2, 4000)
    sound[1, 7] = bad
    with pytest.raises(ValueError, match="not finite"):
        estimate_modes(sound, 16000)


def test_sound_that_is_too_short_is_an_error_and_the_shortest_is_none():
    with pytest.raises(ValueError, match=f"{SHORTEST} s"):
        estimate_modes(torch.zeros(1000), 16000)
    found = estimate_modes(rendered(CHORD)[: round(SHORTEST * 16000)], 16000)
    assert nearest(found, 440)["frequency"] == pytest.approx(440, abs=0.1)


@pytest.mark.parametrize("rate", [16000, 44100])
def test_odd_sounds_do_not_break_it(rate):
    n = round(DURATION * rate)
    time = torch.arange(n) / rate
    click = torch.zeros(n)
    click[n // 50] = 1
    ramp = torch.linspace(-1, 1, n)
    square = torch.sign(torch.sin(2 * math.pi * 500 * time))
    burst = torch.exp(20 * (time - DURATION)) * torch.sin(2 * math.pi * 700 * time)
    clipped = (30 * rendered(CHORD, rate).float()).clamp(-1, 1)
    sounds = torch.stack([click, torch.ones(n), ramp, square, burst, clipped, clipped * (time < 0.02)])
    found = estimate_modes(sounds, rate)
    assert render_modes(found, n, rate).isfinite().all()
    assert (found.decay >= 0).all()
    assert (found.frequency < rate / 2).all()


@pytest.mark.parametrize("rate", [8000, 44100, 192000])
def test_hardly_damped_sounds_do_not_break_it_at_any_rate(rate):
    """Tones that beat once a minute, square waves and drifts: the algebra of their modes is all but singular."""
    time = torch.arange(round(0.25 * rate), dtype=torch.float64) / rate
    tone, near = (torch.sin(2 * math.pi * f * time) for f in (987.6, 987.6 + 1 / 60))
    drift = torch.cumsum(noise(len(time)), 0)
    sounds = torch.stack([tone + near, tone.sign(), (1000 * tone).round() / 1000, drift, tone * 1e-9])
    found = estimate_modes(sounds, rate, max_modes=64)
    assert render_modes(found, len(time), rate).isfinite().all()
    pitch = found.frequency[[0, 2, 4], 0]
    torch.testing.assert_close(pitch, torch.full_like(pitch, 987.6), rtol=0, atol=0.1)


@real
def test_explains_real_recordings():
    """Mean spectral convergence below 0.08 on 16 impacts, without modes that cancel from far above full scale."""
    clips = []
    for row in csv.DictReader((DATA / "diffimpact" / "index.csv").open()):
        sound, rate = soundfile.read(DATA / "diffimpact" / row["path"])
        start = round(float(row["onset_s"]) * rate)
        clip = torch.from_numpy(sound[start : start + round(DURATION * rate)])
        clips.append(clip / clip.abs().max())
    clips = torch.stack(clips)
    found = estimate_modes(clips, 44100)
    error = convergence(clips, render_modes(found, clips.shape[-1], 44100, find_onset(clips, 44100)))
    assert error.mean() < 0.08
    assert error.max() < 0.16
    assert found.power.max() < 18


@real
def test_finds_the_modes_of_real_objects():
    """Every mode within 60 dB of the loudest, of the published sets of ten."""
    truths = [json.loads(path.read_text()) for path in sorted((DATA / "tdw_modes").glob("*.json"))]
    distinct = {tuple(truth["cf"]): truth for truth in truths if len(truth["cf"]) == 10}
    sets = []
    for truth in distinct.values():
        frequency, power, t60 = (torch.tensor(truth[key], dtype=torch.float64) for key in ("cf", "op", "rt"))
        sets.append((frequency, power - power.max() - 20, math.log(1000) / t60, torch.zeros_like(power)))
    truth = Modes(*(torch.stack(field) for field in zip(*sets, strict=True)))
    found = estimate_modes(rendered(truth, 44100), 44100)
    gap = (found.frequency[:, None] - truth.frequency[..., None]).abs()
    fits = (gap < 0.5) & ((found.power[:, None] - truth.power[..., None]).abs() < 0.5)
    fits &= (found.decay[:, None] / truth.decay[..., None] - 1).abs() < 0.02
    asked = truth.power > -80
    assert fits.any(-1)[asked].double().mean() > 0.97
