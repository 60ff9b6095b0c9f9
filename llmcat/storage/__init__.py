"""The open file: connections, rows, models.

location.py finds the file and open_catalog.py opens it, once checks/ took it for a catalogue. open_file.py
is one open file with the connections.py of all threads, current.py the one that is read now; models.py
gives its rows as Model. sandbox/ runs SQL of others, views/ shows less of a file or its past, files/
replaces one by another.
"""
