"""ffmpeg may work for as long as something comes of it, and no longer."""

import os

import ffmpeg
import numpy as np
import pytest
import soundfile

from impactsound.dubbing.loudness import loudness
from impactsound.errors import InputError
from impactsound.media import process
from impactsound.media.ffmpeg import read_frames, read_sound, write_video
from impactsound.media.info import video_info
from impactsound.media.mux import mux
from impactsound.media.process import location, run
from impactsound.studio.preview import write_preview

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


def test_every_run_has_its_limits(tmp_path, monkeypatch):
    """Time, memory, pixels and protocols; so that no file makes ffmpeg go on for ever or open another."""
    commands = []
    popen = process.subprocess.Popen

    def noted(command, *arguments, **options):
        commands.append(command)
        return popen(command, *arguments, **options)

    monkeypatch.setattr(process.subprocess, "Popen", noted)
    video, track, out = tmp_path / "a.mp4", tmp_path / "a.wav", tmp_path / "b.mp4"
    write_video(video, np.zeros((30, 32, 32, 3), np.uint8), 30)
    soundfile.write(track, np.full(8000, 0.1), 8000)
    mux(video, track, out, "keep")
    mux(out, track, tmp_path / "c.mkv", "keep")
    write_preview(video, tmp_path / "d.mp4")
    list(read_frames(video, 30, 32)), read_sound(track, 8000), loudness(track), video_info(out)
    assert len(commands) > 15
    for command in commands:
        assert float(command[command.index("-timelimit") + 1]) < 2000
        assert int(command[command.index("-max_alloc") + 1]) <= 1 << 29
        inputs = [place for place, word in enumerate(command) if word == "-i" and command[place + 1] != "pipe:"]
        assert command.count("-protocol_whitelist") == command.count("-format_whitelist") == len(inputs)
        assert command.count("-max_pixels") == len(inputs)


def test_computing_without_an_end_is_stopped(tmp_path, monkeypatch):
    """ffmpeg writes, and so does not stall, but has had its time of the processor."""
    monkeypatch.setattr(process, "COMPUTING", 1)
    noise = ffmpeg.input("anoisesrc", format="lavfi").output("pipe:", format="s16le")
    with (
        pytest.raises(InputError, match="a film: cannot be read by ffmpeg"),
        process.started(noise, "a film") as running,
    ):
        while process.take(running, 1 << 20):
            pass


def test_no_more_than_lines_that_come_in_time_are_waited_for(monkeypatch):
    monkeypatch.setattr(process, "STALL", 0.2)
    reading, writing = os.pipe()
    os.write(writing, b"a\nb\nc")

    class Running:
        stdout = os.fdopen(reading, "rb")

    with pytest.raises(process.subprocess.TimeoutExpired):
        list(process.lines(Running))
    os.write(writing, b"a\n\nb")
    os.close(writing)
    assert list(process.lines(Running)) == [b"a", b"", b"b"]
