import { scriptOf } from "./script.js";

/**
 * Replaces or deletes what a key holds, or sets its expiry, if it still holds what was compared: the app may write in
 * between, and nothing of its must be lost.
 *
 * KEYS[1]; ARGV: `value` or `dump`, SHA-1 in hex, `set`, `restore`, `expire` or `delete`, payload, ms to live or empty;
 * `at` where these are ms since 1970 instead, which Redis knows from 6.2 on.
 * @returns 1 when replaced, 0 when the key holds something else by now
 */
export const compareAndSetScript = scriptOf(`
local held = redis.pcall(ARGV[1] == 'dump' and 'DUMP' or 'GET', KEYS[1])
if type(held) ~= 'string' or redis.sha1hex(held) ~= ARGV[2] then return 0 end
if ARGV[3] == 'delete' then
  redis.call('DEL', KEYS[1])
elseif ARGV[3] == 'restore' then
  redis.call('RESTORE', KEYS[1], ARGV[5] == '' and 0 or ARGV[5], ARGV[4], 'REPLACE')
elseif ARGV[3] == 'expire' and ARGV[5] == '' then
  redis.call('PERSIST', KEYS[1])
elseif ARGV[3] == 'expire' then
  redis.call(ARGV[6] == 'at' and 'PEXPIREAT' or 'PEXPIRE', KEYS[1], ARGV[5])
elseif ARGV[5] == '' then
  redis.call('SET', KEYS[1], ARGV[4])
else
  redis.call('SET', KEYS[1], ARGV[4], ARGV[6] == 'at' and 'PXAT' or 'PX', ARGV[5])
end
return 1`);
