"""Greatest Hits as released, and any corpus laid out like it."""

from impactsound.corpus.release import find_videos

__all__ = ["find_videos"]
