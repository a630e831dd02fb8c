// openid-client against the real server: what most apps written for Node use.
import assert from "node:assert/strict";
import * as client from "openid-client";
import { consent } from "./consent.mjs";

const { ISSUER, CLIENT_ID, REDIRECT } = process.env;
const config = await client.discovery(new URL(ISSUER), CLIENT_ID, undefined, client.None(), { algorithm: "oauth2" });
assert.equal(config.serverMetadata().supportsPKCE(), true);

const pkceCodeVerifier = client.randomPKCECodeVerifier();
const state = client.randomState();
const url = client.buildAuthorizationUrl(config, {
  redirect_uri: REDIRECT, scope: "records:read", state,
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier), code_challenge_method: "S256",
});
const answer = await consent(url);
await assert.rejects(client.authorizationCodeGrant(config, answer, { pkceCodeVerifier, expectedState: "another" }));
const first = await client.authorizationCodeGrant(config, answer, { pkceCodeVerifier, expectedState: state });
// As the server said it: `expiresIn()` counts down.
assert.deepEqual([first.scope, first.expires_in], ["records:read", 3600]);

const entries = (token) => client.fetchProtectedResource(config, token, new URL("/api/v1/entries", ISSUER), "GET");
assert.equal((await entries(first.access_token)).status, 200);
const second = await client.refreshTokenGrant(config, first.refresh_token);
assert.equal((await entries(second.access_token)).status, 200);
const third = await client.refreshTokenGrant(config, second.refresh_token);
// The first was spent long ago: the chain ends.
await assert.rejects(client.refreshTokenGrant(config, first.refresh_token), { error: "invalid_grant" });
await assert.rejects(entries(third.access_token));
await assert.rejects(client.refreshTokenGrant(config, third.refresh_token), { error: "invalid_grant" });
await client.tokenRevocation(config, third.refresh_token);
console.log("done");
