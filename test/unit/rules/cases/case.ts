import type { Finding, Project } from '../../../../generators/rules/types.ts';

/** One example of a rule: what it says of a project. */
export interface Case {
  readonly rule: string;
  /** An obligation, or what is allowed. */
  readonly says: string;
  readonly project: Project;
  /** The findings of this rule, as far as they matter; none where it holds. */
  readonly finds: readonly Partial<Finding>[];
}

export function holds(rule: string, says: string, project: Project): Case {
  return { rule, says, project, finds: [] };
}

export function fails(rule: string, says: string, project: Project, ...finds: readonly Partial<Finding>[]): Case {
  if (finds.length === 0) throw new Error(`what does ${rule} find?`);
  return { rule, says, project, finds };
}
