"""Records that nobody had to train, in folders of their own."""

from records import folders, make  # noqa: F401
