"""What the notebooks share: calling `sim`, sentences with figures in them, and the look of charts."""

import atexit
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import polars as pl
from IPython.display import Markdown, display
from matplotlib_inline.backend_inline import set_matplotlib_formats

REPOSITORY = Path(__file__).resolve().parent.parent
SCENARIOS = REPOSITORY / "scenarios"

# Told apart by the colour-blind too (after Okabe and Ito).
BLUE, ORANGE, GREEN, PINK, GREY = "#0072B2", "#D55E00", "#007A5E", "#CC79A7", "#767676"

# Everything that `sim` writes; gone when the notebook ends.
WORK = Path(tempfile.mkdtemp(prefix="breakeven-"))
atexit.register(shutil.rmtree, WORK, ignore_errors=True)


def program():
    """The program: BREAKEVEN_SIM, else the one that was built here, else the one on the PATH."""
    built = REPOSITORY / "target" / "release" / "sim"
    found = os.environ.get("BREAKEVEN_SIM") or (built if built.exists() else shutil.which("sim"))
    if not found:
        raise FileNotFoundError("no `sim`: build it with `cargo build --release`, or name it in BREAKEVEN_SIM")
    return str(Path(found).absolute())


def sim(*arguments):
    """Runs `sim` in the work folder and returns what it prints, without its speed; its own message is the error."""
    command = [program(), *map(str, arguments)]
    done = subprocess.run(command, cwd=WORK, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"sim {arguments[0]} ended with {done.returncode}\n{done.stderr}{done.stdout}")
    return "".join(line for line in done.stdout.splitlines(keepends=True) if " invocations simulated in " not in line)


def results(folder):
    """`results.json` of a folder in the work folder."""
    return json.loads((WORK / folder / "results.json").read_text())


def deployments(folder):
    """The deployments of a run, by name."""
    return {deployment["name"]: deployment for deployment in results(folder)["deployments"]}


def table(folder, name):
    """A Parquet table of a folder in the work folder."""
    return pl.read_parquet(WORK / folder / f"{name}.parquet")


def say(text):
    """Shows a sentence whose figures were computed."""
    display(Markdown(text))


def chart(title, x, y, width=8.0, height=4.0):
    """A figure with one pair of axes; the title says what there is to see."""
    figure, axes = plt.subplots(figsize=(width, height))
    axes.set(title=title, xlabel=x, ylabel=y)
    return figure, axes


def plain(axis, values, text="{:g}"):
    """Labels a logarithmic axis at these values, as people write them."""
    axis.set_ticks(values, [text.format(value) for value in values])
    axis.set_minor_locator(matplotlib.ticker.NullLocator())


matplotlib.rcdefaults()
set_matplotlib_formats("png", metadata={"Software": None}, bbox_inches=None)
plt.rcParams.update({
    "figure.dpi": 110, "figure.constrained_layout.use": True, "figure.facecolor": "white", "font.size": 10,
    "axes.prop_cycle": plt.cycler(color=[BLUE, ORANGE, GREEN, PINK]), "axes.titlelocation": "left",
    "axes.titleweight": "bold", "axes.titlesize": 11, "axes.titlepad": 10, "axes.grid": True, "grid.color": "#e6e6e6",
    "axes.axisbelow": True, "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False,
})
pl.Config(tbl_rows=30, tbl_cols=16, tbl_width_chars=140, tbl_hide_column_data_types=True, tbl_hide_dataframe_shape=True, float_precision=4)
