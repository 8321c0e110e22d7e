// What workerd asks of a KV binding over HTTP, answered from memory: so the library's own cost is what is measured.
const store = new Map(); // key -> { value, metadata, expiration (seconds) }
const live = (key) => {
  const entry = store.get(key);
  if (entry?.expiration !== undefined && entry.expiration <= Date.now() / 1000) {
    store.delete(key);
    return undefined;
  }
  return entry;
};
export default {
  async fetch(request) {
    const url = new URL(request.url);
    const key = decodeURIComponent(url.pathname.slice(1));
    if (key === '' && request.method === 'GET') {
      const prefix = url.searchParams.get('prefix') ?? '';
      const names = [...store.keys()].filter((name) => name.startsWith(prefix) && live(name)).sort();
      return Response.json({ keys: names.map((name) => ({ name })), list_complete: true, cacheStatus: null });
    }
    if (request.method === 'GET') {
      const entry = live(key);
      if (!entry) return new Response('Not Found', { status: 404 });
      const headers = {};
      if (entry.expiration !== undefined) headers['CF-Expiration'] = String(entry.expiration);
      if (entry.metadata !== undefined) headers['CF-KV-Metadata'] = entry.metadata;
      return new Response(entry.value, { headers });
    }
    if (request.method === 'PUT') {
      const ttl = url.searchParams.get('expiration_ttl');
      const at = url.searchParams.get('expiration');
      const expiration = ttl ? Math.floor(Date.now() / 1000) + Number(ttl) : at ? Number(at) : undefined;
      const metadata = request.headers.get('CF-KV-Metadata') ?? undefined;
      store.set(key, { value: await request.arrayBuffer(), metadata, expiration });
      return new Response();
    }
    store.delete(key);
    return new Response();
  },
};
