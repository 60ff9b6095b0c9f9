"""From a name as somebody wrote it to a model of the catalogue.

resolve.py goes through the interpretations.py of a text, one after the other; spellings.py and variants.py
know what may stand around an id, former_names.py what was called otherwise once. not_found.py makes the
error. The other files ask storage, pricing and history for what a name means.
"""
