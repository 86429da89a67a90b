"""Joint training: what encodes the condition learns with the network, which comes to heed it."""

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode

from impactsound.config import Clip
from impactsound.diffusion import training as trainings
from impactsound.diffusion.board import Board, drawn
from impactsound.diffusion.build import build, load
from impactsound.diffusion.condition import ConditionEncoder
from impactsound.diffusion.denoiser import Denoiser
from impactsound.diffusion.generate import sounds, spectrograms
from impactsound.diffusion.objective import Objective
from impactsound.diffusion.training import Dropout, Examples, losses_of, train_generator
from impactsound.seeds import generator
from impactsound.training import Training
from impactsound.vocoder.spectrogram import log_spectrogram
from impactsound.weights import save

CLIP = {"sample_rate": 8000, "duration": 0.1, "n_fft": 64, "hop": 32, "floor": 1e-3, "ceiling": 50.0}
BINS, STEPS = Clip(**CLIP).n_bins, Clip(**CLIP).n_steps
NETWORKS = {
    "diffusion": {"width": 16, "multipliers": [1, 2], "patch": [4, 2], "blocks": 1, "attention": [False, True]},
    "convnet": {"width": 16},
    "transformer": {"width": 32, "layers": 1, "heads": 2},
}
KNOWN = {"diffusion": {"prediction": "v", "sketch": 2, "physics": "energies"}}
SAMPLING = {
    "sampler": "dpm++",
    "steps": 8,
    "guidance": 1.0,
    "batch": 4,
    "griffin_lim": {"start": "physics", "iterations": 2},
}


def settings(kind):
    told = {"visual": [5], "modes": [3, BINS], "residual": [2, 3]}
    return {"clip": CLIP, "kind": kind, "told": told, "network": NETWORKS[kind], **KNOWN.get(kind, {})}


def examples(n, name):
    """Two kinds of spectrogram, told apart by the physics alone."""
    draw = generator("examples", name)
    sign = 1.0 - 2 * (torch.arange(n) % 2)
    tilt = (0.8 * sign[:, None] * torch.linspace(-1, 1, BINS))[:, None, :, None]
    noise = 0.05 * torch.randn(n, 1, BINS, STEPS, generator=draw)
    told = {
        "visual": torch.randn(n, 5, generator=draw),
        "modes": 0.5 * sign[:, None, None].expand(n, 3, BINS),
        "residual": torch.rand(n, 2, 3, generator=draw),
    }
    return Examples((tilt + noise).clamp(-1, 1), told)


@pytest.fixture(scope="module", params=list(NETWORKS))
def trained(request, tmp_path_factory):
    torch.manual_seed(0)
    network = build(settings(request.param))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    schedule = Training(steps=60, batch=8, learning_rate=3e-3, ema=0.9, validate_every=20)
    run = tmp_path_factory.mktemp("run")
    held = examples(8, "b")
    clips = [f"clip{number}" for number in range(8)]
    board = Board(clips, ["glass", "wood"] * 4, held.told, held.spectrogram, schedule.steps)
    losses = losses_of(network, Objective(min_snr=5.0))
    history = train_generator(
        network, examples(32, "a"), held, losses, Dropout(0.1, 0.2), schedule, run, ("d",), board=board
    )
    return network, before, history, run


def test_everything_learns_and_the_loss_falls(trained):
    network, before, history, _ = trained
    assert history.loss.iloc[-1] < 0.7 * history.train_loss.iloc[0]
    assert [name for name, value in network.named_parameters() if torch.equal(value, before[name])] == []


def test_the_sound_follows_the_physics_that_is_told(trained):
    network, *_ = trained
    told = examples(8, "c").told
    told["visual"] = told["visual"][:1].expand(8, -1)
    spectrogram = spectrograms(network, told, list("abcdefgh"), Clip(**CLIP), SAMPLING, (0,))
    sound = sounds(spectrogram, list("abcdefgh"), Clip(**CLIP), SAMPLING, (0,))
    power = torch.fft.rfft(sound).abs().square()
    centroid = (power * torch.arange(power.shape[1])).sum(1) / power.sum(1)
    assert centroid[0::2].min() > centroid[1::2].max()  # the first kind is bright, the second dull


@pytest.mark.parametrize("guidance", [1.0, 2.0])
def test_a_clips_spectrogram_does_not_depend_on_its_batch(trained, guidance):
    network, *_ = trained
    told, clip = examples(6, "c").told, Clip(**CLIP)
    sampling = SAMPLING | {"guidance": guidance}
    together = spectrograms(network, told, list("abcdef"), clip, sampling, (0,))
    alone = {name: values[4:5] for name, values in told.items()}
    apart = spectrograms(network, alone, ["e"], clip, sampling, (0,))
    torch.testing.assert_close(apart[0], together[4], atol=1e-3, rtol=1e-3)


def test_a_sound_near_by_gives_its_phase():
    clip = Clip(**CLIP)
    time = torch.arange(clip.n_samples) / clip.sample_rate
    sound = torch.exp(-30 * time) * torch.cos(2 * torch.pi * torch.tensor([[700.0], [1234.5]]) * time)
    spectrogram = log_spectrogram(sound, clip)[:, None]

    def error(start, near=None):
        sampling = {"batch": 1, "griffin_lim": {"start": start, "iterations": 0}}
        return float((sounds(spectrogram, ["a", "b"], clip, sampling, (0,), near) - sound).abs().max())

    assert error("physics", sound) < 1e-3
    assert error("physics") > 0.01
    assert error("random", sound) > 0.1


def test_a_saved_generator_is_the_same_when_loaded(trained, tmp_path):
    network, *_ = trained
    found = "diffusion" if isinstance(network, Denoiser) else type(network.network).__module__.rpartition(".")[2]
    save(tmp_path / "d.safetensors", network, settings(found))
    loaded, kept = load(tmp_path / "d.safetensors")
    assert kept == settings(found)
    told, clip = examples(2, "c").told, Clip(**CLIP)
    one, other = (spectrograms(made, told, ["a", "b"], clip, SAMPLING, (0,)) for made in (network, loaded))
    assert torch.equal(one, other)


def test_what_the_board_draws_follows_what_is_told(trained):
    network, *_ = trained
    held = examples(8, "c")
    with torch.no_grad():
        made = drawn(network, held.told, torch.randn(held.spectrogram.shape, generator=generator("board")))
    assert (made - held.spectrogram).abs().mean() < 0.5 * (made - held.spectrogram.roll(1, 0)).abs().mean()


def test_the_board_has_pictures_and_latents(trained):
    *_, run = trained
    events = EventAccumulator(str(run / "events"))
    events.Reload()
    (first, *_) = events.Tags()["images"]
    assert [event.step for event in events.Images(first)] == [20, 40, 60]
    assert {path.parent.name for path in run.glob("events/**/tensors.tsv")} == {"visual", "physics"}


def test_shares_of_the_condition_are_withheld():
    encoder = ConditionEncoder({"visual": [5], "modes": [3, BINS]})
    drop = Dropout(0.1, 0.3).draw(20000, encoder.pieces, generator("drop"))
    visual, physics = (drop[:, encoder.pieces.index(name)] for name in ("visual", "physics"))
    nothing, blind = (visual & physics).float().mean(), (visual & ~physics).float().mean()
    assert float(nothing) == pytest.approx(0.1, abs=0.01)
    assert float(blind) == pytest.approx(0.3, abs=0.01)
    assert not (physics & ~visual).any()  # the physics is never withheld alone
    alone = ConditionEncoder({"visual": [5]})
    assert float(Dropout(0.1, 0.3).draw(20000, alone.pieces, generator("drop")).float().mean()) == pytest.approx(
        0.1, abs=0.01
    )


@pytest.mark.parametrize("kind", list(NETWORKS))
def test_what_is_computed_is_on_one_device(kind, monkeypatch):
    """On a GPU that is made believe: its tensors have no values, but an operation on two devices fails."""
    tried = []

    def fit(network, n, loss, validate, *_, **__):
        with pytest.raises(DataDependentOutputException):  # when at last it asks for a number
            validate(network)
        tried.append(network)

    monkeypatch.setattr(trainings, "fit", fit)
    with FakeTensorMode(allow_non_fake_inputs=True):
        with torch.device("cuda"):
            network = build(settings(kind))
        losses = losses_of(network, Objective())
        schedule = Training(steps=1, batch=4, learning_rate=1e-3, validate_every=1)
        sets = examples(6, "train"), examples(3, "validation")
        train_generator(network, *sets, losses, Dropout(0.1, 0.2), schedule, None, ("seed",), "cuda")
    assert tried


@pytest.mark.parametrize("kind", list(NETWORKS))
def test_compiled_it_learns_alike(kind):
    """What torch.compile makes of it, all in one graph, has the same loss and gradients."""
    torch.manual_seed(0)
    network, clips = build(settings(kind)).eval(), examples(4, "compiled")  # without dropout's draws
    losses = losses_of(network, Objective())
    noise, t = torch.randn(4, 1, BINS, STEPS), torch.tensor([1, 100, 500, 900])
    drop = torch.tensor([[True, True], [False, True], [False, False], [False, False]])
    found = []
    for _ in range(2):
        network.zero_grad()
        loss = losses(network, clips, noise, t, drop).mean()
        loss.backward()
        found.append([loss, *(parameter.grad for parameter in network.parameters())])
        network.compile(backend="aot_eager", fullgraph=True)
    torch.testing.assert_close(*found)
