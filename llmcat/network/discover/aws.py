"""Signing requests to Bedrock with AWS credentials; the extra `bedrock` has what it takes."""

from __future__ import annotations

from llmcat.errors import PullError


def signed(url: str) -> dict[str, str]:
    """The headers that sign a GET of `url`, by whatever credentials boto3 finds. Raises PullError."""
    try:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.session import Session
    except ImportError:
        raise PullError(
            "needs AWS_BEARER_TOKEN_BEDROCK, or boto3: pip install 'llmcat[bedrock]'"
        ) from None
    session = Session()
    credentials = session.get_credentials()
    if credentials is None:
        raise PullError("has no AWS credentials")
    region = url.partition("://bedrock.")[2].partition(".")[0]
    request = AWSRequest("GET", url)
    SigV4Auth(credentials, "bedrock", region).add_auth(request)
    return {name: str(value) for name, value in request.headers.items()}
