"""LiteLLM's price map, model_prices_and_context_window.json (MIT): a table from names to prices.

map     the source kind: reads the file, groups its entries by model
names   an entry's key -> provider, model id, region, image size
prices  an entry's price keys -> cost, modes, regions, hours
facts   everything else an entry says
"""
