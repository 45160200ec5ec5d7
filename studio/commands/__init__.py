"""The commands of `studio`, one module each: demo, doctor, lab, render, shot, voila, workflow.

They only read options, call the rooms and print; `console` holds what they share, `servers` how the two web
programs are started, `health` what `doctor` finds out.
"""

from __future__ import annotations
