// A mail provider made of two real programs: oidc-provider gives the tokens, and Cyrus IMAP answers to who has one.
//
// node server.mjs CYRUS_URL CYRUS_KEY_FILE ACCESS_TOKEN_SECONDS prints {"issuer", "session_url"}, and ends with stdin.
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

import Provider from "oidc-provider";

const [cyrus, keyFile, accessTokenSeconds] = process.argv.slice(2);
const MAIL = "urn:ietf:params:oauth:scope:mail";
const CLIENT = "mailconnect-at-oidc-provider";

async function listening() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  return [server, `http://127.0.0.1:${server.address().port}`];
}

const [login, issuer] = await listening();
const [mail, mailOrigin] = await listening();
const sessionUrl = `${mailOrigin}/jmap/`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: CLIENT,
      application_type: "native", // on the loopback interface the port is free (RFC 8252 §7.3)
      redirect_uris: ["http://127.0.0.1/auth/callback"],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    },
  ],
  clientAuthMethods: ["none"],
  scopes: ["offline_access", MAIL],
  rotateRefreshToken: true,
  ttl: { AccessToken: Number(accessTokenSeconds), Grant: 3600, Interaction: 600, RefreshToken: 3600, Session: 3600 },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  features: {
    devInteractions: { enabled: true },
    registration: { enabled: true },
    revocation: { enabled: true, allowedPolicy: async () => true },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
      getResourceServerInfo: (_, resource) => {
        if (resource !== sessionUrl) throw new Error(`no such resource: ${resource}`);
        return { scope: MAIL, audience: sessionUrl, accessTokenFormat: "opaque" };
      },
    },
  },
});
login.on("request", provider.callback());

const base64url = (text) => Buffer.from(text).toString("base64url");
const key = Buffer.from(readFileSync(keyFile, "utf8"), "base64");

function cyrusToken(user) {
  const claims = { sub: user, iat: Math.floor(Date.now() / 1000) };
  const signed = `${base64url(JSON.stringify({ alg: "HS256", typ: "JWT" }))}.${base64url(JSON.stringify(claims))}`;
  return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
}

async function userOf(request) {
  const [, presented] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "") ?? [];
  const token = presented && (await provider.AccessToken.find(presented));
  return token?.isValid && token.aud === sessionUrl && token.scopes.has(MAIL) ? token.accountId : undefined;
}

function answer(response, status, headers, body = "") {
  response.writeHead(status, headers).end(body);
}

mail.on("request", async (request, response) => {
  const body = Buffer.concat(await Array.fromAsync(request));
  const metadata = `${mailOrigin}/.well-known/oauth-protected-resource/jmap/`;
  if (request.url === "/.well-known/jmap") {
    answer(response, 301, { location: "/jmap/" });
  } else if (mailOrigin + request.url === metadata) {
    const document = { resource: sessionUrl, authorization_servers: [issuer], scopes_supported: [MAIL] };
    answer(response, 200, { "content-type": "application/json" }, JSON.stringify(document));
  } else if (request.url === "/jmap/") {
    const user = await userOf(request);
    if (!user) {
      const challenge = `Bearer realm="mail", resource_metadata="${metadata}"`;
      answer(response, 401, { "content-type": "text/plain", "www-authenticate": challenge }, "no token, or a dead one");
      return;
    }
    const { method, headers } = request;
    const forwarded = { authorization: `Bearer ${cyrusToken(user)}`, accept: "application/json" };
    if (body.length) forwarded["content-type"] = headers["content-type"];
    const told = await fetch(cyrus, { method, headers: forwarded, body: body.length ? body : undefined });
    const type = told.headers.get("content-type") ?? "application/octet-stream";
    answer(response, told.status, { "content-type": type }, Buffer.from(await told.arrayBuffer()));
  } else {
    answer(response, 404, {});
  }
});

console.log(JSON.stringify({ issuer, session_url: sessionUrl, well_known: `${mailOrigin}/.well-known/jmap`, client_id: CLIENT }));
process.stdin.resume().on("end", () => process.exit(0));
