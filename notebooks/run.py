"""Executes the notebooks without a browser: `python notebooks/run.py [--check] [NAME ...]`.

Without `--check` their outputs are written back. With it nothing is written: each runs afresh in an empty folder, and what it
prints must be what is committed. Pictures are only counted. Cells tagged `logs` depend on logs that are not part of the
repository, and are compared where those are at hand.
"""

import argparse
import difflib
import os
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

HERE = Path(__file__).resolve().parent
SECONDS_OF_A_CELL = 120
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def logs_at_hand():
    """The folder that the notebook on validation reads."""
    shared = Path(os.environ.get("BREAKEVEN_SHARED") or HERE.parent.parent / "shared")
    return any((shared / "traces" / "aws_lambda_poisson_2020").glob("*.csv.gz"))


def clean(notebook):
    """Takes off what differs from one machine or one time to another, and joins what was printed in pieces."""
    notebook.metadata = nbformat.from_dict(METADATA)
    for number, cell in enumerate(notebook.cells, 1):
        cell.id = f"cell-{number:02}"
        cell.metadata = nbformat.from_dict({"tags": cell.metadata.tags} if "tags" in cell.metadata else {})
        if cell.cell_type == "code":
            for output in cell.outputs:
                output.pop("transient", None)
                if "metadata" in output:
                    output.metadata = nbformat.from_dict({})
    return notebook


def execute(path, folder):
    """Runs every cell in a new process that sees nothing of the user's settings."""
    notebook = nbformat.read(path, as_version=4)
    environment = {
        **os.environ,
        "PYTHONPATH": str(HERE),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "IPYTHONDIR": str(folder / "ipython"),
    }
    client = NotebookClient(
        notebook,
        timeout=SECONDS_OF_A_CELL,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
        coalesce_streams=True,
    )
    client.execute(env=environment)
    return clean(notebook)


def printed(cell):
    """What a cell shows as text, and how many pictures."""
    pieces, pictures = [], 0
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if "image/png" in data:
            pictures += 1
        else:
            pieces.append(output.get("text") or data.get("text/markdown") or data.get("text/plain") or "")
    return "\n".join([*pieces, f"pictures: {pictures}"]).splitlines()


def differences(committed, fresh, with_logs):
    """A message for each cell that does not show what is committed."""
    for old, new in zip(committed.cells, fresh.cells, strict=True):
        if "logs" in old.metadata.get("tags", []) and not with_logs:
            continue
        if printed(old) != printed(new):
            lines = difflib.unified_diff(printed(old), printed(new), "committed", "now", lineterm="", n=1)
            yield f"cell {old.id}:\n" + "\n".join(lines)


def machine_paths(notebook, folder):
    """A message for each cell whose outputs name a folder of this machine."""
    for cell in notebook.cells:
        text = str(cell.get("outputs", ""))
        for place in (str(HERE.parent), str(folder), tempfile.gettempdir(), str(Path.home())):
            if len(place) > 1 and place + os.sep in text:
                yield f"cell {cell.id}: its output names {place}"


def failures(path, check):
    """Everything that is wrong with one notebook; without `check` its outputs are written back."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            fresh = execute(path, Path(folder))
        except CellExecutionError as error:
            return [str(error)]
        found = list(machine_paths(fresh, folder))
    if check:
        committed = nbformat.read(path, as_version=4)
        found += differences(committed, fresh, logs_at_hand())
    elif not found:
        nbformat.write(fresh, path)
    return found


def main():
    parser = argparse.ArgumentParser(description="execute the notebooks")
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as first_steps (default: all)")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where outputs are not the committed ones")
    options = parser.parse_args()
    known = {path.stem: path for path in sorted(HERE.glob("*.ipynb"))}
    names = [Path(name).stem for name in options.names] or list(known)
    if unknown := [name for name in names if name not in known]:
        parser.error(f"no notebook `{unknown[0]}`; there are {', '.join(known)}")
    failed = False
    for name in names:
        begin = time.monotonic()
        found = failures(known[name], options.check)
        print(f"{name}: {'FAILED' if found else 'ok'}, {time.monotonic() - begin:.1f} s", flush=True)
        for message in found:
            print(message, file=sys.stderr)
        failed |= bool(found)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
