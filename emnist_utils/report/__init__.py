"""What a chapter may show: figures, tables, claims, and where its numbers come from."""
