"""The simulated corpus, which is written in the layout of Greatest Hits."""

from impactsound.corpus.release import find_videos

__all__ = ["find_videos"]
