"""A dubbed video with hits of made-up physics, its studio, and headless Chromium to open it in."""

import os
import shutil
import subprocess

import numpy as np
import pytest
import soundfile
import torch
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from impactsound.config import Clip
from impactsound.dubbing.edit import Edit
from impactsound.dubbing.hits import Hit, Hits
from impactsound.dubbing.physics import Physics
from impactsound.media.ffmpeg import write_video
from impactsound.physics.modes import Modes
from impactsound.physics.residual import Residual, noise_bands
from impactsound.studio import write_page

CLIP = Clip(sample_rate=16000, duration=0.25)
BANDS, MODES = 12, 128
DURATION = 3.0  # s
TIMES = (0.5, 1.1, 1.9, 2.9)  # s
MATERIALS = ("glass", "metal", "wood")
PROGRAMS = ("chromium", "chromium-driver")  # Debian's packages
PATIENCE = 300  # s that installing them may take
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --disable-background-networking "
    "--disable-component-update --autoplay-policy=no-user-gesture-required --window-size=1280,900"
)
# What is heard: every sound that is started, with the clocks of sound and film at that time
LISTEN = """
window.heard = [];
const started = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (when = 0, offset = 0) {
  const film = document.getElementById("film");
  const latency = this.context.outputLatency || 0;
  window.heard.push({ when, offset, now: this.context.currentTime, film: film.currentTime, latency,
    samples: Array.from(this.buffer.getChannelData(0)) });
  return started.call(this, when, offset);
};
"""


def physics(seed: int, n_modes: int = MODES) -> Physics:
    """Modes all over the band, two that ring for seconds and one above half the rate; an onset between samples."""
    draw = np.random.default_rng(seed)
    fields = [
        draw.uniform(60, 7900, n_modes),
        draw.uniform(-60, -12, n_modes),
        draw.uniform(5, 400, n_modes),
        draw.uniform(-3, 3, n_modes),
    ]
    fields[0][:2], fields[1][:2], fields[2][:2] = (7777.7, 8100.0), -20.0, 1.5
    bands = draw.uniform(0.001, 0.05, BANDS), draw.uniform(0, 0.01, BANDS), draw.uniform(0.01, 1, BANDS)
    modes, residual = (cls(*map(torch.from_numpy, values)) for cls, values in ((Modes, fields), (Residual, bands)))
    return Physics(
        Modes(*(field.float() for field in vars(modes).values())),
        torch.tensor(0.0013 * seed),
        Residual(*(field.float() for field in vars(residual).values())),
    )


class Dubbed:
    """Four hits and the bank that they were matched with."""

    clip = CLIP

    def __init__(self):
        self.bank = {f"bank/{number:03}": (MATERIALS[number % 3], physics(number, 40 + number)) for number in range(6)}
        self.bank["bank/000"] = (MATERIALS[0], physics(0))
        self.noise = noise_bands(BANDS, CLIP.n_samples, CLIP.sample_rate, seed=0)
        rows = tuple(self.hit(number, time) for number, time in enumerate(TIMES))
        self.hits = Hits("it's a clip.mp4", "0" * 16, CLIP.sample_rate, CLIP.duration, DURATION, -6.0, rows)

    def hit(self, number: int, time: float) -> Hit:
        """The first by a given time, the third far from the bank, the fourth edited already."""
        matched = f"bank/{number:03}"
        material, priors = self.bank[matched]
        return Hit(
            id=number,
            time=time,
            probability=0.9 if number else None,
            matched=matched,
            material=material,
            distance=1.5 + number,
            far=number == 2,
            others=dict(zip(MATERIALS, ("bank/000", "bank/004", "bank/005"), strict=True)),
            physics=priors,
            edit=Edit(tilt=1.5) if number == 3 else Edit(),
        )

    def contents(self) -> tuple[dict, dict, np.ndarray]:
        """What the page is made from."""
        entries = {name: {"material": material, **row.to_json()} for name, (material, row) in self.bank.items()}
        return self.hits.to_json(), entries, self.noise.numpy()


@pytest.fixture(scope="session")
def dubbed():
    return Dubbed()


@pytest.fixture(scope="session")
def video(tmp_path_factory):
    """Grey that gets brighter, frame by frame."""
    path = tmp_path_factory.mktemp("video") / "clip.mp4"
    shades = np.linspace(16, 235, round(25 * DURATION)).astype(np.uint8)
    write_video(path, (np.full((48, 64, 3), shade, np.uint8) for shade in shades), 25)
    return path


@pytest.fixture(scope="session")
def track():
    """A tone."""
    return 0.25 * np.sin(2 * np.pi * 440 * np.arange(round(DURATION * CLIP.sample_rate)) / CLIP.sample_rate)


@pytest.fixture(scope="session")
def page(video, dubbed, track, tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    soundfile.write(folder / "track.wav", track, CLIP.sample_rate)
    write_page(folder / "studio.html", video, *dubbed.contents(), folder / "track.wav")
    return folder / "studio.html"


def programs() -> tuple[str | None, str | None]:
    """The browser and its driver, where they are on this machine."""
    browsers = map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
    return next(filter(None, browsers), None), shutil.which("chromedriver")


def install() -> None:
    """Debian's browser and driver, where that is allowed; silent where it fails."""
    quiet = {"env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}, "capture_output": True, "check": False}
    for command in (("update",), ("install", "--yes", "--no-install-recommends", *PROGRAMS)):
        try:
            subprocess.run(["apt-get", "-o", "DPkg::Lock::Timeout=60", *command], timeout=PATIENCE, **quiet)
        except subprocess.TimeoutExpired:
            return


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """Chromium, in which every page's sounds are kept in `heard`; nothing is fetched for it but by apt-get."""
    if not all(programs()) and shutil.which("apt-get") and os.geteuid() == 0:
        install()
    binary, driver = programs()
    if not (binary and driver):
        pytest.skip(f"no chromium and chromedriver here: apt-get install {' '.join(PROGRAMS)}")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in FLAGS.split():
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    opened = webdriver.Chrome(options=options, service=Service(driver))
    opened.folder = tmp_path_factory.mktemp("downloads")
    opened.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": LISTEN})
    opened.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(opened.folder)})
    yield opened
    opened.quit()
