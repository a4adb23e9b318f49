/** The short form of a mount in its parts. */
export interface Mount {
  readonly type: 'bind' | 'volume';
  readonly source?: string;
  readonly target: string;
  readonly read_only?: true;
  readonly bind?: { readonly create_host_path?: true; readonly propagation?: string; readonly selinux?: string };
  readonly volume?: { readonly nocopy?: true };
}

const propagations = new Set(['rprivate', 'private', 'rshared', 'shared', 'rslave', 'slave']);

/** `./data:/data:ro`, `data:/data`, `/data`; a clause that says what is wrong where Compose refuses it. */
export function mountOf(text: string): Mount | string {
  if (text === '') return 'it is empty';
  if (text.length < 3) return { type: 'volume', target: text };
  const sections = sectionsOf(text);
  if (sections.some((section) => section === '')) return 'there is nothing between two of its colons';
  if (sections.length > 3) return 'it has too many colons';
  const [first = '', second, optionText = ''] = sections;
  const source = second === undefined ? undefined : first;
  const options = optionText.split(',');
  const isBind = source !== undefined && isPath(source);
  const propagation = options.findLast((one) => propagations.has(one));
  const selinux = options.findLast((one) => one === 'z' || one === 'Z');
  const isReadOnly = options.findLast((one) => one === 'ro' || one === 'rw') === 'ro';
  return {
    type: isBind ? 'bind' : 'volume',
    ...(source !== undefined && { source }),
    target: second ?? first,
    ...(isReadOnly && { read_only: true }),
    ...((isBind || selinux || propagation) && {
      bind: {
        ...(selinux && { selinux }),
        ...(propagation && { propagation }),
        ...(isBind && { create_host_path: true as const }),
      },
    }),
    ...(!isBind && { volume: { ...(options.includes('nocopy') && { nocopy: true as const }) } }),
  };
}

/** The parts between the colons; the one behind a drive letter of Windows separates nothing. */
function sectionsOf(text: string): readonly string[] {
  const sections = [''];
  for (const character of text) {
    const last = sections.at(-1) ?? '';
    if (character === ':' && !/^\p{L}$/u.test(last)) sections.push('');
    else sections[sections.length - 1] = last + character;
  }
  return sections;
}

function isPath(source: string): boolean {
  return /^[./~]/.test(source) || source.startsWith('\\\\') || /^\p{L}:/u.test(source);
}
