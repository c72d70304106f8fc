"""Archipel: a data-science workspace of the State."""

from pkgutil import extend_path

# A content repository may bring its own `archipel.defis.*`: the package spans every `archipel` folder
# found on the path (see docs/decisions, "what runs is a commit").
__path__ = extend_path(__path__, __name__)
__version__ = "0.1.0"
