"""Videos and sounds that are damaged, foreign, or no files at all: read, or refused in one line."""

import os
import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.samples import convert
from fuzz.strategies import damaged, examples
from impactsound.config import Clip
from impactsound.dubbing.loudness import loudness
from impactsound.dubbing.track import write_track
from impactsound.media.ffmpeg import length, read_frames, read_sound, sound_format
from impactsound.media.frames import frame_windows
from impactsound.media.info import video_info
from impactsound.media.mux import copy_video, mux
from impactsound.studio.preview import write_preview

pytestmark = pytest.mark.fuzz

CLIP = Clip(sample_rate=8000, duration=0.25, n_fft=256, hop=64, frames=6, frame_rate=30.0, frame_size=32)
READERS = {
    "frames": lambda path: sum(1 for _ in read_frames(path, 30, 32)),
    "sound": lambda path: read_sound(path, 8000).size,
    "windows": lambda path: list(frame_windows(path, [-3, 10, 40], CLIP, clamp=True)),
    "length of the picture": lambda path: length(path, "V:0"),
    "length of the sound": lambda path: length(path, "a:0"),
    "format of the sound": sound_format,
    "what a video holds": video_info,
    "loudness": loudness,
}
WRITERS = {
    "mixed": lambda path: write_track("track.wav", [], 0.5, 8000, original=path),
    "muxed": lambda path: mux(path, path, "out.mkv", "keep"),
    "copied": lambda path: copy_video(path, "out.mp4"),
    "preview": lambda path: length(path, "V:0") and write_preview(path, "preview.mp4"),
}


def given_file(ground, name: str, content: bytes):
    """A file that calls may read."""
    path = ground.given / name
    path.write_bytes(content)
    return path


@given(data=st.data())
@examples(600)
def test_damaged_files_are_read_or_refused(ground, samples, data):
    name = data.draw(st.sampled_from(sorted(samples)))
    reader = data.draw(st.sampled_from(sorted(READERS)))
    path = given_file(ground, f"input{name[name.index('.') :]}", data.draw(damaged(samples[name])))
    ground.tried("videos and sounds, damaged", lambda: READERS[reader](path) and None, path.name)
    path.unlink()


@given(data=st.data())
@examples(60)
def test_of_damaged_files_nothing_half_is_written(ground, samples, data):
    name = data.draw(st.sampled_from(sorted(samples)))
    writer = data.draw(st.sampled_from(sorted(WRITERS)))
    path = given_file(ground, f"input{name[name.index('.') :]}", data.draw(damaged(samples[name])))
    taken = ground.tried(
        "videos and sounds, damaged, as the source of others", lambda: WRITERS[writer](path), path.name
    )
    left = list(ground.results.iterdir())
    assert len(left) == taken, left
    for file in (*left, path):
        file.unlink()


def foreign(ground, samples) -> dict[str, object]:
    """What is no video that can be read whole: by its name, bytes or a function that makes it."""
    whole = given_file(ground, "whole.mp4", samples["both.mp4"])
    lists = {
        "list.mp4": f"ffconcat version 1.0\nfile {whole.name}\n",
        "unsafe.mp4": f"ffconcat version 1.0\nfile '{whole}'\nfile 'http://127.0.0.1:{PORT}/a.mp4'\n",
        "playlist.mp4": f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{whole}\n#EXT-X-ENDLIST\n",
        "web.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:{PORT}/a.ts\n#EXT-X-ENDLIST\n",
        "files.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        "dash.mp4": f'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>http://127.0.0.1:{PORT}/'
        "</BaseURL></MPD>",
        "session.mp4": f"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video {PORT} RTP/AVP 96\n",
        "script.avs": "Version()",
        "page.mp4": "<html><script>alert(1)</script></html>",
        "metadata.mp4": ";FFMETADATA1\ntitle=a\n",
        "subtitles.mp4": "1\n00:00:00,000 --> 00:00:09,000\nhit\n",
        "image.svg": f'<svg xmlns="http://www.w3.org/2000/svg"><image href="http://127.0.0.1:{PORT}/a.png"/></svg>',
    }
    wav = samples["sound.wav"]
    found: dict[str, object] = {name: text.encode() for name, text in lists.items()}
    found |= {
        "empty.mp4": b"",
        "one.mp4": b"\0",
        "zeros.mp4": bytes(1 << 20),
        "header.wav": wav[:44],
        "endless.wav": wav[:4] + b"\xff" * 4 + wav[8:40] + b"\xff" * 4 + wav[44:],
        "rate.wav": wav[:24] + struct.pack("<I", 0x7FFFFFFF) + wav[28:],
        "slow.wav": wav[:24] + struct.pack("<I", 1) + wav[28:],
        "channels.wav": wav[:22] + struct.pack("<H", 0xFFFF) + wav[24:],
        "box.mp4": struct.pack(">I", 0xFFFFFFFF) + samples["both.mp4"][4:],
        "large box.mp4": struct.pack(">I4sQ", 1, b"ftyp", 1 << 62) + samples["both.mp4"][16:],
        "ebml.mkv": b"\x1a\x45\xdf\xa3\x01" + b"\xff" * 7 + samples["both.mkv"][12:],
        "folder.mp4": lambda path: path.mkdir(),
        "pipe.mp4": lambda path: os.mkfifo(path),
        "loop.mp4": lambda path: path.symlink_to(path.name),
        "zero.mp4": lambda path: path.symlink_to("/dev/zero"),
        "random.wav": lambda path: path.symlink_to("/dev/urandom"),
        "stdin.mp4": lambda path: path.symlink_to("/dev/stdin"),
        "nowhere.mp4": lambda path: path.symlink_to("nothing"),
        "absent.mp4": lambda path: None,
        "n" * 300 + ".mp4": lambda path: None,
    }
    return found


HOLES = {"a": "gt(N,20)*1e9", "b": "gt(N,20)*3e12", "c": "lt(N,1)*-1e9"}  # of a picture's times, by setts


def holes(ground, samples) -> list:
    """Videos of which some frame is shown years after the last: to fill that, none would ever end."""
    given_file(ground, "picture.mp4", samples["picture.mp4"])
    source = ["-i", ground.given / "picture.mp4", "-c", "copy", "-bsf:v"]
    made = []
    for name, later in HOLES.items():
        for suffix in ("mkv", "mp4", "avi", "ts"):
            shift = later.replace(",", "\\,")
            path = ground.given / f"hole {name}.{suffix}"
            try:
                made.append(convert([*source, f"setts=pts=PTS+{shift}:dts=DTS+{shift}"], path))
            except Exception:  # where a container cannot say so
                path.unlink(missing_ok=True)
    return made


SERVER = socket.create_server(("127.0.0.1", 0))
PORT = SERVER.getsockname()[1]


def test_what_is_no_video_is_refused_and_nothing_else_is_opened(ground, samples):
    SERVER.setblocking(False)
    for name, made in foreign(ground, samples).items():
        path = ground.given / name
        made(path) if callable(made) else path.write_bytes(made)
        for reader in READERS.values():
            ground.tried(
                "playlists, devices and foreign files", lambda path=path, read=reader: read(path) and None, name
            )
    for url in (
        f"http://127.0.0.1:{PORT}/a.mp4",
        "concat:whole.mp4|whole.mp4",
        "pipe:0",
        "fd:0",
        "data:,a",
        "lavfi:sine",
    ):
        for reader in READERS.values():
            assert not ground.tried("names that are addresses", lambda url=url, read=reader: read(url), url)
    with pytest.raises(BlockingIOError):  # nobody has called
        SERVER.accept()


def test_holes_of_years_are_not_filled(ground, samples):
    for path in holes(ground, samples):
        for reader in READERS.values():
            ground.tried("holes of years in a video", lambda path=path, read=reader: read(path) and None, path.name)


def test_whole_files_are_read(ground, samples):
    """Were all refused, nothing would have been tried."""
    for name, content in samples.items():
        path = given_file(ground, name, content)
        read = [
            ground.tried("whole files", lambda path=path, read=reader: read(path) and None, name)
            for reader in READERS.values()
        ]
        assert all(read) if name.startswith("both") else any(read), name
