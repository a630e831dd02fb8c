# The API's description.
title-docs = API
docs-heading = For programs: the API
docs-token = Send a personal access token as "Authorization: Bearer …". Make one on
docs-token-link = your account page
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
