/**
 * The rules, as Lua tables with one set of methods. Times are milliseconds of Redis' own clock, in `now`.
 *
 *   open()                        reads the state, dropping what is over
 *   earliest(ahead, cost, lane)   when `cost` fits with `ahead` units of others served before, and whether that is sure
 *   take(id, cost, at, lane)      books it for the moment `at`
 *   confirm(id, cost)             books it for now instead, since its sender is late; false: its place is gone
 *
 * `shared` is what lanes other than interactive may use at will; the rest of a limit is kept for people who wait.
 */
export const rulesLua = `
local shared = 0.6
local rules = {}

local function exact(ms) return string.format('%.3f', ms) end
local function costOf(member) return tonumber(string.match(member, '^([^:]+):')) end

-- A sliding log: each entry is a request under the time it was sent at the latest, and frees its cost windowMs +
-- jitterMs later, so that no window the server can see holds more than the limit, however the network spreads them.
rules.window = {
  open = function(l)
    l.span = l.windowMs + l.jitterMs
    l.slack = math.max(2, l.span * 0.003) -- how late a sender may be; booked as sent that late
    l.gap = l.span / l.limit
    local state = redis.call('HMGET', l.stateKey, 'sum', 'pace')
    l.sum, l.pace = tonumber(state[1]), tonumber(state[2]) or 0
    if not l.sum then
      l.sum = 0
      if l.used then -- Redis lost what the caller knows was used: assume that all of it was, just now
        l.sum = l.limit
        redis.call('ZADD', l.entriesKey, exact(now), l.limit .. ':lost')
      end
    end
    local over = exact(now - l.span)
    local gone = redis.call('ZRANGEBYSCORE', l.entriesKey, '-inf', over)
    if #gone > 0 then
      for _, member in ipairs(gone) do l.sum = l.sum - costOf(member) end
      redis.call('ZREMRANGEBYSCORE', l.entriesKey, '-inf', over)
      if redis.call('ZCARD', l.entriesKey) == 0 then l.sum = 0 end
      redis.call('HSET', l.stateKey, 'sum', l.sum)
    end
    l.keepMs = l.span * 2
  end,

  earliest = function(l, ahead, cost, lane)
    cost = math.min(cost, l.limit) -- larger than the limit: goes alone, when nothing else is in the window
    local at, missing = now, l.sum + ahead + cost - l.limit
    if missing > 0 then
      local freed, last, from = 0, now, 0
      while freed < missing do
        local entries = redis.call('ZRANGE', l.entriesKey, from, from + 31, 'WITHSCORES')
        if #entries == 0 then break end
        for i = 1, #entries, 2 do
          if freed < missing then
            freed = freed + costOf(entries[i])
            last = tonumber(entries[i + 1]) + l.span
          end
        end
        from = from + 32
      end
      at = math.max(now, last + math.max(0, missing - freed) * l.gap)
    end
    -- Above their share the other lanes go at the limit's own pace instead of in bursts: slots then come free one by
    -- one, and a person who comes next waits for one slot, not for a whole window.
    if lane ~= 'interactive' and l.sum + ahead + cost > l.limit * shared then
      at = math.max(at, l.pace + ahead * l.gap)
    end
    return at, true
  end,

  take = function(l, id, cost, at)
    cost = math.min(cost, l.limit)
    redis.call('ZADD', l.entriesKey, exact(at + l.slack), cost .. ':' .. id)
    l.sum = l.sum + cost
    -- After a hiccup one slot, or a sixteenth of the window, may be caught up with at once; more would make bursts.
    l.pace = math.max(l.pace, at - math.max(l.gap, l.span / 16)) + cost * l.gap
    redis.call('HSET', l.stateKey, 'sum', l.sum, 'pace', exact(l.pace))
  end,

  confirm = function(l, id, cost)
    local member = math.min(cost, l.limit) .. ':' .. id
    if redis.call('ZSCORE', l.entriesKey, member) == false then return false end
    redis.call('ZADD', l.entriesKey, exact(now + l.slack), member)
    return true
  end,
}

-- A leaky bucket, kept a second's leak below its rim: jitter of the network can bunch no more than that together.
-- The other lanes leave the upper part empty, which costs no rate, so a person finds room at once.
rules.bucket = {
  open = function(l)
    l.slack = 250
    l.rim = l.capacity - math.min(l.capacity / 2, math.max(1, l.perSecond))
    local state = redis.call('HMGET', l.stateKey, 'level', 'at')
    l.level = tonumber(state[1]) or (l.used and l.capacity or 0)
    l.at = tonumber(state[2]) or now
    l.keepMs = l.capacity / l.perSecond * 2000
  end,

  levelAt = function(l, at)
    return math.max(0, l.level - math.max(0, at - l.at) * l.perSecond / 1000)
  end,

  earliest = function(l, ahead, cost, lane)
    local room = lane == 'interactive' and l.rim or math.max(1, l.rim * shared)
    local over = rules.bucket.levelAt(l, now) + ahead + math.min(cost, room) - room
    if over <= 0 then return now, true end
    return math.max(now, l.at) + over / l.perSecond * 1000, true
  end,

  take = function(l, id, cost, at)
    l.level = rules.bucket.levelAt(l, at) + cost
    l.at = math.max(l.at, at)
    redis.call('HSET', l.stateKey, 'level', l.level, 'at', exact(l.at))
  end,

  confirm = function(l, id, cost)
    rules.bucket.take(l, id, cost, now) -- counted twice: late senders are rare, and the bucket forgets
    return true
  end,
}

-- Leases: whoever dies with one gives it back when it runs out. Nobody knows when a holder will be done, so waiters
-- are woken by the release; looking again every two seconds covers a lost message.
rules.concurrency = {
  open = function(l)
    l.slack = 60000
    redis.call('ZREMRANGEBYSCORE', l.entriesKey, '-inf', exact(now))
    l.count = redis.call('ZCARD', l.entriesKey)
    l.keepMs = l.leaseMs * 2
  end,

  earliest = function(l, ahead, cost, lane)
    local room = lane == 'interactive' and l.max or math.max(1, math.ceil(l.max * shared))
    if l.count + ahead + 1 <= room then return now, true end
    local first = redis.call('ZRANGE', l.entriesKey, 0, 0, 'WITHSCORES')[2]
    return math.min(now + 2000, tonumber(first) or now + 2000), false
  end,

  take = function(l, id, cost, at)
    redis.call('ZADD', l.entriesKey, exact(at + l.leaseMs), id)
    l.count = l.count + 1
  end,

  confirm = function(l, id)
    if redis.call('ZSCORE', l.entriesKey, id) == false then return false end
    redis.call('ZADD', l.entriesKey, exact(now + l.leaseMs), id)
    return true
  end,
}

-- A budget per period (periods begin at whole multiples since 1970, days at midnight UTC). The other lanes spend it
-- evenly, at most a twenty-fourth ahead of time; people may spend what is left. The reserve is nobody's here.
rules.budget = {
  open = function(l)
    l.slack = 60000
    local period = math.floor(now / l.periodMs)
    local state = redis.call('HMGET', l.stateKey, 'period', 'spent')
    l.period, l.start = period, period * l.periodMs
    l.spent = tonumber(state[1]) == period and tonumber(state[2]) or 0
    l.ours = l.limit * (1 - l.reserve)
    l.keepMs = l.periodMs * 2
  end,

  earliest = function(l, ahead, cost, lane)
    local total = l.spent + ahead + math.min(cost, l.ours)
    if total > l.ours then return l.start + l.periodMs, true end
    if lane == 'interactive' then return now, true end
    return math.max(now, l.start + (total / l.ours - 1 / 24) * l.periodMs), true
  end,

  take = function(l, id, cost)
    l.spent = l.spent + cost
    redis.call('HSET', l.stateKey, 'period', l.period, 'spent', l.spent)
  end,

  confirm = function() return true end,
}
`;
