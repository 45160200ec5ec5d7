"""Readers of file formats: headers only, found by the first bytes and never by the name.

| format | where |
| --- | --- |
| PNG, APNG | `png` |
| JPEG | `jpeg` |
| WebP, AVI, WAV | `riff` |
| EXIF, TIFF | `exif` |
| MP4, MOV, M4A, AVIF, HEIC | `boxes` |
| WebM, Matroska | `matroska` |
| GIF, BMP, EXR | `pictures` |
| FLAC, Ogg, Opus, MP3, latents | `sound` |
"""

from studio.gallery.metadata.containers.choose import read_content

__all__ = ["read_content"]
