// The client of Vercel's AI SDK, held from outside by the lines that sdk.mjs describes.
//
// Arguments: the MCP URL, and as JSON the client metadata to register.

import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { auth, createMCPClient } from "@ai-sdk/mcp";

const [mcpUrl, metadata] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const clientMetadata = JSON.parse(metadata);
const held = {};
let client;
let told = Promise.resolve();

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

const provider = {
  clientMetadata,
  redirectUrl: clientMetadata.redirect_uris[0],
  state: () => (held.state = randomUUID()),
  storedState: () => held.state,
  saveState: (state) => (held.state = state),
  clientInformation: () => held.client,
  isClientInformationDynamicallyRegistered: () => true,
  saveClientInformation: (information) => (held.client = information),
  authorizationServerInformation: () => held.server,
  saveAuthorizationServerInformation: (information) => (held.server = information),
  tokens: () => held.tokens,
  saveTokens: (tokens) => (held.tokens = tokens),
  codeVerifier: () => held.codeVerifier,
  saveCodeVerifier: (codeVerifier) => (held.codeVerifier = codeVerifier),
  redirectToAuthorization: (url) => (held.authorization = url.href),
  invalidateCredentials: (scope) => {
    if (scope === "all" || scope === "client") delete held.client;
    if (scope === "all" || scope === "tokens") delete held.tokens;
  },
};

function matter(body) {
  if (body instanceof URLSearchParams) return [body.get("grant_type")];
  const method = typeof body === "string" && body.startsWith("{") && JSON.parse(body).method;
  return method ? [method] : [];
}

// Told in the order of sending, whichever is answered first.
const plain = globalThis.fetch;
globalThis.fetch = (url, init = {}) => {
  const request = [init.method ?? "GET", new URL(url).pathname, ...matter(init.body)].join(" ");
  const answered = plain(url, init);
  told = Promise.allSettled([answered, told]).then(([{ value }]) => {
    say({ sent: `${request} ${value?.status ?? "without answer"}` });
  });
  return answered;
};

async function withThePerson(step) {
  try {
    return await step();
  } catch (error) {
    if (!held.authorization) throw error;
  }
  say({ authorize: held.authorization });
  delete held.authorization;
  const { redirected } = await heard();
  const answer = new URL(redirected).searchParams;
  if (answer.get("state") !== held.state) throw new Error("the state is not the one that was sent");
  await auth(provider, {
    serverUrl: mcpUrl,
    authorizationCode: answer.get("code"),
    callbackState: answer.get("state"),
    callbackIssuer: answer.get("iss"),
  });
  return step();
}

async function connect() {
  client = await createMCPClient({ transport: { type: "http", url: mcpUrl, authProvider: provider } });
}

const commands = {
  async connect() {
    await withThePerson(connect);
    const { tools } = await client.listTools();
    return {
      revision: client.initializeResult.protocolVersion,
      instructions: client.instructions ?? null,
      tools: tools.map((tool) => tool.name),
    };
  },
  call: ({ tools, arguments: given }) =>
    withThePerson(() => Promise.all(tools.map((name) => client.callTool({ name, arguments: given })))),
  credentials: () => ({
    client_id: held.client.client_id,
    access_token: held.tokens.access_token,
    refresh_token: held.tokens.refresh_token,
  }),
  expired: () => true, // it keeps no time
};

async function heard() {
  const { value, done } = await lines.next();
  if (done) process.exit(0);
  return JSON.parse(value);
}

for (;;) {
  const command = await heard();
  try {
    const result = await commands[command.do](command);
    await told;
    say({ result });
  } catch (error) {
    say({ error: String(error?.stack ?? error) });
  }
}
