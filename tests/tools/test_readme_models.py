"""The README's table says what the catalogue says."""

from tools import readme_models


def test_readme_is_up_to_date() -> None:
    text = readme_models.README.read_text(encoding="utf-8")
    assert readme_models.with_table(text) == text


def test_every_own_model_has_a_row() -> None:
    rows = readme_models.table().splitlines()
    assert sum("`lite`" in row for row in rows) == 1
    assert sum("MB" in row for row in rows) >= 3
