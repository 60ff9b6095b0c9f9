"""The open file: connections, rows, models, SQL from elsewhere."""
