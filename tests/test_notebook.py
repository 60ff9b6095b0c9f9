"""The notebook in docs/ runs from top to bottom, and shows tables and a chart."""

from __future__ import annotations

from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat", reason="NO TEST OF THE NOTEBOOK: nbclient is missing")
nbclient = pytest.importorskip("nbclient", reason="NO TEST OF THE NOTEBOOK: nbclient is missing")
pytest.importorskip("ipykernel", reason="NO TEST OF THE NOTEBOOK: ipykernel is missing")

NOTEBOOK = Path(__file__).parents[1] / "docs" / "choosing.ipynb"


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_the_notebook_runs(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every cell gives what its heading promises; nothing that is stored can be out of date."""
    monkeypatch.setenv("LLMCAT_DB", str(shipped))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.outputs for cell in code] == [[]] * len(code)

    nbclient.NotebookClient(notebook, timeout=60, kernel_name="python3").execute()

    shown = [output.data for cell in code for output in cell.outputs]
    tables = [data["text/html"] for data in shown if "text/html" in data]
    assert len(tables) >= 8
    assert any("<svg" in table and "over time" in table for table in tables)
    assert all(output.output_type != "error" for cell in code for output in cell.outputs)
