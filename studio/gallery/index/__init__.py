"""The index on disk: what was read before, so that the next opening reads only what changed.

    snapshot     all rows in one file of arrays
    log          what came since, one line a file

It is a cache: losing it costs reading the files again, and what it says of a file counts only while the
file's size, time and inode are the same.
"""

from __future__ import annotations

from studio.gallery.index.index import Index

__all__ = ["Index"]
