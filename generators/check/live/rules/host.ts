/** The machine below. */
import { sizeText } from '../../../rules/sizes.ts';
import { dockerDocs } from '../../../rules/sources.ts';
import { type LiveRule, readable } from '../rule.ts';

export const liveDisk: LiveRule = {
  id: 'live-disk',
  severity: 'error',
  title: 'The disk of the engine has room',
  why: 'On a full disk databases stop, logs and backups break off in the middle, and no new container can be made.',
  fix: 'See what takes the room with `docker system df`; `docker image prune` and `docker builder prune` free what nothing uses.',
  source: dockerDocs('reference/cli/docker/system/df/'),
  check: ({ host: { disk } }) => {
    if (!disk) return [];
    const { path, free, size, freeFiles, files } = disk;
    const left = `${sizeText(free)} of ${sizeText(size)}`;
    return [
      ...(free < Math.min(size * 0.05, mostNeeded) ? [{ message: `${left} are free at ${path}` }] : []),
      ...(files > 0 && freeFiles < files * 0.05
        ? [{ message: `${Math.floor((freeFiles / files) * 100)}% of the inodes are free at ${path}` }]
        : []),
    ];
  },
};

/** Nobody is short with so much left, however large the disk. */
const mostNeeded = 5 * 1024 ** 3;

export const liveClock: LiveRule = {
  id: 'live-clock',
  severity: 'warning',
  title: 'The clocks of the engine and of this machine agree',
  why: 'With a wrong clock certificates and tokens are refused, and backups and jobs run at the wrong time.',
  fix: 'Switch time synchronisation on (`timedatectl set-ntp true`); with Docker Desktop, restart it.',
  source: 'https://www.freedesktop.org/software/systemd/man/latest/timedatectl.html',
  check: ({ host: { now, engineTime } }) => {
    const difference = engineTime === undefined ? 0 : Math.abs(engineTime - now);
    return difference > 60_000 ? [{ message: `the clock of the engine is ${readable(difference)} off` }] : [];
  },
};
