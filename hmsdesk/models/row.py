"""What a document of the server is, as PyMongo hands it over. Apart from the records, as these take long to import."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]
