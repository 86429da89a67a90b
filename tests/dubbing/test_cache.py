"""Of the sounds of hits only those are made that are not known yet; the others keep their bits."""

import dataclasses
import hashlib

import h5py
import numpy as np
import pytest
import torch

from impactsound.dubbing import cache, sounds
from impactsound.dubbing.edit import Edit
from impactsound.dubbing.sounds import hit_sound


def edited(hits, common=None, **own):
    """The hits with edits, by id."""
    found = (dataclasses.replace(hit, edit=own.get(f"hit{hit.id}", Edit())) for hit in hits.hits)
    return dataclasses.replace(hits, all=common or Edit(), hits=tuple(found))


def heard(path):
    with h5py.File(path) as file:
        return dict(zip(file["clip"].asstr()[:], file["sound"][:], strict=True))


@pytest.fixture
def made(monkeypatch):
    """The ids of the hits that are generated."""
    ids = []

    def counted(model, hit, *told, generate=sounds.generate):
        ids.append(hit.id)
        return generate(model, hit, *told)

    monkeypatch.setattr(sounds, "generate", counted)
    return ids


@pytest.fixture
def path(tmp_path, model, hits, latent, made):
    """The file of the unedited hits."""
    assert cache.update(tmp_path / "clip.hits.h5", model, hits, latent) == 4 and made == [0, 1, 2, 3]
    made.clear()
    return tmp_path / "clip.hits.h5"


def test_what_is_kept_is_the_sound_of_each_hit(path, model, hits, latent):
    for (_, sound), hit, seen in zip(heard(path).items(), hits.hits, latent, strict=True):
        assert (sound == hit_sound(model, hit, Edit(), seen)).all()
    assert cache.peaks(path).tolist() == [np.abs(sound).max() for sound in heard(path).values()]


def test_only_what_changed_is_made_and_the_rest_is_the_same(path, model, hits, latent, made):
    before = heard(path)
    assert cache.update(path, model, edited(hits, hit2=Edit(size=2.0)), latent) == 1 and made == [2]
    after = heard(path)
    assert [key for key in before if not np.array_equal(before[key], after[key])] == ["2"]
    assert cache.update(path, model, hits, latent) == 1 and made == [2, 2]
    assert all(np.array_equal(before[key], sound) for key, sound in heard(path).items())


@pytest.mark.parametrize("idle", [Edit(), Edit(strength=-6.0), Edit(time=2.0), Edit(size=1.0, tilt=0.0)])
def test_what_only_mixes_makes_nothing(path, model, hits, latent, made, idle):
    assert cache.update(path, model, edited(hits, hit0=idle), latent) == 0 and made == []


def test_the_same_hits_have_the_same_bytes(path, model, hits, latent):
    first = hashlib.sha256(path.read_bytes()).digest()
    cache.update(path, model, hits, latent)
    again = hashlib.sha256(path.read_bytes()).digest()
    cache.update(path, model, edited(hits, hit1=Edit(damping=2.0)), latent)
    cache.update(path, model, hits, latent)
    assert first == again == hashlib.sha256(path.read_bytes()).digest()


def test_an_edit_of_all_and_the_same_of_each_are_one(path, model, hits, latent, made):
    cache.update(path, model, edited(hits, Edit(size=2.0)), latent)
    made.clear()
    each = {f"hit{number}": Edit(size=2.0) for number in range(4)}
    assert cache.update(path, model, edited(hits, **each), latent) == 0 and made == []


def test_a_material_and_its_nearest_clip_are_one(path, model, hits, latent, made):
    hit = hits.hits[0]
    assert cache.update(path, model, edited(hits, hit0=Edit(entry=hit.matched)), latent) == 0
    assert cache.update(path, model, edited(hits, hit0=Edit(entry="metal")), latent) == 1
    assert cache.update(path, model, edited(hits, hit0=Edit(entry=hit.others["metal"])), latent) == 0 and made == [0]


def test_all_that_determines_a_sound_is_in_its_digest(model, hits, latent):
    hit, other = hits.hits[0], dataclasses.replace(model, id="0" * 16)
    same = cache.digest(model, hit, Edit(), latent[0])
    assert cache.digest(model, dataclasses.replace(hit, time=9.0, distance=0.0), Edit(), latent[0]) == same
    changes = [
        cache.digest(other, hit, Edit(), latent[0]),
        cache.digest(model, dataclasses.replace(hit, id=9), Edit(), latent[0]),
        cache.digest(model, dataclasses.replace(hit, matched="wood/002"), Edit(), latent[0]),
        cache.digest(model, hit, Edit(tilt=1.0), latent[0]),
        cache.digest(model, hit, Edit(), latent[0] + 1e-3),
    ]
    assert len({same, *changes}) == 6


@pytest.mark.parametrize("damage", ["absent", "text", "cut", "foreign", "empty"])
def test_a_file_that_cannot_be_used_is_made_again(path, model, hits, latent, made, damage):
    before = heard(path)
    if damage == "absent":
        path.unlink()
    elif damage == "text":
        path.write_text("not HDF5")
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-5000])
    else:
        with h5py.File(path, "w") as file:
            file.attrs["schema"] = "sounds/1" if damage == "foreign" else cache.SCHEMA
    assert cache.known_latents(path, hits) is None
    assert cache.update(path, model, hits, latent) == 4 and made == [0, 1, 2, 3]
    assert all(np.array_equal(before[key], sound) for key, sound in heard(path).items())


def test_a_run_that_fails_leaves_the_file_as_it_was(path, model, hits, latent, monkeypatch):
    before = path.read_bytes()
    monkeypatch.setattr(sounds, "generate", lambda *told: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        cache.update(path, model, edited(hits, Edit(size=2.0)), latent)
    assert path.read_bytes() == before and [found.name for found in path.parent.iterdir()] == [path.name]


def test_what_was_seen_is_known_of_the_same_hits_alone(path, hits, latent):
    assert torch.equal(cache.known_latents(path, hits), latent)
    backwards = dataclasses.replace(hits, hits=hits.hits[::-1])
    assert torch.equal(cache.known_latents(path, backwards), latent.flip(0))
    later = (dataclasses.replace(hits.hits[0], time=0.6), *hits.hits[1:])
    more = (*hits.hits, dataclasses.replace(hits.hits[0], id=4))
    for other in ({"model": "0" * 16}, {"hits": later}, {"hits": more}):
        assert cache.known_latents(path, dataclasses.replace(hits, **other)) is None


def test_hits_are_placed_in_the_order_in_which_they_sound(path, hits):
    told = edited(hits, Edit(strength=-2.0), hit3=Edit(time=0.75), hit0=Edit(strength=4.0))
    found = list(cache.placed(path, told))
    assert [(time, strength) for time, _, strength in found] == [(0.5, 4.0), (0.75, -2.0), (1.0, -2.0), (1.02, -2.0)]
    assert np.array_equal(found[1][1], heard(path)["3"])


def test_sounds_are_taken_over_one_at_a_time(path, model, hits, latent, monkeypatch):
    import tracemalloc

    monkeypatch.setattr(sounds, "hit_sound", lambda *told: np.ones(4 * 8000, np.float32))
    many = tuple(dataclasses.replace(hits.hits[0], id=number) for number in range(200))
    seen = latent[:1].expand(200, -1)
    cache.update(path, model, dataclasses.replace(hits, hits=many), seen)  # 25 MB of sound
    tracemalloc.start()
    assert cache.update(path, model, dataclasses.replace(hits, hits=many), seen) == 0
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4e6
