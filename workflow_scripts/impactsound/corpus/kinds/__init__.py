"""Kinds of corpora: a module each, which the config's `corpus.kind` names and whose `find_videos` lists the videos."""
