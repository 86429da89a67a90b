"""Hits are read back as written; edits are put in, and what cannot be read is refused in one line."""

import dataclasses
import json

import pytest

from impactsound.dubbing.edit import Edit, Low
from impactsound.dubbing.hits import check_entries, read_edits, read_hits, write_hits
from impactsound.errors import InputError


@pytest.fixture
def path(tmp_path, hits):
    """The hits' file."""
    write_hits(tmp_path / "clip.hits.json", hits)
    return tmp_path / "clip.hits.json"


def changed(path, change):
    """The file with a change."""
    found = json.loads(path.read_text())
    change(found)
    path.write_text(json.dumps(found))
    return path


def edits(tmp_path, **members):
    (tmp_path / "edits.json").write_text(json.dumps(members))
    return tmp_path / "edits.json"


def test_what_is_written_is_read_to_the_bit_and_written_alike(path, hits):
    edit = Edit(size=1.1, low=Low(3, -1.5), strength=2.0, time=0.1)
    told = dataclasses.replace(
        hits, all=Edit(tilt=1 / 3), hits=(dataclasses.replace(hits.hits[0], edit=edit), *hits.hits[1:])
    )
    write_hits(path, told)
    again, text = read_hits(path), path.read_text()
    assert again.to_json() == told.to_json() and again.hits[0].edit == edit
    write_hits(path, again)
    assert path.read_text() == text and len(text.splitlines()) == len(hits.hits) + 14


def test_it_has_the_designed_members(path):
    found = json.loads(path.read_text())
    assert found["format"] == "impactsound hits/1" and found["all"] == {}
    assert set(found["hits"][0]) == {
        *("id", "time", "probability", "matched", "material", "distance", "far", "others"),
        *("onset", "modes", "residual", "edit"),
    }
    assert found["hits"][3]["probability"] is None and len(found["hits"][0]["modes"]["power"]) == 5


def test_no_hits_are_a_file_too(path, hits):
    write_hits(path, dataclasses.replace(hits, hits=()))
    assert read_hits(path).hits == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda f: f.update(format="impactsound hits/2"),
            "its format is 'impactsound hits/2', and 'impactsound hits/1'",
        ),
        (lambda f: f.pop("format"), "'format' is missing"),
        (lambda f: f.pop("gain"), "'gain' is missing"),
        (lambda f: f.update(sample_rate=1.5), "sample_rate = 1.5: give a whole number"),
        (lambda f: f["hits"][1].update(id=0), "two hits have the id 0"),
        (lambda f: f["hits"][1].update(id=True), "hits[1].id = True: give a number"),
        (lambda f: f["hits"][1].update(time=3.5), "hit 1: time = 3.5: give a number from 0 to 3"),
        (lambda f: f["hits"][1].update(probability=1.5), "hit 1: probability = 1.5"),
        (lambda f: f["hits"][1].update(far=1), "hit 1: far = 1: give true or false"),
        (lambda f: f["hits"][1].update(others=[]), "hit 1: others is []: give an object"),
        (lambda f: f["hits"][1]["modes"]["phase"].pop(), "hit 1: modes.phase has 4 numbers, and frequency 5"),
        (lambda f: f["hits"][1].update(edit={"size": 9}), "hit 1: edit.size = 9: give a number from 0.25 to 4"),
        (lambda f: f.update(all={"time": 1}), "all.time: hits cannot all sound at one time"),
        (lambda f: f.update(hits={}), "hits is {}: give a list"),
        (lambda f: f["hits"].append(3), "hits[4] is 3: give an object"),
    ],
)
def test_a_fault_is_one_line_naming_file_and_place(path, change, said):
    with pytest.raises(InputError) as caught:
        read_hits(changed(path, change))
    assert str(caught.value).startswith(f"{path}: ") and said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"gain": NaN}', '{"gain": Infinity}', "\xff", "[" * 10**5])
def test_what_is_no_json_object_is_refused(tmp_path, text):
    (tmp_path / "x.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=r"x\.json"):
        read_hits(tmp_path / "x.json")
    with pytest.raises(InputError, match=r"none\.json: no such file"):
        read_hits(tmp_path / "none.json")


def test_an_infinite_number_is_refused(path):
    path.write_text(path.read_text().replace('"gain": -6.0', '"gain": 1e999'))
    with pytest.raises(InputError, match="gain = inf: give a number"):
        read_hits(path)


def test_edits_replace_all_that_was_before(tmp_path, hits):
    before = dataclasses.replace(
        hits, all=Edit(tilt=3.0), hits=tuple(dataclasses.replace(hit, edit=Edit(size=2.0)) for hit in hits.hits)
    )
    short = edits(tmp_path, format="impactsound edits/1", all={"damping": 2}, hits=[{"id": 2, "edit": {"time": 1.5}}])
    found = read_edits(short, before)
    assert found.all == Edit(damping=2.0)
    assert [hit.edit for hit in found.hits] == [Edit(), Edit(), Edit(time=1.5), Edit()]
    assert found.edit(found.hits[2]) == Edit(damping=2.0, time=1.5)
    assert [found.time(hit) for hit in found.hits] == [0.5, 1.0, 1.5, 2.9]
    cleared = dataclasses.replace(
        found, all=Edit(), hits=tuple(dataclasses.replace(h, edit=Edit()) for h in found.hits)
    )
    assert cleared.to_json() == hits.to_json()


def test_a_whole_file_of_hits_edited_by_hand_is_read_for_its_edits_alone(path, hits):
    changed(path, lambda f: f["hits"][1].update(edit={"strength": -3}, time=99, matched=None, modes="gone"))
    found = read_edits(path, hits)
    assert found.hits[1].edit == Edit(strength=-3.0) and found.hits[1].time == 1.0
    assert found.strength(found.hits[1]) == -3 and found.strength(found.hits[0]) == 0


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"hits": [{"id": 7, "edit": {}}]}, "hit 7 is none of the 4 hits of clip.mp4"),
        ({"hits": [{"edit": {}}]}, "hits[0]: 'id' is missing"),
        ({"hits": [{"id": 1, "edit": {"time": 3.01}}]}, "hit 1: edit.time = 3.01: give a number from 0 to 3"),
        ({"hits": [{"id": 1, "edit": {"siz": 2}}]}, "hit 1: edit: unknown key 'siz'; did you mean 'size'?"),
        ({"all": {"size": 5}}, "all.size = 5: give a number from 0.25 to 4"),
        ({"all": {"time": 1}}, "all.time"),
        ({"edits": []}, "has neither 'all' nor 'hits'"),
        ({"format": "impactsound edits/2", "all": {}}, "its format is 'impactsound edits/2'"),
        ({"all": {"entry": "stone"}}, "hit 0: entry = 'stone' is neither a clip of the model's bank nor a material;"),
        ({"hits": [{"id": 2, "edit": {"entry": "a/1"}}]}, "hit 2: entry = 'a/1' is neither"),
    ],
)
def test_a_fault_in_edits_is_one_line_naming_file_and_place(tmp_path, hits, model, members, said):
    with pytest.raises(InputError) as caught:
        read_edits(edits(tmp_path, **members), hits, model.bank.clips)
    assert str(caught.value).startswith(f"{tmp_path / 'edits.json'}: ") and said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_entry_is_a_clip_or_the_nearest_of_a_material(tmp_path, hits, model):
    own = [{"id": 1, "edit": {"entry": "metal/002"}}]
    found = read_edits(edits(tmp_path, all={"entry": "wood"}, hits=own), hits, model.bank.clips)
    entries = [hit.entry(found.edit(hit)) for hit in found.hits]
    assert entries[1] == "metal/002" and all(entry.startswith("wood/") for entry in entries[:1] + entries[2:])
    assert hits.hits[0].entry(Edit()) == hits.hits[0].matched
    with pytest.raises(InputError, match="hit 0: entry"):
        check_entries(found, [], "edits.json")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: f.update(gain=1e6), "gain = 1000000.0: give a number from -200 to 200"),
        (lambda f: f.update(sample_rate=10**9), "sample_rate = 1000000000: give a number"),
        (lambda f: f.update(duration=1e300), "duration = 1e+300: give a number"),
        (lambda f: f["hits"][1]["modes"]["decay"].__setitem__(0, 1e300), "hit 1: modes.decay[0] = 1e+300"),
    ],
)
def test_numbers_that_would_have_no_end_are_refused(path, change, said):
    with pytest.raises(InputError) as caught:
        read_hits(changed(path, change))
    assert said in str(caught.value)
