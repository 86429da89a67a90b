"""From a video and a model to its sound: hits are matched with the bank, edited by their physics and made audible."""
