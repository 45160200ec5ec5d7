"""One farm for a project that many processes have open: one serves, the others follow and leave orders.

    farm.py       the farm that does either, and changes over when it must
    backends.py   changes of backends, left as orders where another process serves
    serving.py    what the process that has the journal does for the others
    following.py  what the others do: leave orders, read the journal and the live file
    mirror.py     a job that another process renders, as it is seen from here
    reader.py     the journal, read as it grows
    live.py       the live file: progress and backends, as they are this moment
    orders.py     orders left for the process that serves
    spool.py      outputs for who asked, where no panel takes them
    lanes.py      the backends of the process that serves

All of it is files under `<project>/.studio/farm`: created exclusively or replaced whole, never locked, so it
holds on network disks. Whose turn it is to serve, the journal's lease tells (`studio.render.lease`).
"""

from __future__ import annotations

from studio.render.shared.farm import SharedFarm

__all__ = ["SharedFarm"]
