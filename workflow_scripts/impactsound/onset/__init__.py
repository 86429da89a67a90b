"""When things are struck, from the picture alone."""

from impactsound.onset.find import Detector, find_hits, load

__all__ = ["Detector", "find_hits", "load"]
