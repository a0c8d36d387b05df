"""From a recipe to a record: one training run.

Importing this package does not import Keras; ``training.fit`` does.
"""
