"""Data, models, training and reporting behind the EMNIST book."""

__version__ = "0.1.0"
