const general = `create-prodstack: a production Docker Compose stack from a few answers

Usage
  npm create prodstack@latest [directory] -- [options]
  create-prodstack [new] [directory] [options]   a stack: into an empty folder (with a starter app), or around the app there
  create-prodstack list [blocks|presets|rules|answers]

Options of new
  --preset NAME          start from a preset: node, laravel, django ... (list presets has them all)
  --config FILE          answers from a YAML or JSON file; - for standard input
  --set KEY=VALUE        one answer by its path, repeatable: --set apps.app.port=8080; KEY=null takes one away
  -y, --yes              ask nothing: detected values, then defaults (so it is where there is no terminal)
  --dry-run              say what would change; write nothing
  --diff                 show the changes as a unified diff
  --on-conflict CHOICE   files of yours in the way: ask (default on a terminal), keep, overwrite, fail (default elsewhere)
  --json                 one JSON document on standard output
  --no-color             no colours in diffs (so does NO_COLOR)
  -h, --help             this text
  -v, --version          the version

Exit status
  0 done, or nothing to do   1 a conflict was left   2 wrong usage or a wrong answer
  3 the disk refused; nothing is half-written        130 cancelled

Examples
  create-prodstack shop --preset node --yes              a new Node app with Postgres and Redis in shop/
  create-prodstack --yes                                 around the app in this folder
  create-prodstack --dry-run --diff --yes                what that would change
  create-prodstack --yes --set postgres.version=17       with another PostgreSQL
  create-prodstack --yes --set 'targets=[small]'         with limits that fit a host of 1 GiB
  create-prodstack --yes --set edge.caddy.hostnames.app=shop.example.com   with a proxy that lets the world in
  cat answers.yaml | create-prodstack shop --config -    answers from elsewhere
`;

const list = `create-prodstack list [blocks|presets|rules|answers] [--json]

  blocks    what a stack can be made of
  presets   answers to start from
  rules     what every generated stack keeps to, and why
  answers   every answer of prodstack.yaml, with what it may be
`;

/** The help for a command, or for the program. */
export function helpText(topic: string | undefined): string {
  return topic === 'list' ? list : general;
}
