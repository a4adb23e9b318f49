import type { Verb } from './options.ts';

const general = `create-prodstack: a production Docker Compose stack from a few answers, and what it needs later

Usage
  npm create prodstack@latest [directory] -- [options]
  create-prodstack [new] [directory]     a stack: into an empty folder (with a starter app), or around the app there
  create-prodstack add <block> [name]    a service, external, edge, backups ... into a repo, ours or not
  create-prodstack remove <name>         the same back out; data stays unless you say so
  create-prodstack update [directory]    newer templates or changed answers, merged with your edits
  create-prodstack check [directory]     the production rules on the files of any repo, or on what runs
  create-prodstack list [stack|blocks|presets|rules|answers]

  create-prodstack help <command> has the options of each.

Options of all
  --json                 one JSON document on standard output
  --no-color             no colours (so does NO_COLOR)
  -h, --help             this text
  -v, --version          the version

Exit status
  0 done, or nothing to do   1 a conflict was left, or rules do not hold   2 wrong usage, a wrong answer, a repo not understood
  3 the disk or a tool failed; nothing is half-written                     130 cancelled

Examples
  create-prodstack shop --preset node --yes              a new Node app with Postgres and Redis in shop/
  create-prodstack --yes                                 around the app in this folder
  create-prodstack --dry-run --diff --yes                what that would change
  create-prodstack --yes --set 'targets=[small]'         with limits that fit a host of 1 GiB
  create-prodstack add redis --for api                   Redis, and api knows where it is
  create-prodstack update --diff --dry-run               what newer templates would change
  create-prodstack check                                 what would go wrong with this repo in production
`;

const asked = `  -y, --yes              ask nothing (so it is where there is no terminal)
  --dry-run              say what would change; write nothing
  --diff                 show the changes as a unified diff
`;

const topics: Readonly<Record<Verb, string>> = {
  new: `create-prodstack [new] [directory] [options]: a stack, into an empty folder or around the app that is there

  --preset NAME          start from a preset: node, laravel, django ... (list presets has them all)
  --config FILE          answers from a YAML or JSON file; - for standard input
  --set KEY=VALUE        one answer by its path, repeatable: --set apps.app.port=8080; KEY=null takes one away
  --on-conflict CHOICE   files of yours in the way: ask (default on a terminal), keep, overwrite, fail (default without)
${asked}
Examples
  create-prodstack --yes --set postgres.version=17       with another PostgreSQL
  create-prodstack --yes --set edge.caddy.hostnames.app=shop.example.com   with a proxy that lets the world in
  cat answers.yaml | create-prodstack shop --config -    answers from elsewhere
`,
  add: `create-prodstack add <block> [name] [options]: one more thing in a repo that has a stack, ours or anybody's

  --for APP              connect it to this app, repeatable: its environment, networks and depends_on
  --set KEY=VALUE        settings of what is added, by the path that prodstack.yaml has for them
  --config FILE          the same from a file; - for standard input
  -C, --directory DIR    the repo; without it, this folder
  --file FILE            the compose file, where several could be meant
  --include              into a compose file of its own, which yours includes
  --on-conflict CHOICE   as for update
  --force                although you changed files that are written, and did not commit that (a stack of ours)
${asked}
  What can be added
  postgres, redis, cache, mqtt, storage, mail          what apps are connected to
  app, node, fastapi, python, django, flask, laravel, static      an app that is there, or with a name a starter
  worker, queue, scheduler, websocket (or reverb), horizon     a process of an app: add worker mailer --for api
  celery, beat, cron                                   the same, in a repo of somebody else's
  caddy, cloudflare, tailscale, traefik, nginx         what lets the world in
  backup, pooler (or pgbouncer)                        of PostgreSQL
  sentry, opentelemetry, oidc, target                  in a stack of ours: settings of an app; limits of a host

Examples
  create-prodstack add redis --for api
  create-prodstack add backup --set backup.to=s3
  create-prodstack add caddy --for api --set edge.caddy.hostnames.api=api.example.com
`,
  remove: `create-prodstack remove <name> [options]: a service, app, external or edge out of a stack

  A name is that of an app, external, edge, target, of a role (api-worker), backup or pooler; list stack has them.

  --disconnect           out of the apps that use it, too (asked on a terminal)
  --data CHOICE          its volumes: keep (they stay as they are), delete (the command is printed; nothing is run)
  -C, --directory DIR    the repo; without it, this folder
  --file FILE            the compose file, where several could be meant
  --on-conflict CHOICE   as for update
  --force                although you changed files that are written, and did not commit that (a stack of ours)
${asked}`,
  update: `create-prodstack update [directory] [options]: what is generated, brought up to date; your edits stay

  Files that you did not touch move on. Those that changed on both sides are merged; where that cannot be done, yours
  stays and ours is put beside it as FILE.prodstack-new. What you deleted stays deleted. Secrets stay as they are.

  --check                write nothing; exit status 1 if something would change
  --set KEY=VALUE        change an answer, repeatable
  --restore FILE         bring a file back that you deleted, repeatable
  --on-conflict CHOICE   ask (default on a terminal), beside (default elsewhere), markers, keep, overwrite, fail
  --force                although you changed files that are written, and did not commit that
${asked}`,
  check: `create-prodstack check [directory] [options]: the production rules on compose files, Dockerfiles, env files, scripts

  --format FORMAT        text, json (also --json), sarif, github (annotations of a workflow)
  --fix                  mend what can be mended safely; with --dry-run --diff to see first
  --live                 look at what runs from these files, too; asks Docker, changes nothing
  --only RULE            this rule alone, repeatable;   --skip RULE   not this one, repeatable
  --strict               warnings fail, too
  --baseline FILE        findings that are known (default: .prodstack/known-findings.json, where it is there)
  --update-baseline      write down the findings of now as known
  --file FILE            the compose file, where only one is meant

  # prodstack-ignore RULE: reason    in a file, on the line or above it: not there
  create-prodstack list rules has all rules.
`,
  list: `create-prodstack list [stack|blocks|presets|rules|answers] [--json]

  stack     what this repo has
  blocks    what a stack can be made of
  presets   answers to start from
  rules     what every generated stack keeps to, and why
  answers   every answer of prodstack.yaml, with what it may be

  -C, --directory DIR    the repo; without it, this folder
  --file FILE            the compose file, where several could be meant
`,
};

/** The help for a command, or for the program. */
export function helpText(topic: string | undefined): string {
  return topic !== undefined && Object.hasOwn(topics, topic) ? topics[topic as Verb] : general;
}
