// A minimal MCP server on @cloudflare/workers-oauth-provider. It approves every authorization; its one tool forwards a
// JMAP request to the stub.
import { OAuthProvider } from './oauth-provider.js';

const JSON_HEADERS = { 'Content-Type': 'application/json' };
const answer = (id, result) => new Response(JSON.stringify({ jsonrpc: '2.0', id, result }), { headers: JSON_HEADERS });
const failure = (id, code, message, status = 200) =>
  new Response(JSON.stringify({ jsonrpc: '2.0', id, error: { code, message } }), { status, headers: JSON_HEADERS });

const TOOLS = [
  {
    name: 'list_mailboxes',
    description: 'Lists the mailboxes of the mail account.',
    inputSchema: { type: 'object', properties: { role: { type: 'string' }, name: { type: 'string' } } },
  },
];

async function callTool(params, env, props) {
  if (params?.name !== 'list_mailboxes') throw Object.assign(new Error('Unknown tool'), { code: -32602 });
  const upstream = await fetch(`${env.STUB}/jmap/api`, {
    method: 'POST',
    headers: { ...JSON_HEADERS, Authorization: `Bearer ${props.accessToken}` },
    body: JSON.stringify({
      using: ['urn:ietf:params:jmap:core', 'urn:ietf:params:jmap:mail'],
      methodCalls: [['Mailbox/get', { accountId: props.accountId }, 'c0']],
    }),
  });
  if (!upstream.ok) throw Object.assign(new Error(`The provider answered ${upstream.status}`), { code: -32603 });
  const mailboxes = (await upstream.json()).methodResponses[0][1].list;
  return { content: [{ type: 'text', text: JSON.stringify(mailboxes) }], structuredContent: { mailboxes }, isError: false };
}

const apiHandler = {
  async fetch(request, env, ctx) {
    if (request.method !== 'POST') return new Response(null, { status: 405, headers: { Allow: 'POST' } });
    const { id, method, params } = await request.json();
    if (id === undefined) return new Response(null, { status: 202 });
    switch (method) {
      case 'initialize':
        return answer(id, {
          protocolVersion: params?.protocolVersion,
          capabilities: { tools: {} },
          serverInfo: { name: 'peer', version: '0' },
        });
      case 'tools/list':
        return answer(id, { tools: TOOLS });
      case 'tools/call':
        try {
          return answer(id, await callTool(params, env, ctx.props));
        } catch (error) {
          return failure(id, error.code ?? -32603, error.message);
        }
      default:
        return failure(id, -32601, 'Method not found');
    }
  },
};

const defaultHandler = {
  async fetch(request, env) {
    if (new URL(request.url).pathname !== '/authorize') return new Response('Not found', { status: 404 });
    const asked = await env.OAUTH_PROVIDER.parseAuthRequest(request);
    const { redirectTo } = await env.OAUTH_PROVIDER.completeAuthorization({
      request: asked,
      userId: 'user-1',
      metadata: {},
      scope: asked.scope,
      props: { accountId: 'u1', accessToken: 'at-worker', refreshToken: 'rt-worker' },
      revokeExistingGrants: false, // one person has many grants here
    });
    return Response.redirect(redirectTo, 302);
  },
};

let provider;
export default {
  fetch(request, env, ctx) {
    provider ??= new OAuthProvider({
      apiRoute: '/mcp',
      apiHandler,
      defaultHandler,
      authorizeEndpoint: '/authorize',
      tokenEndpoint: '/token',
      clientRegistrationEndpoint: '/register',
      scopesSupported: ['mail', 'offline_access'],
      requiredScopes: ['mail'],
      resourceMetadata: { resource: `${env.ORIGIN}/mcp`, resource_name: 'peer' },
      onError: () => {},
    });
    return provider.fetch(request, env, ctx);
  },
};
