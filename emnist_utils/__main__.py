"""``python -m emnist_utils`` is the ``emnist`` command."""

from emnist_utils.cli import main

main()
