import { describe, expect, it } from 'vitest';
import { hosts as sizes } from '../../../generators/answers/hosts.ts';
import { divide, isTooSmall, systemPart } from '../../../generators/stack/targets/fit.ts';
import type { Limits } from '../../../generators/stack/types.ts';

const app: Limits = { cpus: '1.0', memory: '512M', pids: 256, reservation: '128M', floor: '96M' };
const database: Limits = { cpus: '1.0', memory: '1G', pids: 256, reservation: '256M', floor: '96M', growth: 16 };
const job: Limits = { cpus: '0.5', memory: '256M', pids: 64, reservation: '64M', growth: 1 };

const parts = [
  { name: 'app', limits: app },
  { name: 'app-migrate', limits: job },
  { name: 'postgres', limits: database },
];

function limitsOn(host: (typeof sizes)[keyof typeof sizes], of = parts) {
  const result = divide(of, host);
  if (isTooSmall(result)) throw new Error(JSON.stringify(result));
  return Object.fromEntries(result.limits);
}

describe('dividing a host', () => {
  it('gives everybody less than usual on a small one, in proportion, in round figures', () => {
    const { app, postgres, 'app-migrate': migrate } = limitsOn(sizes.small);
    expect(app).toMatchObject({ cpus: '0.4', memory: '208M', reservation: '48M', pids: 256 });
    expect(postgres).toMatchObject({ cpus: '0.4', memory: '416M', reservation: '96M' });
    expect(migrate).toMatchObject({ cpus: '0.2', memory: '96M', reservation: '16M' });
  });

  it('gives more on a large one to what can use it, and no more to what cannot', () => {
    const { app, postgres, 'app-migrate': migrate } = limitsOn(sizes.large);
    expect(app).toMatchObject({ cpus: '3.75', memory: '2G', reservation: '512M', pids: 1024 });
    expect(postgres).toMatchObject({ memory: '12G', reservation: '3G' });
    expect(migrate).toMatchObject({ cpus: '0.5', memory: '256M', reservation: '64M', pids: 64 });
  });

  it('keeps what somebody chose where it fits, and lets the others have what is left', () => {
    const chosen = { ...database, memory: '3000M', reservation: '2G', chosen: ['memory' as const] };
    const { app, postgres } = limitsOn(sizes.medium, [...parts.slice(0, 2), { name: 'postgres', limits: chosen }]);
    expect(postgres).toMatchObject({ memory: '3000M', reservation: '2G' });
    expect(app?.memory).toBe('416M');
  });

  it('gives less than was chosen where that does not fit, and never less than is needed', () => {
    const chosen = { ...database, chosen: ['memory' as const] };
    const { app, postgres } = limitsOn(sizes.small, [...parts.slice(0, 2), { name: 'postgres', limits: chosen }]);
    expect(postgres?.memory).toBe('576M');
    expect(app?.memory).toBe('96M');
  });

  it('says what does not fit, who needs what, and which size would do', () => {
    const many = Array.from({ length: 10 }, (_, index) => ({ name: `app${index}`, limits: app }));
    expect(divide(many, sizes.small)).toMatchObject({
      what: 'memory',
      sum: '960M',
      has: '768M',
      enough: 'medium',
      needs: expect.arrayContaining([{ name: 'app0', least: '96M' }]),
    });
    expect(divide(many, { memory: '4G', cpus: '0.4' })).toMatchObject({ what: 'cpus', sum: '0.5', has: '0.4' });
    expect(divide(many, { memory: '128M', cpus: '1' })).toMatchObject({ has: '0M' });
    expect(
      divide([{ name: 'model', limits: { ...app, memory: '32G', floor: '20G' } }], sizes.large),
    ).not.toHaveProperty('enough');
  });

  it('keeps a part for the system that grows with the host', () => {
    expect([1024, 4096, 16384].map(systemPart)).toEqual([256, 448, 1216]);
  });
});
