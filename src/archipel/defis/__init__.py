"""Domain code of each défi. Imports nothing of the platform and no other défi; `page` is below them all."""

from pkgutil import extend_path

__path__ = extend_path(__path__, __name__)
