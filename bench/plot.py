"""Draws what :mod:`bench.growth` found as one small picture with two logarithmic axes.

Run by the interpreter of the peers, where matplotlib is: ``python bench/plot.py OUT.png < JSON``. Knows nothing of what
the lines mean.
"""

from __future__ import annotations

import json
import sys


def main(out: str) -> None:
    """A panel for each unit, a line for each measure."""
    import matplotlib  # type: ignore[import-not-found]

    matplotlib.use("Agg")
    from matplotlib import pyplot

    told = json.load(sys.stdin)
    figure, panels = pyplot.subplots(1, len(told["units"]), figsize=(12, 4), dpi=80, layout="constrained")
    for place, (panel, unit) in enumerate(zip(panels, told["units"], strict=True)):
        for name, points in told["panels"].get(str(place), {}).items():
            panel.loglog([int(posts) for posts in points], list(points.values()), marker="o", markersize=4, label=name)
        panel.set(xlabel="posts", ylabel=unit)
        panel.margins(y=0.2)
        panel.grid(visible=True, alpha=0.3)
        panel.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=2)
    # No date, no version: the same figures give the same picture.
    figure.savefig(out, metadata={"Software": None})


if __name__ == "__main__":
    main(sys.argv[1])
