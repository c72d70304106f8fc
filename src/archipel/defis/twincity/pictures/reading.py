"""Pictures as arrays, whole or refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from archipel.defis.twincity.refusal import DataRefused

Pixels = npt.NDArray[np.uint8]
"""(height, width, 3), red first."""

ENDINGS = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
LARGEST = 100_000_000
"""Pixels of one picture: a small file can ask for more memory than there is."""


def listed(folder: Path) -> list[Path]:
    """The pictures of a folder and what lies below it, in the order of their names. Raises `DataRefused`."""
    if not folder.is_dir():
        raise DataRefused(f"« {folder.name} » : dossier d’images attendu")
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS and path.is_file())
    if not found:
        raise DataRefused(f"« {folder.name} » : aucune image ({', '.join(ENDINGS)})")
    return found


def read_picture(path: Path) -> Pixels:
    """As a viewer shows it (turned as its EXIF says), transparency on white. Raises `DataRefused`."""
    try:
        with Image.open(path) as picture:
            if picture.width * picture.height > LARGEST:
                raise DataRefused(
                    f"« {path.name} » : {picture.width} × {picture.height} pixels, plus que {LARGEST}"
                )
            ImageOps.exif_transpose(picture, in_place=True)
            if picture.mode.startswith("I;16"):
                return _grey(picture)
            if picture.mode in ("I", "F"):
                raise DataRefused(
                    f"« {path.name} » : nombres de 32 bits, image de 8 ou 16 bits par couleur attendue"
                )
            if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
                white = Image.new("RGBA", picture.size, "white")
                white.alpha_composite(picture.convert("RGBA"))
                return np.asarray(white.convert("RGB"))
            # A copy of a very large picture would not fit beside it.
            return np.asarray(picture if picture.mode == "RGB" else picture.convert("RGB"))
    except UnidentifiedImageError:
        raise DataRefused(f"« {path.name} » : image illisible, son format n’est pas reconnu") from None
    except Image.DecompressionBombError:
        raise DataRefused(f"« {path.name} » : image démesurée, plus de {LARGEST} pixels") from None
    except DataRefused:
        raise
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        # Pillow says a broken PNG with SyntaxError.
        raise DataRefused(f"« {path.name} » : image tronquée ou abîmée ({error})") from None


def _grey(picture: Image.Image) -> Pixels:
    """Of 16 bits: Pillow's own conversion takes all that is not nearly black for white."""
    grey = (np.asarray(picture, dtype=np.uint16) >> 8).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def pictures(folder: Path) -> Iterator[tuple[str, Pixels]]:
    """Each picture's name below the folder, and its pixels."""
    for path in listed(folder):
        yield path.relative_to(folder).as_posix(), read_picture(path)
