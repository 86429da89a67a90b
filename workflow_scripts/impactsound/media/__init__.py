"""ffmpeg: frames and sound out of a video, and sound back into one."""
