/**
 * Who is next: start-time fair queueing over cost on two levels, first between lanes by weight, then between the
 * tenants of a lane in equal shares. A round robin with deficits, told in virtual time, because the ring of a deficit
 * round robin would have to live through processes that come and go. Whoever was idle starts at the present
 * virtual time: nobody saves up. (Goyal, Vin, Cheng 1996.)
 */
export const fairnessLua = `
local weights = { interactive = 0.4, push = 0.3, delta = 0.2, backfill = 0.1 }
local rank = { interactive = 1, push = 2, delta = 3, backfill = 4 }

-- Tags: V the virtual time; lane name: where its service ends; V:lane and lane:tenant the same within a lane.
local function startOf(tags, clock, queue) return math.max(tags[clock] or 0, tags[queue] or 0) end

local function laneStart(tags, demand) return startOf(tags, 'V', demand.lane) end
local function tenantStart(tags, demand)
  return startOf(tags, 'V:' .. demand.lane, demand.lane .. ':' .. demand.tenant)
end

-- The clock follows whoever waits the furthest behind, so that being served in another process' turn costs nobody his
-- place; but ten requests at most, so that one who waits for another limit saves up no more.
local function advance(tags, demands, demand, cost)
  local lane, tenant = laneStart(tags, demand), tenantStart(tags, demand)
  local weight = weights[demand.lane]
  local behindLane, behindTenant = lane, tenant
  for _, other in ipairs(demands) do
    if other.waiting[other.served + 1] then
      behindLane = math.min(behindLane, laneStart(tags, other))
      if other.lane == demand.lane then behindTenant = math.min(behindTenant, tenantStart(tags, other)) end
    end
  end
  tags['V'] = math.max(tags['V'] or 0, behindLane, lane - 10 * cost / weight)
  local clock = 'V:' .. demand.lane
  tags[clock] = math.max(tags[clock] or 0, behindTenant, tenant - 10 * cost)
  tags[demand.lane] = lane + cost / weight
  tags[demand.lane .. ':' .. demand.tenant] = tenant + cost
end

local function isBefore(tags, a, b)
  if a.lane ~= b.lane then
    local laneA, laneB = laneStart(tags, a), laneStart(tags, b)
    if laneA ~= laneB then return laneA < laneB end
    return rank[a.lane] < rank[b.lane]
  end
  local turnA, turnB = tenantStart(tags, a), tenantStart(tags, b)
  if turnA ~= turnB then return turnA < turnB end
  return a.since < b.since
end

local function nextOf(tags, demands)
  local best
  for _, demand in ipairs(demands) do
    if demand.waiting[demand.served + 1] and not demand.over and (not best or isBefore(tags, demand, best)) then
      best = demand
    end
  end
  return best
end

local function readTags(key)
  local flat, tags = redis.call('HGETALL', key), {}
  for i = 1, #flat, 2 do tags[flat[i]] = tonumber(flat[i + 1]) end
  return tags
end

-- A queue that ends before its clock says nothing any more: the table holds those who are being served.
local function writeTags(key, tags)
  local fields, idle = {}, {}
  for name, value in pairs(tags) do
    local clock = rank[name] and 'V' or 'V:' .. (string.match(name, '^(%a+):') or '')
    if name ~= 'V' and string.sub(name, 1, 2) ~= 'V:' and value <= (tags[clock] or 0) then
      table.insert(idle, name)
    else
      table.insert(fields, name)
      table.insert(fields, string.format('%.6f', value))
    end
  end
  if #idle > 0 then redis.call('HDEL', key, unpack(idle)) end
  if #fields > 0 then redis.call('HSET', key, unpack(fields)) end
  redis.call('PEXPIRE', key, 3600000)
end
`;
