"""Signing requests to Bedrock with AWS credentials; the extra `bedrock` has what it takes."""

from __future__ import annotations

import os
import re

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
    region = region_of(url) or session.get_config_variable("region")
    if not region:
        raise PullError("has no region: set AWS_REGION")
    request = AWSRequest("GET", url)
    SigV4Auth(credentials, "bedrock", region).add_auth(request)
    return {name: str(value) for name, value in request.headers.items()}


def region_of(url: str) -> str | None:
    """The region in an address of AWS, of a VPC's own endpoint too; else, as of a proxy, that of the
    environment."""
    found = re.search(r"\bbedrock(?:-fips)?\.([a-z0-9-]+)\.(?:vpce\.)?amazonaws\.", url)
    return found[1] if found else os.environ.get("AWS_REGION")
