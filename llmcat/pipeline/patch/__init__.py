"""A patched copy: a catalogue with a few models built anew, in the time that these few take.

cut_models.py cuts the models that are touched out of the file, as a small catalogue; the pipeline builds it
with the sources of the patch on top; paste_models.py puts what that gives into a copy of the whole.
"""
