"""What discovery found, as a source: the raw answers of endpoints, translated into entries.

llmcat/network/discover/ asks and keeps; here is what the answers mean. A list is first of all
availability, then limits and lifecycle; few lists have prices.
"""
