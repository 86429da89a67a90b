"""Waveform to spectrogram and back."""
