-- wrk -s post.lua URL. In the environment: BODY, and TOKENS, a file with one access token a line.
local tokens, nth, requests = {}, 0, {}
local path = os.getenv("TOKENS")
if path then for line in io.lines(path) do tokens[#tokens + 1] = line end end
local function headers(token)
  return { ["Content-Type"] = "application/json", ["Accept"] = "application/json, text/event-stream",
    ["MCP-Protocol-Version"] = "2025-11-25", ["Authorization"] = token and ("Bearer " .. token) or nil }
end
function init(args)
  if #tokens == 0 then requests[1] = wrk.format("POST", nil, headers(nil), os.getenv("BODY")) end
  for i, token in ipairs(tokens) do requests[i] = wrk.format("POST", nil, headers(token), os.getenv("BODY")) end
end
function request()
  nth = nth % #requests + 1
  return requests[nth]
end
function done(summary, latency, _)
  local e = summary.errors
  io.write(string.format('RESULT {"requests": %d, "per_second": %.1f, "p50": %.4f, "p99": %.4f, "refused": %d, "broken": %d}\n',
    summary.requests, summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    e.status, e.connect + e.read + e.write + e.timeout))
end
