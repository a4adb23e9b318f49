import type { Edit, Splice } from '../../compose/edit/types.ts';
import type { Finding, Project } from '../types.ts';

/** What puts one finding right, as data. Who applies it proves that nothing else changes. */
export type Repair =
  | { readonly kind: 'compose'; readonly file: string; readonly edits: readonly Edit[] }
  | { readonly kind: 'text'; readonly file: string; readonly splices: readonly Splice[] }
  | { readonly kind: 'create'; readonly file: string; readonly content: string }
  | { readonly kind: 'mode'; readonly file: string; readonly mode: 0o755 };

/** Undefined where somebody has to decide something first. */
export type Repairer = (project: Project, finding: Finding) => Repair | undefined;
