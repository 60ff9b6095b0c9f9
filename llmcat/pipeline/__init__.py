"""From sources to catalog.db: build.py is the sentence, each stage stands in a file of its own.

Importing the package alone costs nothing: the walk of a git clone runs in a process of its own and
needs none of the stages.
"""
