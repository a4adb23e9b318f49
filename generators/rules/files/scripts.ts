import { dockerDocs, github } from '../sources.ts';
import type { Project, Rule, RuleText, TextFile, Violation } from '../types.ts';

export const scriptShebang = scriptRule({
  id: 'script-shebang',
  severity: 'warning',
  title: 'Every script says what runs it',
  why: 'Without a shebang the kernel refuses the script ("exec format error"), and shells guess.',
  fix: 'Begin with `#!/bin/sh` or `#!/usr/bin/env bash`; a file that is only sourced says `# shellcheck shell=sh`.',
  source: github('koalaman/shellcheck/wiki/SC2148'),
  check: ({ text }) => (text.startsWith('#!') ? [] : [{ line: 1, message: 'no shebang' }]),
});

export const scriptStrict = scriptRule({
  id: 'script-strict',
  severity: 'warning',
  title: 'Shell scripts stop at the first error',
  why: 'A shell goes on after a failed command: a backup of nothing is uploaded and the good ones are pruned. In a pipe only the last status counts, unless pipefail is set.',
  fix: 'Begin with `set -Eeuo pipefail` in bash, with `set -eu` in sh.',
  source: github('koalaman/shellcheck/wiki/SC2312'),
  check: ({ text }) => {
    const shell = /^#!.*\b(bash|sh|ash|dash)\b/.exec(text)?.[1];
    if (!shell) return [];
    const options = optionsOf(text);
    const wanted = shell === 'bash' ? ['e', 'u', 'pipefail'] : ['e', 'u'];
    const missing = wanted.filter((option) => !options.has(option));
    return missing.length === 0
      ? []
      : [
          {
            line: 1,
            message: `no ${missing.map((one) => (one.length === 1 ? `set -${one}` : `set -o ${one}`)).join(', ')}`,
          },
        ];
  },
});

export const scriptExecutable = scriptRule({
  id: 'script-executable',
  severity: 'warning',
  title: 'Every script can be executed',
  why: 'Without the bit, cron and the entrypoint of an image fail with "permission denied", exit status 126.',
  fix: 'Run `chmod 755`, and `git update-index --chmod=+x` where the file system has no modes.',
  source: dockerDocs('reference/dockerfile/#copy---chown---chmod'),
  check: ({ mode }) => {
    if (mode === undefined) return [];
    const bits = mode & 0o777;
    return bits & 0o100 ? [] : [{ message: `nobody can execute it: its mode is ${bits.toString(8).padStart(4, '0')}` }];
  },
});

export const scriptLineEnds: Rule = {
  id: 'script-line-ends',
  severity: 'error',
  title: 'Scripts have the line ends of Unix',
  why: 'With a carriage return the shebang names a program that does not exist: "no such file or directory", although it is there.',
  fix: 'Save with LF, and add `*.sh text eol=lf` to .gitattributes.',
  source: 'https://git-scm.com/docs/gitattributes#_eol',
  check: ({ scripts }) =>
    scripts.flatMap(({ path, text }) => {
      const at = text.indexOf('\r');
      return at < 0
        ? []
        : [{ file: path, line: text.slice(0, at).split('\n').length, message: 'has carriage returns' }];
    }),
};

/** A rule for what is run; files that are only sourced say so to shellcheck. */
function scriptRule({
  check,
  ...text
}: RuleText & { readonly check: (script: TextFile) => readonly Violation[] }): Rule {
  return {
    ...text,
    check: ({ scripts }: Project) =>
      scripts
        .filter((script) => !isSourced(script))
        .flatMap((script) => check(script).map((one) => ({ ...one, file: script.path }))),
  };
}

function isSourced({ path, text, mode }: TextFile): boolean {
  if (text.startsWith('#!')) return false;
  const saysSo = /^# shellcheck shell=/m.test(text.split('\n', 5).join('\n'));
  // Nobody has made it executable, or it lies where functions are kept.
  return saysSo || (mode !== undefined && (mode & 0o111) === 0) || /(?:^|\/)lib\//.test(path);
}

/** What `set` switches on, anywhere: short options by letter, long ones by name. */
function optionsOf(text: string): ReadonlySet<string> {
  const options = new Set<string>();
  for (const [, words = ''] of text.matchAll(/^[ \t]*set[ \t]+((?:-\S+|errexit|nounset|pipefail|[ \t])+)/gm)) {
    for (const word of words.split(/\s+/)) {
      if (/^-[A-Za-z]+$/.test(word)) for (const letter of word.slice(1)) options.add(letter);
      else options.add(word);
    }
  }
  if (options.has('errexit')) options.add('e');
  if (options.has('nounset')) options.add('u');
  return options;
}
