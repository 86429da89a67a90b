"""Markdown and LaTeX say what the CSV says."""

from impactsound.evaluation.tables import to_latex, to_markdown


def test_markdown_and_latex_come_from_the_csv(tmp_path):
    (tmp_path / "t.csv").write_text("system,fid,n\nphysics_oracle,12.345678,30\nNone,0.5,30\n")
    assert to_markdown(tmp_path / "t.csv").splitlines()[2:] == [
        "| physics_oracle | 12.35 | 30  |",
        "| None           | 0.5   | 30  |",
    ]
    latex = to_latex(tmp_path / "t.csv")
    assert r"physics\_oracle & 12.35 & 30 \\" in latex
    assert r"\toprule" in latex


def test_what_is_empty_stays_empty_and_the_rest_of_its_column_is_rounded(tmp_path):
    (tmp_path / "t.csv").write_text("material,recall,error\nwood,,\nglass,0.123456789,\n")
    assert to_markdown(tmp_path / "t.csv").splitlines()[2:] == [
        "| wood       |          |         |",
        "| glass      | 0.1235   |         |",
    ]
