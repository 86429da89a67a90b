"""ffmpeg may work for as long as something comes of it, and no longer."""

import os

import ffmpeg
import pytest

from impactsound.errors import InputError
from impactsound.media import process
from impactsound.media.process import location, run

PIXELS = {"format": "rawvideo", "pix_fmt": "gray", "s": "64x64"}


def test_a_long_film_may_take_its_time(tmp_path, monkeypatch):
    """Two seconds of noise, written as slowly as it is played, with a limit of a quarter of that."""
    monkeypatch.setattr(process, "STALL", 0.5)
    noise = ffmpeg.input("anoisesrc=d=2:r=8000", format="lavfi", re=None)
    run(noise.output(location(tmp_path / "a.wav"), flush_packets=1), "a film", tmp_path / "a.wav")
    assert (tmp_path / "a.wav").stat().st_size > 32000


def test_one_that_stalls_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "STALL", 0.2)
    os.mkfifo(tmp_path / "film")
    held = os.open(tmp_path / "film", os.O_RDWR)  # so that it has a writer, which writes nothing
    film = ffmpeg.input(location(tmp_path / "film"), **PIXELS)
    with pytest.raises(InputError, match=r"a film: cannot be read by ffmpeg \(ffmpeg stopped without a word\)"):
        run(film.output(location(tmp_path / "a.mkv")), "a film", tmp_path / "a.mkv")
    os.close(held)
