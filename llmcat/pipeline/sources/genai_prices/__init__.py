"""genai-prices' data (MIT): prices with the days on which they took effect, for ids that match a rule.

data    the source kind: reads the file, an entry for each model
rules   the rules that say which ids of other sources an entry speaks of
prices  prices with days, hours, tiers and variants -> cost, modes, regions, hours, dated_prices
"""
