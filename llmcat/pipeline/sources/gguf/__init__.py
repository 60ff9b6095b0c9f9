"""GGUF: model files on this machine, by their headers. header.py reads one, folder.py a folder of them."""
