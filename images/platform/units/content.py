"""The default content is whole: its catalogue is valid, the State's design system is beside the proxy."""

from pathlib import Path

from archipel.environments.design import design_folder
from archipel.settings import read_settings

settings = read_settings()
assert settings.content == Path("/opt/archipel/content"), settings.content
assert design_folder() is not None

from archipel.catalog.load import load_catalog  # noqa: E402  # what it reads is checked first
from archipel.environments import lock_of  # noqa: E402

catalog = load_catalog(settings.content)
assert catalog.defis
assert {len(lock_of(settings.content, name)) for name in [*catalog.images, "platform"]} == {12}
