"""A small copy of a video's picture, which every browser plays, with the same times."""

from pathlib import Path

from impactsound.files import atomic
from impactsound.media.ffmpeg import EARLY, SWS, rate
from impactsound.media.process import location, run, source

FRAME_RATE = 30.0  # frames/s, whatever the video's
LONGEST_SIDE = 640  # pixels, at most
KEYFRAMES = 15  # frames from one that is found at once to the next
QUALITY = 26  # H.264's constant rate factor


def write_preview(video_path: str | Path, out_path: str | Path) -> None:
    """Write the picture as H.264 mp4 without sound; the same bytes for the same video.

    Its time zero is the video's, and each frame is shown as long as in the video, to the nearest of 30 a second.

    Raises:
        InputError: if the video is absent, has no picture, or breaks off.
    """
    video = source(video_path)["V:0"].filter("settb", "1/90000").filter("setpts", f"PTS-{EARLY}/TB")
    video = video.filter("fps", fps=rate(FRAME_RATE), round="up", start_time=0)
    side = f"min({LONGEST_SIDE},max(iw,ih))"
    video = video.filter("scale", side, side, force_original_aspect_ratio="decrease", force_divisible_by=2, flags=SWS)
    with atomic(out_path) as partial:
        graph = video.output(
            location(partial),
            format="mp4",
            vcodec="libx264",
            pix_fmt="yuv420p",
            preset="veryfast",
            crf=QUALITY,
            g=KEYFRAMES,
            threads=1,
            fflags="+bitexact",
            movflags="+faststart",
            **{"flags:v": "+bitexact"},
        )
        run(graph, video_path, partial)
