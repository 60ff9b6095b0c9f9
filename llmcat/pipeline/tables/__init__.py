"""From merged records to the rows of every table, and back."""
