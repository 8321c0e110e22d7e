"""The picture of bench/results/latest.json: CPU for each request. Runs where matplotlib is: `python plot.py FOLDER`."""

import json
import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams |= {"svg.hashsalt": "mailconnect", "svg.fonttype": "none"}
import matplotlib.pyplot as plt

folder = Path(sys.argv[1])
comparison = json.loads((folder / "latest.json").read_text())["comparison"]
loads = ["401", "tools/list", "tools/call", "refresh", "connect"]
figure, axes = plt.subplots(1, len(loads), figsize=(14, 3.4), layout="constrained")
colours = plt.get_cmap("tab10")
for axis, load in zip(axes, loads, strict=True):
    names = [name for name in comparison if load in comparison[name]]
    values = [comparison[name][load]["cpu_us"] for name in names]
    bars = axis.barh(range(len(names)), values, color=[colours([*comparison].index(name)) for name in names])
    axis.bar_label(bars, [f"{value:,.0f}" for value in values], padding=2, fontsize=7)
    axis.set_xscale("log")
    axis.set_xlim(min(values) / 3, max(values) * 6)
    axis.set_yticks([])
    axis.invert_yaxis()
    axis.set_title(load, fontsize=10)
    axis.tick_params(labelsize=7)
handles = [plt.Rectangle((0, 0), 1, 1, color=colours(index)) for index in range(len(comparison))]
figure.legend(handles, [*comparison], loc="outside lower center", ncols=3, fontsize=8, frameon=False)
figure.suptitle("Server CPU for each request, microseconds (logarithmic)", fontsize=11)
figure.savefig(folder / "latest.svg", metadata={"Date": None})
