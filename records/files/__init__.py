"""From an uploaded file to checked rows: reading it, finding its header, parsing. Knows neither Django nor the database."""
