"""Your own videos, each with the times of its impacts beside it."""

from impactsound.corpus.folder import find_videos

__all__ = ["find_videos"]
