"""What uv prints, in French."""

from __future__ import annotations

from archipel.environments.progress import Downloads


def test_large_packages_are_named_with_what_has_arrived() -> None:
    downloads = Downloads()
    lines = [
        "Resolved 3 packages in 179ms\n",
        "Downloading torch (780.5MiB)\n",
        "Downloading cudnn (1.5GiB)\n",
        "Downloading six (11.0KiB)\n",
        " Downloaded six\n",
        " Downloaded torch\n",
    ]
    assert [told for line in lines if (told := downloads.hear(line))] == [
        "  téléchargement de torch (780 Mo)",
        "  téléchargement de cudnn (1536 Mo)",
        "  torch est là (781 Mo reçus sur 2317 connus)",
    ]
