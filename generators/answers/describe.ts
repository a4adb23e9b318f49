import * as v from 'valibot';
import { answers } from './schema.ts';

/** One answer of `prodstack.yaml`, from the schema. */
export interface Description {
  /** `apps.<name>.port (node)` */
  readonly path: string;
  readonly allowed: string;
  readonly meaning: string;
}

/** Every answer with what it may be and what it means. */
export function describeAnswers(): readonly Description[] {
  return describe(answers, '');
}

function describe(schema: v.GenericSchema, path: string): readonly Description[] {
  const inner = 'wrapped' in schema ? (schema.wrapped as v.GenericSchema) : schema;
  // What is always refused is known only to say why.
  if (inner.type === 'never') return [];
  if ('entries' in inner) {
    const entries = Object.entries(inner.entries as Record<string, v.GenericSchema>);
    return entries.flatMap(([key, entry]) => describe(entry, path === '' ? key : `${path}.${key}`));
  }
  if (inner.type === 'record' && 'value' in inner) {
    const meaning = v.getDescription(inner) ?? '';
    const values = describe(inner.value as v.GenericSchema, `${path}.<name>`);
    return values.map((one) => (one.meaning === '' ? { ...one, meaning } : one));
  }
  if (inner.type === 'variant' && 'options' in inner) {
    return (inner.options as readonly v.GenericSchema[]).flatMap((option) => {
      const [stack, ...rest] = describe(option, path);
      return stack ? [stack, ...rest.map((one) => ({ ...one, path: `${one.path} (${stack.allowed})` }))] : [];
    });
  }
  return [{ path, allowed: allowed(inner), meaning: v.getDescription(inner) ?? '' }];
}

function allowed(schema: v.GenericSchema): string {
  if ('options' in schema && schema.type === 'picklist') return (schema.options as readonly unknown[]).join(' | ');
  if ('literal' in schema) return String(schema.literal);
  if ('options' in schema && schema.type === 'union')
    return (schema.options as readonly v.GenericSchema[]).map(allowed).join(' | ');
  return schema.type === 'array' ? 'list' : schema.type;
}
