/** Compose files as people write them: the same few things in every style that YAML has for them. */

export interface ComposeText {
  readonly text: string;
  readonly services: readonly string[];
}

/**
 * A valid compose file out of numbers: each decides one thing, and a zero the plainest, so that what fails shrinks to
 * something that can be read.
 */
export function composeText(tape: readonly number[]): ComposeText {
  return new Writer(tape).file();
}

const words = [
  'the web',
  'port: 80',
  '- item',
  'TODO {later}',
  '"quoted',
  'ends here \\',
  'käse 🧀',
  'tab\there',
  '&a *b',
];

class Writer {
  readonly #tape: readonly number[];
  #next = 0;
  readonly #lines: string[] = [];
  readonly #step: number;
  readonly #dash: number;
  #anchors = 0;

  constructor(tape: readonly number[]) {
    this.#tape = tape;
    this.#step = this.#pick([2, 4, 3, 8, 1]);
    this.#dash = this.#pick([this.#step, 0, 2]);
  }

  #number(): number {
    return this.#tape[this.#next++ % Math.max(this.#tape.length, 1)] ?? 0;
  }

  #pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.#number() % choices.length] ?? choices[0];
  }

  /** True for the highest numbers. */
  #chance(percent: number): boolean {
    return this.#number() % 100 >= 100 - percent;
  }

  file(): ComposeText {
    const newline = this.#pick(['\n', '\n', '\r\n']);
    const isMixed = this.#chance(5);
    const bom = this.#chance(10) ? '\uFEFF' : '';
    const isOpen = this.#chance(20);
    if (this.#chance(30)) this.#lines.push('# Our stack', '#', '# second paragraph');
    if (this.#chance(10)) this.#lines.push('---');
    const apart = this.#chance(50);
    const names = ['web', 'api', 'worker', 'db'].slice(0, 1 + (this.#number() % 4));
    const sections: [() => void, ...(() => void)[]] = [() => this.#services(names)];
    if (this.#chance(30)) sections.unshift(() => this.#pair(0, 'x-common', '&common', () => this.#common()));
    if (this.#chance(15)) sections.unshift(() => this.#scalar(0, 'name', 'shop'));
    if (this.#chance(60)) sections.push(() => this.#named('volumes', ['data', 'cache']));
    if (this.#chance(40)) sections.push(() => this.#named('networks', ['front', 'back']));
    for (const [index, section] of sections.entries()) {
      if (index > 0 && apart) this.#lines.push('');
      this.#noise(0, false);
      section();
    }
    if (this.#chance(20)) this.#lines.push('', '# the end', '  # deeper');
    if (this.#chance(5)) this.#lines.push('...');
    const text = this.#lines
      .map((line, index) => line + (isMixed && index % 3 === 1 ? (newline === '\n' ? '\r\n' : '\n') : newline))
      .join('');
    // What a block scalar holds would be another text with a line end more.
    const canBeOpen = !/true"(?:\r?\n)*$/.test(text);
    return { text: bom + (isOpen && canBeOpen ? text.replace(/\r?\n$/, '') : text), services: names };
  }

  /** Comments and blank lines before a line at a column. */
  #noise(indent: number, blank = true): void {
    if (blank && this.#chance(6)) this.#lines.push(this.#pick(['', '  ', '']));
    if (this.#chance(8)) this.#comment(indent);
    if (this.#chance(3)) this.#comment(indent + this.#step);
    if (this.#chance(3)) this.#comment(0);
  }

  #comment(indent: number): void {
    this.#lines.push(`${' '.repeat(indent)}#${this.#pick([' ', '', '\t'])}${this.#word()}`);
  }

  #word(): string {
    return words[this.#number() % words.length] ?? '';
  }

  /** A line, with what stands behind it. */
  #line(text: string): void {
    this.#lines.push(text + this.#pick(['', '', '', '', '', '', ' # said', '  ', '\t# tab']));
  }

  #key(key: string): string {
    return this.#chance(4) ? `"${key}"` : this.#chance(3) ? `'${key}'` : key;
  }

  #scalar(indent: number, key: string, value: string): void {
    const quoted = this.#pick([value, value, `"${value}"`, `'${value}'`]);
    this.#noise(indent);
    this.#line(`${' '.repeat(indent)}${this.#key(key)}:${this.#pick([' ', ' ', '   '])}${quoted}`);
  }

  #pair(indent: number, key: string, anchor: string, inner: () => void): void {
    this.#noise(indent);
    this.#line(`${' '.repeat(indent)}${this.#key(key)}:${anchor === '' ? '' : ` ${anchor}`}`);
    inner();
  }

  #common(): void {
    this.#anchors++;
    this.#scalar(this.#step, 'restart', 'unless-stopped');
    if (this.#chance(50)) this.#scalar(this.#step, 'stop_signal', 'SIGINT');
  }

  #services(names: readonly string[]): void {
    const apart = this.#chance(60);
    this.#line(`${this.#key('services')}:`);
    for (const [index, name] of names.entries()) {
      if (index > 0 && apart) this.#lines.push('');
      this.#service(name, names.slice(0, index));
    }
  }

  #service(name: string, others: readonly string[]): void {
    const indent = this.#step;
    const inner = 2 * this.#step;
    if (this.#chance(5)) {
      this.#noise(indent, false);
      this.#line(`${' '.repeat(indent)}${name}: {image: busybox${this.#pick([', ', ' , '])}init: true}`);
      return;
    }
    this.#noise(indent, false);
    this.#line(`${' '.repeat(indent)}${this.#key(name)}:`);
    const merges = this.#anchors > 0 && this.#chance(50);
    if (merges) this.#line(`${' '.repeat(inner)}<<: *common`);
    this.#scalar(inner, 'image', 'busybox:1.37');
    const environment = this.#pick(['none', 'map', 'list', 'none', 'map', 'list', 'shared', 'empty']);
    // Both would be a cycle for Compose.
    if (environment === 'shared' && this.#anchors > 0 && !merges)
      this.#line(`${' '.repeat(inner)}environment: *common`);
    if (environment === 'empty') this.#line(`${' '.repeat(inner)}environment: {}`);
    if (environment === 'map') this.#map(inner, 'environment', { LEVEL: 'info', PORT: '"8080"' });
    if (environment === 'list') this.#list(inner, 'environment', ['LEVEL=info', '"PORT=8080"']);
    if (this.#chance(40)) this.#list(inner, 'ports', ['"8080:80"', "'127.0.0.1:9000:90'"]);
    if (others.length > 0 && this.#chance(60)) {
      if (this.#chance(50)) this.#list(inner, 'depends_on', others);
      else
        this.#map(inner, 'depends_on', Object.fromEntries(others.map((one) => [one, '{condition: service_started}'])));
    }
    if (this.#chance(20)) {
      this.#noise(inner);
      this.#lines.push(`${' '.repeat(inner)}command: ${this.#pick(['|', '>-', '|+', '|-'])}`);
      for (const line of ['sh -c "', '# no comment', '', 'true"', ...this.#pick([[], [''], ['', '']])])
        this.#lines.push(line === '' ? '' : ' '.repeat(inner + this.#step) + line);
    }
    if (this.#chance(20)) this.#list(inner, 'volumes', ['./data:/data', '/tmp:/tmp:ro']);
    if (this.#chance(10)) this.#noise(inner + this.#step);
  }

  #map(indent: number, key: string, data: Readonly<Record<string, string>>): void {
    const entries = Object.entries(data);
    const pad = this.#pick([' ', '']);
    this.#noise(indent);
    const head = `${' '.repeat(indent)}${this.#key(key)}:`;
    switch (this.#pick(['block', 'block', 'line', 'lines'])) {
      case 'line':
        this.#line(`${head} {${pad}${entries.map(([name, value]) => `${name}: ${value}`).join(', ')}${pad}}`);
        return;
      case 'lines':
        this.#flowLines(
          `${head} {`,
          entries.map(([name, value]) => `${name}: ${value}`),
          indent,
          '}',
        );
        return;
      default:
        this.#line(head);
        for (const [name, value] of entries) {
          this.#noise(indent + this.#step);
          this.#line(`${' '.repeat(indent + this.#step)}${name}: ${value}`);
        }
    }
  }

  #list(indent: number, key: string, items: readonly string[]): void {
    const pad = this.#pick(['', ' ']);
    this.#noise(indent);
    const head = `${' '.repeat(indent)}${this.#key(key)}:`;
    switch (this.#pick(['block', 'block', 'line', 'lines'])) {
      case 'line':
        this.#line(`${head} [${pad}${items.join(', ')}${this.#pick(['', ','])}${pad}]`);
        return;
      case 'lines':
        this.#flowLines(`${head} [`, items, indent, ']');
        return;
      default:
        this.#line(head);
        for (const item of items) {
          this.#noise(indent + this.#dash);
          this.#line(`${' '.repeat(indent + this.#dash)}-${this.#pick([' ', ' ', '   '])}${item}`);
        }
    }
  }

  #flowLines(head: string, items: readonly string[], indent: number, close: string): void {
    const comma = this.#pick(['', ',']);
    this.#line(head);
    for (const [index, item] of items.entries()) {
      if (this.#chance(8)) this.#comment(indent + this.#step);
      this.#line(`${' '.repeat(indent + this.#step)}${item}${index < items.length - 1 ? ',' : comma}`);
    }
    if (this.#chance(8)) this.#comment(indent + this.#step);
    this.#line(`${' '.repeat(Math.max(indent, 1))}${close}`);
  }

  #named(section: string, names: readonly string[]): void {
    this.#line(`${this.#key(section)}:`);
    for (const name of names) {
      this.#noise(this.#step);
      if (this.#chance(40)) this.#map(this.#step, name, { name: `shop-${name}` });
      else this.#line(`${' '.repeat(this.#step)}${name}:${this.#pick(['', ' {}', ' null', ' ~'])}`);
    }
  }
}
