"""The content repository: catalogue, notebooks and défi packages, pinned by commit."""

from archipel.content.repository import Checkout, ensure_pinned, pinned, take

__all__ = ["Checkout", "ensure_pinned", "pinned", "take"]
