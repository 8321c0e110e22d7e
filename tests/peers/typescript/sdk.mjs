// A client of the TypeScript SDK, held from outside: a JSON command a line comes in, its result goes out.
//
//   {"do": "connect"} {"do": "call", "tools": [...], "arguments": {...}} {"do": "credentials"} {"do": "expired"}
//   each answered with                                                       {"result": ...} or {"error": "..."}
//   in between, for the person: {"authorize": url}, answered with            {"redirected": url}
//   and for every request that was answered:                                 {"sent": "POST /mcp tools/list 200"}
//
// Arguments: the package (the SDK 1.x, or of 2.x the client), the MCP URL, as JSON the client metadata to register and
// headers for every MCP request, where its document is or nothing, and 2.x's way to agree on a revision (legacy, auto).

import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";

const [sdk, mcpUrl, metadata, headers, document, mode] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const parts = mode ? [""] : ["/client/auth.js", "/client/index.js", "/client/streamableHttp.js"];
const modules = await Promise.all(parts.map((part) => import(`${sdk}${part}`)));
const { UnauthorizedError, Client, StreamableHTTPClientTransport } = Object.assign({}, ...modules);

const clientMetadata = JSON.parse(metadata);
const held = {};
let client, transport;
let told = Promise.resolve();

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

const provider = {
  clientMetadata,
  clientMetadataUrl: document || undefined,
  redirectUrl: clientMetadata.redirect_uris[0],
  state: () => (held.state = randomUUID()),
  clientInformation: () => held.client,
  saveClientInformation: (information) => (held.client = information),
  tokens: () => held.tokens,
  saveTokens: (tokens) => (held.tokens = tokens),
  codeVerifier: () => held.codeVerifier,
  saveCodeVerifier: (codeVerifier) => (held.codeVerifier = codeVerifier),
  discoveryState: () => held.discovery,
  saveDiscoveryState: (discovery) => (held.discovery = discovery),
  redirectToAuthorization: (url) => (held.authorization = url.href),
  invalidateCredentials: (scope) => {
    if (scope === "all" || scope === "client") delete held.client;
    if (scope === "all" || scope === "tokens") delete held.tokens;
    if (scope === "all" || scope === "discovery") delete held.discovery;
  },
};

function matter(body) {
  if (body instanceof URLSearchParams) return [body.get("grant_type")];
  const method = typeof body === "string" && JSON.parse(body).method;
  return method ? [method] : [];
}

// Told in the order of sending, whichever is answered first.
function observed(url, init = {}) {
  const request = [init.method ?? "GET", new URL(url).pathname, ...matter(init.body)].join(" ");
  const answered = fetch(url, init);
  told = Promise.allSettled([answered, told]).then(([{ value }]) => {
    say({ sent: `${request} ${value?.status ?? "without answer"}` });
  });
  return answered;
}

async function withThePerson(step) {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error;
  }
  say({ authorize: held.authorization });
  const { redirected } = await heard();
  const answer = new URL(redirected).searchParams;
  if (answer.get("state") !== held.state) throw new Error("the state is not the one that was sent");
  await transport.finishAuth(mode ? answer : answer.get("code"));
  return step();
}

async function connect() {
  transport = new StreamableHTTPClientTransport(new URL(mcpUrl), {
    authProvider: provider,
    fetch: observed,
    requestInit: { headers: JSON.parse(headers) },
  });
  client = new Client({ name: clientMetadata.client_name, version: "1" }, { versionNegotiation: { mode } });
  await client.connect(transport);
}

const commands = {
  async connect() {
    await withThePerson(connect);
    const { tools } = await client.listTools();
    return {
      revision: mode ? client.getNegotiatedProtocolVersion() : transport.protocolVersion,
      instructions: client.getInstructions() ?? null,
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
