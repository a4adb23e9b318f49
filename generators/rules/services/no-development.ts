import type { ComposeService } from '../../compose/model.ts';
import { factsOf } from '../builds.ts';
import type { Family } from '../image-facts.ts';
import { commandsOf } from '../shell.ts';
import { dockerDocs } from '../sources.ts';
import { argvOf, serviceRule } from '../view.ts';

export const noDevelopment = serviceRule({
  id: 'no-development',
  severity: 'error',
  title: 'Nothing of development runs in production',
  why: 'A debugger port is a remote shell, debug pages show secrets, and development servers are slow and watch files.',
  fix: 'Keep them in the development overlay; build the production stage and run the production command.',
  source: dockerDocs('compose/how-tos/production/'),
  scope: 'production',
  check: ({ project, service }) => [
    ...debugPorts(service, factsOf(project, service)?.family),
    ...developmentTarget(service),
    ...developmentCommand(service),
    ...developmentEnvironment(service),
    ...(factsOf(project, service)?.family === 'mailcatcher' ? ['catches mail that should be sent'] : []),
  ],
});

/** The inspector of Node and debugpy; what else runs may have a page of its own on the same port. */
const debuggers: Partial<Readonly<Record<Family, number>>> = { node: 9229, python: 5678 };

function debugPorts({ ports = [] }: ComposeService, family: Family | undefined): readonly string[] {
  return ports
    .filter(({ target }) => family !== undefined && debuggers[family] === target)
    .map(({ target }) => `the debugger port ${target} is published`);
}

function developmentTarget({ build }: ComposeService): readonly string[] {
  return /^dev(?:elopment)?$/i.test(build?.target ?? '') ? [`the stage ${build?.target} is built`] : [];
}

/** How development servers are started: all of these words, in this order, in one command. */
const developmentCommands: readonly RegExp[] = [
  /^nodemon\b/,
  /\s--(?:reload|inspect(?:-brk)?)\b/,
  /^(?:node|bun|tsx) .*--watch\b/,
  /\bdebugpy\b/,
  /^(?:fastapi|next|nuxt|astro) dev\b/,
  /^vite(?: dev| serve|$)/,
  /^(?:npm|pnpm|yarn|bun)(?: run)? (?:dev|start:dev)\b/,
  /\bmanage\.py runserver\b/,
  /^flask(?: .*)? run\b/,
  /\bartisan serve\b/,
];

function developmentCommand(service: ComposeService): readonly string[] {
  const found = commandsOf(argvOf(service))
    .map(({ words }) => words.join(' '))
    .find((command) => developmentCommands.some((pattern) => pattern.test(command)));
  return found === undefined ? [] : [`runs a development command: ${found}`];
}

const developmentSettings: Readonly<Record<string, RegExp>> = {
  NODE_ENV: /^dev/i,
  APP_ENV: /^(?:local|dev)/i,
  RAILS_ENV: /^dev/i,
  FLASK_ENV: /^dev/i,
  ASPNETCORE_ENVIRONMENT: /^dev/i,
  APP_DEBUG: /^(?:1|true|on)$/i,
  DEBUG: /^(?:1|true|on)$/i,
  DJANGO_DEBUG: /^(?:1|true|on)$/i,
  FLASK_DEBUG: /^(?:1|true|on)$/i,
};

function developmentEnvironment({ environment = {} }: ComposeService): readonly string[] {
  return Object.entries(developmentSettings)
    .filter(([name, pattern]) => pattern.test(environment[name] ?? ''))
    .map(([name]) => `${name} is ${environment[name]}`);
}
