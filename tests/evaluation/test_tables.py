"""Markdown and LaTeX say what the CSV says."""

from impactsound.evaluation.tables import to_html, to_latex, to_markdown


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


def test_an_interval_and_a_spread_stand_with_their_figure(tmp_path):
    header = "system,fid,fid_low,fid_high,fid_std,low\n"
    (tmp_path / "t.csv").write_text(header + "a,1.5,1.0,2.0,0.25,7\nb,3.0,,,,8\n")
    assert to_markdown(tmp_path / "t.csv").splitlines() == [
        "| system   | fid               | low   |",
        "|:---------|:------------------|:------|",
        "| a        | 1.5 [1, 2] ± 0.25 | 7     |",
        "| b        | 3                 | 8     |",
    ]


def test_a_page_of_its_own_has_the_same_figures_and_no_markup_of_names(tmp_path):
    (tmp_path / "t.csv").write_text("system,fid\n<b>x</b>,12.345678\n")
    page = to_html(tmp_path / "t.csv")
    assert "<td>12.35</td>" in page and "<b>" not in page and "&lt;b&gt;x" in page
