// oauth4webapi against the real server: the strictest reader of the RFCs among the clients.
import assert from "node:assert/strict";
import * as oauth from "oauth4webapi";
import { consent } from "./consent.mjs";

const { ISSUER, CLIENT_ID, REDIRECT } = process.env;
const issuer = new URL(ISSUER);
const client = { client_id: CLIENT_ID };
const auth = oauth.None();
const scope = "records:read records:write account:read";

const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: "oauth2" }));
assert.equal(as.authorization_response_iss_parameter_supported, true);

async function code() {
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const url = new URL(as.authorization_endpoint);
  const asked = {
    client_id: CLIENT_ID, redirect_uri: REDIRECT, response_type: "code", scope, state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  // It checks state and iss (RFC 9207).
  return { verifier, params: oauth.validateAuthResponse(as, client, await consent(url), state) };
}

async function redeem({ params, verifier }) {
  const reply = await oauth.authorizationCodeGrantRequest(as, client, auth, params, REDIRECT, verifier);
  return oauth.processAuthorizationCodeResponse(as, client, reply);
}

const refuses = (promise, error) => assert.rejects(promise, (told) => told.error === error || assert.fail(String(told)));
const me = (token) => oauth.protectedResourceRequest(token, "GET", new URL("/api/v1/me", issuer));
const refresh = async (token) => {
  return oauth.processRefreshTokenResponse(as, client, await oauth.refreshTokenGrantRequest(as, client, auth, token));
};

const first = await redeem(await code());
assert.deepEqual([first.token_type, first.expires_in, first.scope], ["bearer", 3600, scope]);
assert.equal((await (await me(first.access_token)).json()).email, process.env.EMAIL);
const second = await refresh(first.refresh_token);
assert.equal((await me(second.access_token)).status, 200);
await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, second.refresh_token));
await refuses(refresh(second.refresh_token), "invalid_grant");
await assert.rejects(me(second.access_token), "revoked");

const wrong = await code();
await refuses(redeem({ ...wrong, verifier: oauth.generateRandomCodeVerifier() }), "invalid_grant");
const once = await code();
const third = await redeem(once);
await refuses(redeem(once), "invalid_grant");
await assert.rejects(me(third.access_token), "the code came twice");

const metadata = { client_name: "From a store", redirect_uris: ["org.example.store:/signed-in"], token_endpoint_auth_method: "none" };
const registered = await oauth.processDynamicClientRegistrationResponse(await oauth.dynamicClientRegistrationRequest(as, metadata));
assert.match(registered.client_id, /^[0-9a-f-]{36}$/);
console.log("done");
