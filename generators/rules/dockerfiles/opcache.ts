import { baseImageOf, scriptOf } from '../dockerfile.ts';
import { dockerfileRule, everyInstruction } from '../dockerfile-rule.ts';
import { parseImage } from '../image.ts';
import { commands, programName } from '../shell.ts';
import { github } from '../sources.ts';

export const noOpcacheInstall = dockerfileRule({
  id: 'no-opcache-install',
  severity: 'error',
  title: 'OPcache is not installed where it is built in',
  why: 'PHP 8.5 has OPcache built in, and `docker-php-ext-install opcache` ends the build with "cp: cannot stat \'modules/*\'"; images of earlier versions have it switched on already.',
  fix: 'Remove opcache from the list; settings belong into a file in $PHP_INI_DIR/conf.d.',
  source: github('docker-library/php/issues/1631'),
  check: ({ dockerfile }) =>
    [...everyInstruction(dockerfile)]
      .filter(
        ([stage, run]) =>
          isPhp85(baseImageOf(dockerfile, stage)) &&
          run.keyword === 'RUN' &&
          commands(scriptOf(run)).some(
            ({ words }) => programName(words[0] ?? '') === 'docker-php-ext-install' && words.includes('opcache'),
          ),
      )
      .map(([, { line }]) => ({ line, message: 'installs opcache, which this PHP has built in' })),
});

/** `php:8.5.9-fpm`, `dunglas/frankenphp:1-php8.5`. */
function isPhp85(reference: string): boolean {
  const image = parseImage(reference);
  const version = image?.repository === 'php' ? image.tag : /\bphp(\d+\.\d+)/.exec(image?.tag ?? '')?.[1];
  const [major = 0, minor = 0] =
    /^(\d+)\.(\d+)/
      .exec(version ?? '')
      ?.slice(1)
      .map(Number) ?? [];
  return major > 8 || (major === 8 && minor >= 5);
}
