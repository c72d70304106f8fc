"""The content repository: catalogue, notebooks and défi packages, pinned by commit."""

from archipel.content.repository import Checkout, pinned, take

__all__ = ["Checkout", "pinned", "take"]
