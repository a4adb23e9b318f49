import { setTimeout as sleep } from 'node:timers/promises';

// The promise's own result, or an error if it takes longer than `ms`.
export function within(ms, promise) {
  const late = sleep(ms, undefined, { ref: false }).then(() => {
    throw new Error(`no answer within ${ms} ms`);
  });
  return Promise.race([promise, late]);
}
