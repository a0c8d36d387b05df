"""Settings of the backend, made before it is imported."""

import compilation  # noqa: F401
