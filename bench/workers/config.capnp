# workerd alone, without Node.js: KV is the service in kv.mjs. The addresses come from the environment and the command line.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ( name = "main", worker = .main ),
    ( name = "kv", worker = .kv ),
    ( name = "internet", network = ( allow = ["public", "private"], tlsOptions = (trustBrowserCas = true) ) ),
  ],
  sockets = [ ( name = "http", address = "127.0.0.1:0", http = (), service = "main" ) ],
);

const main :Workerd.Worker = (
  modules = [
    ( name = "worker.mjs", esModule = embed "worker.mjs" ),
    ( name = "oauth-provider.js", esModule = embed "node_modules/@cloudflare/workers-oauth-provider/dist/oauth-provider.js" ),
  ],
  compatibilityDate = "2026-07-29",
  compatibilityFlags = ["global_fetch_strictly_public"],
  globalOutbound = "internet",
  bindings = [
    ( name = "OAUTH_KV", kvNamespace = "kv" ),
    ( name = "ORIGIN", fromEnvironment = "ORIGIN" ),
    ( name = "STUB", fromEnvironment = "STUB" ),
  ],
);

const kv :Workerd.Worker = (
  modules = [ ( name = "kv.mjs", esModule = embed "kv.mjs" ) ],
  compatibilityDate = "2026-07-29",
);
