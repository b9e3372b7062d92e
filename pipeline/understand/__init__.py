"""Words to papers: separation, document types, fields."""
