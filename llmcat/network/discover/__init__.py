"""Discovery: which models there really are, asked of the providers' own lists and of local servers.

configured.py knows where to ask and with which key, hosted_providers.py and local_servers.py how each is asked,
ask.py asks all at once, kept_answers.py keeps what they answered. What the answers mean, says
llmcat/pipeline/sources/discovered/.
"""
