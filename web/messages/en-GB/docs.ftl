# The API's description.
title-docs = API
docs-heading = For programs: the API
docs-token = Send a personal access token as "Authorization: Bearer …". Make one on
docs-token-link = your account page
docs-apps = An app that other people use asks them to let it in: OAuth 2 with the authorisation code flow and PKCE (S256). Register it on
docs-apps-link = your page of apps
docs-apps-how = Send the person to /oauth/authorize, redeem the code at /oauth/token within 60 seconds, refresh the hour’s access token there, and end it at /oauth/revoke. What clients read of it (RFC 8414):
docs-file = The same for tools:
docs-in-path = in the path
docs-in-query = in the query
docs-in-header = in a header
docs-in-cookie = in a cookie
docs-required = required
docs-body = Body
docs-errors = Errors
docs-errors-text = Every error is application/problem+json (RFC 9457). Wrong fields are listed in "errors", each with its path and its bound. What is not yours answers as what is not there: 404.
docs-schemas = Shapes
