"""Authlib against the real server: what most apps written in Python use."""

import html
import os
import re

import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session

ISSUER, CLIENT_ID, REDIRECT = (os.environ[name] for name in ("ISSUER", "CLIENT_ID", "REDIRECT"))
ROOT = os.environ["ROOT"]

about = requests.get(f"{ISSUER}/.well-known/oauth-authorization-server", verify=ROOT).json()
assert about["issuer"] == ISSUER, about


def consent(url):
    """Signs in, and lets the app in to all that it asks for; where the browser is sent."""
    browser = requests.Session()
    browser.verify = ROOT
    browser.headers["Origin"] = ISSUER
    person = {"email": os.environ["EMAIL"], "password": os.environ["PASSWORD"]}
    assert browser.post(f"{ISSUER}/sign-in", data=person, allow_redirects=False).status_code == 303
    page = browser.get(url)
    assert page.status_code == 200, page.text
    action = html.unescape(re.search(r'<form method="post" action="([^"]*authorize[^"]*)"', page.text)[1])
    scopes = [html.unescape(scope) for scope in re.findall(r'name="allow" value="([^"]+)"', page.text)]
    fields = [("allow", scope) for scope in scopes] + [("learners", "all"), ("decision", "allow")]
    reply = browser.post(f"{ISSUER}{action}", data=fields, allow_redirects=False)
    assert reply.status_code == 303, reply.text
    return reply.headers["Location"]


app = OAuth2Session(
    CLIENT_ID,
    redirect_uri=REDIRECT,
    scope="records:read account:read",
    code_challenge_method="S256",
    token_endpoint_auth_method="none",
    revocation_endpoint_auth_method="none",
)
app.verify = ROOT
verifier = "kettles-moss-and-a-bicycle-" + os.urandom(16).hex()
url, state = app.create_authorization_url(about["authorization_endpoint"], code_verifier=verifier)
answer = consent(url)
assert f"state={state}" in answer, answer
token = app.fetch_token(about["token_endpoint"], authorization_response=answer, code_verifier=verifier)
assert token["scope"] == "records:read account:read", token
assert app.get(f"{ISSUER}/api/v1/me").json()["email"] == os.environ["EMAIL"]
first = dict(token)
token = app.refresh_token(about["token_endpoint"], refresh_token=token["refresh_token"])
assert token["refresh_token"] != first["refresh_token"]
assert app.get(f"{ISSUER}/api/v1/me").status_code == 200
assert app.revoke_token(about["revocation_endpoint"], token["refresh_token"], "refresh_token").status_code == 200
assert app.get(f"{ISSUER}/api/v1/me").status_code == 401
try:
    app.refresh_token(about["token_endpoint"], refresh_token=token["refresh_token"])
    raise AssertionError("a token that was revoked was refreshed")
except OAuthError as refused:
    assert refused.error == "invalid_grant", refused
print("done")
