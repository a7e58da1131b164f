"""The README's tables say what the committed figures say."""

from tools import readme_figures


def test_readme_is_up_to_date() -> None:
    text = readme_figures.README.read_text(encoding="utf-8")
    assert readme_figures.with_tables(text) == text


def test_every_kind_of_figure_has_rows() -> None:
    text = readme_figures.tables()
    assert "| `lite` | 20 recordings, " in text
    assert "| `lite` | 180 s | " in text
    assert "| `mr_mt3`, " in text
