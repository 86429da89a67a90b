"""Corpora: simulated, Greatest Hits and your own videos, all as one manifest of impacts."""
