"""The default content is whole and can be taken in; the State's design system is beside the proxy."""

import tempfile
from pathlib import Path

from archipel.catalog.load import load_catalog
from archipel.content import take
from archipel.datafolder import DataFolder
from archipel.environments import lock_of
from archipel.environments.design import design_folder
from archipel.settings import read_settings

content = read_settings().content
assert content == Path("/opt/archipel/content"), content
assert design_folder() is not None
catalog = load_catalog(content)
assert catalog.defis
assert {len(lock_of(content, name)) for name in [*catalog.images, "platform"]} == {12}
with tempfile.TemporaryDirectory() as folder:
    taken = take(DataFolder(Path(folder)), content, "HEAD", load_catalog)
    assert (taken.folder / "catalog" / "images.yaml").is_file()
