"""What a file says of itself, as typed columns, whoever wrote it; never pixels, never an exception.

| what | where |
| --- | --- |
| the row | `record` |
| a file to a row | `read` |
| limits | `bounded` |
| file formats: size, length, texts | `containers` |
| programs: what their texts mean | `writers`, `draft` |
"""

from studio.gallery.metadata.read import Taken, raw_texts, read_metadata
from studio.gallery.metadata.record import COLUMNS, Metadata

__all__ = ["COLUMNS", "Metadata", "Taken", "raw_texts", "read_metadata"]
