import { fairnessLua } from "./fairness.ts";
import { rulesLua } from "./rules.ts";

/**
 * One visit of a process at one scope: what it gives back, what it was told by the provider, who waits in it. It
 * leaves with permits, each with the delay after which it may be used, and knows when to come again for the rest.
 *
 * The processes share turns without a dispatcher: each leaves word of its waiters and of the time it was told, so a
 * visitor takes what is due to it in fair order and leaves what is due to others who are expected right now. A
 * process that does not come at its time is forgotten after `graceMs`, so nobody waits for the dead.
 *
 * Permits are given up to `horizonMs` ahead, so that the way to Redis is not lost time between two slots.
 *
 * KEYS: turns, tags, then state and entries of each limit. ARGV[1]: the visit, as JSON (see turn.ts beside).
 */
export const turnLua = `
local visit = cjson.decode(ARGV[1])
local time = redis.call('TIME')
local now = visit.now or time[1] * 1000 + time[2] / 1000
local graceMs = 150
${rulesLua}
${fairnessLua}
local horizon = now + visit.horizonMs
local limits = {}
for i, l in ipairs(visit.limits) do
  l.stateKey, l.entriesKey = KEYS[2 * i + 1], KEYS[2 * i + 2]
  l.rule = rules[l.kind]
  l.rule.open(l)
  l.slack = math.max(l.slack, visit.slackMs)
  l.hold = tonumber(redis.call('HGET', l.stateKey, 'hold') or 0)
  l.ahead = 0
  limits[l.key] = l
end

for _, held in ipairs(visit.hold) do
  local l = limits[held.key]
  l.hold = math.max(l.hold, now + held.forMs)
  redis.call('HSET', l.stateKey, 'hold', exact(l.hold))
end
for _, given in ipairs(visit.release) do
  local l = limits[given.key]
  l.count = l.count - redis.call('ZREM', l.entriesKey, given.id)
end
local confirmed = {}
for i, late in ipairs(visit.confirm) do
  local slack = 60000
  for j, key in ipairs(late.keys) do
    local l = limits[key]
    slack = math.min(slack, l.slack)
    if l.hold > now or not l.rule.confirm(l, late.id, late.costs[j]) then slack = -1 end
  end
  confirmed[i] = math.floor(slack * 1000)
end

-- Everybody who waits: the visitor's own, and the word that the others left.
local demands, records = {}, {}
local left = redis.call('HGETALL', KEYS[1])
for i = 1, #left, 2 do
  if left[i] ~= visit.me then
    local record = cjson.decode(left[i + 1])
    if record.comesAt + graceMs < now then
      redis.call('HDEL', KEYS[1], left[i])
    else
      record.process = left[i]
      table.insert(records, record)
      for _, demand in ipairs(record.demands) do
        demand.record, demand.served = record, 0
        table.insert(demands, demand)
      end
    end
  end
end
for i, demand in ipairs(visit.demands) do
  demand.index, demand.served = i - 1, 0
  demand.since = now - demand.ageMs
  table.insert(demands, demand)
end

-- With what the others hold: a waiter's costs are { fair share, one per key }.
local function earliestFor(demand, costs, extra)
  local at, sure = now, true
  for j, key in ipairs(demand.keys) do
    local l = limits[key]
    local ahead = l.ahead + (extra and extra[key] or 0)
    local t, isSure = l.rule.earliest(l, ahead, costs[j + 1], demand.lane)
    t = math.max(t, l.hold)
    if t > at then at, sure = t, isSure end
  end
  return at, sure
end
local function putAhead(demand, costs)
  for j, key in ipairs(demand.keys) do
    if limits[key] then limits[key].ahead = limits[key].ahead + costs[j + 1] end
  end
end
-- A place came free under a limit that this demand of another process waits for: it is worth its while to come.
local function isWoken(demand, costs)
  if not demand.unsure then return false end
  local known = { keys = {}, lane = demand.lane }
  local knownCosts = { costs[1] }
  for j, key in ipairs(demand.keys) do
    if limits[key] then
      table.insert(known.keys, key)
      table.insert(knownCosts, costs[j + 1])
    end
  end
  return #known.keys > 0 and earliestFor(known, knownCosts) <= horizon
end

local tags = readTags(KEYS[2])
local imagined = {} -- tags as if the others had taken what is due to them
for name, value in pairs(tags) do imagined[name] = value end
local grants, waits, expected = {}, {}, {}
while true do
  local demand = nextOf(imagined, demands)
  if not demand then break end
  local costs = demand.waiting[demand.served + 1]
  if demand.record then
    local due = demand.at <= horizon
    if not due and isWoken(demand, costs) then
      due, demand.at, demand.record.comesAt, demand.record.woken = true, now, now, true
    end
    if due then
      putAhead(demand, costs)
      advance(imagined, demands, demand, costs[1])
      demand.served = demand.served + 1
    else
      table.insert(expected, demand)
      demand.over = true
    end
  else
    local at, sure = earliestFor(demand, costs)
    if at <= horizon then
      local slack, id = 60000, demand.ids[demand.served + 1]
      for j, key in ipairs(demand.keys) do
        local l = limits[key]
        l.rule.take(l, id, costs[j + 1], at)
        slack = math.min(slack, l.slack)
      end
      advance(tags, demands, demand, costs[1])
      advance(imagined, demands, demand, costs[1])
      demand.served = demand.served + 1
      for _, field in ipairs({ demand.index, demand.served - 1, (at - now) * 1000, slack * 1000 }) do
        table.insert(grants, math.floor(field))
      end
    else
      -- Those before this one in the order who are told a time before its own will have taken their places by then.
      local extra = {}
      for _, other in ipairs(expected) do
        if other.at <= at + 1 then
          for j, key in ipairs(other.keys) do extra[key] = (extra[key] or 0) + other.waiting[1][j + 1] end
        end
      end
      demand.at, demand.unsure = at, not sure
      if #expected > 0 and sure then demand.at = earliestFor(demand, costs, extra) end
      putAhead(demand, costs)
      demand.over = true
      waits[demand.index + 1] = math.ceil((demand.at - now) * 1000) * (sure and 1 or -1)
    end
  end
end

-- Leave word.
local word, comesAt = {}, nil
for _, demand in ipairs(demands) do
  if not demand.record and demand.over then
    local waiting = {}
    for i = demand.served + 1, math.min(#demand.waiting, demand.served + 8) do table.insert(waiting, demand.waiting[i]) end
    table.insert(word, { lane = demand.lane, tenant = demand.tenant, keys = demand.keys, waiting = waiting,
      at = demand.at, unsure = demand.unsure, since = demand.since })
    comesAt = math.min(comesAt or demand.at, demand.at)
  end
end
if comesAt then
  redis.call('HSET', KEYS[1], visit.me, cjson.encode({ comesAt = comesAt, demands = word }))
  redis.call('PEXPIRE', KEYS[1], 3600000)
else
  redis.call('HDEL', KEYS[1], visit.me)
end
for _, record in ipairs(records) do
  if record.woken then
    for _, demand in ipairs(record.demands) do demand.record, demand.served, demand.over = nil, nil, nil end
    local process = record.process
    redis.call('HSET', KEYS[1], process, cjson.encode({ comesAt = record.comesAt, demands = record.demands }))
    redis.call('PUBLISH', visit.channel .. process, visit.scope)
  end
end
if #grants > 0 then writeTags(KEYS[2], tags) end
for _, l in ipairs(visit.limits) do
  local keep = math.ceil(math.max(l.keepMs, l.hold - now) + 1000)
  redis.call('PEXPIRE', l.stateKey, keep)
  redis.call('PEXPIRE', l.entriesKey, keep)
end
for i = 1, #visit.demands do waits[i] = waits[i] or 0 end
return { grants, waits, confirmed }
`;
